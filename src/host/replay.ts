import type { Service } from '../service/service.ts';
import { actionsDigest, hostDigest } from './digest.ts';
import type { HostAction, HostInput } from './host-io.ts';
import { createHost, type Host, stepHost } from './host.ts';
import type { RecordedStep, RecordHeader } from './record.ts';

/** The step at which a replay differs from its record. */
export interface Difference {
  readonly step: number;
  readonly input: HostInput | undefined;
  readonly what: 'sequence' | 'actions' | 'state' | 'throws';
  /** The recorded value, and the one of this replay. */
  readonly recorded: string;
  readonly now: string;
  /** The actions of the step in this replay, if any. */
  readonly actions: readonly HostAction[];
}

/** A replay of one incarnation of a process. */
export interface Replay {
  /** Repeats one recorded step. After the first difference no more are taken. */
  take(step: RecordedStep): Difference | undefined;
  host(): Host;
  /** The actions of the last step that was repeated. */
  actions(): readonly HostAction[];
  /** Steps repeated so far, and state digests compared. */
  counts(): { readonly steps: number; readonly states: number };
}

/** Begins a replay of `header`, with the reducer of the live process. */
export function createReplay(header: RecordHeader, service: Service): Replay {
  let host = createHost({ ...header.plan, service });
  let steps = 0;
  let states = 0;
  let done: readonly HostAction[] = [];
  return {
    take,
    host: () => host,
    actions: () => done,
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
    done = [];
    try {
      [host, wanted] = stepHost(host, input, now);
    } catch (error) {
      // Recorded as thrown, and throws again.
      if (actions !== null) return differs('throws', 'ended well', error);
      steps += 1;
      return undefined;
    }
    if (actions === null) return differs('throws', 'threw', 'ended well', wanted);
    steps += 1;
    done = wanted;
    const digest = actionsDigest(wanted);
    if (digest !== actions) return differs('actions', actions, digest, wanted);
    if (state === undefined) return undefined;
    states += 1;
    const reached = hostDigest(host);
    return reached === state ? undefined : differs('state', state, reached, wanted);
  }
}
