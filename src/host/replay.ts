import type { Service } from '../service/service.ts';
import { actionsDigest, hostDigest } from './digest.ts';
import type { HostAction, HostInput } from './host-io.ts';
import { createHost, type Host, stepHost } from './host.ts';
import type { RecordedStep, RecordHeader } from './record.ts';

/** Where a second execution came out differently. */
export interface Difference {
  readonly step: number;
  readonly input: HostInput | undefined;
  readonly what: 'sequence' | 'actions' | 'state' | 'throws';
  /** What the record says, and what came out now. */
  readonly recorded: string;
  readonly now: string;
  /** What the step wants done now, where it wants anything. */
  readonly actions: readonly HostAction[];
}

/** One life of a process, lived again. */
export interface Replay {
  /** Does one recorded step again. The first difference is the last thing that happens. */
  take(step: RecordedStep): Difference | undefined;
  host(): Host;
  /** Steps done again so far, and digests of states compared. */
  counts(): { readonly steps: number; readonly states: number };
}

/** Begins a second execution of what `header` describes, by the reducer the live process runs. */
export function createReplay(header: RecordHeader, service: Service): Replay {
  let host = createHost({ ...header.plan, service });
  let steps = 0;
  let states = 0;
  return {
    take,
    host: () => host,
    counts: () => ({ steps, states }),
  };

  function take({ number, now, input, actions, state }: RecordedStep): Difference | undefined {
    const differs = (
      what: Difference['what'],
      recorded: unknown,
      found: unknown,
      wanted: readonly HostAction[] = [],
    ) => ({
      step: number,
      input,
      what,
      recorded: String(recorded),
      now: String(found),
      actions: wanted,
    });
    if (number !== steps + 1) return differs('sequence', `step ${number}`, `step ${steps + 1} is next`);
    let wanted: readonly HostAction[];
    try {
      [host, wanted] = stepHost(host, input, now);
    } catch (error) {
      // Recorded as thrown, it does now what it did then.
      if (actions !== null) return differs('throws', 'ended well', error);
      steps += 1;
      return undefined;
    }
    if (actions === null) return differs('throws', 'threw', 'ended well', wanted);
    steps += 1;
    const digest = actionsDigest(wanted);
    if (digest !== actions) return differs('actions', actions, digest, wanted);
    if (state === undefined) return undefined;
    states += 1;
    const reached = hostDigest(host);
    return reached === state ? undefined : differs('state', state, reached, wanted);
  }
}
