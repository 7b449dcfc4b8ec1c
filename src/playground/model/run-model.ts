import { type FaultSpan, faultsOf } from '../../sim/diagram/faults.ts';
import { type Message, messagesOf, tellingMessages } from '../../sim/diagram/messages.ts';
import {
  type LifeSpan,
  livesOf,
  type OperationSpan,
  operationsOf,
  pausesOf,
  rolesOf,
  type RoleSpan,
  type Span,
} from '../../sim/diagram/spans.ts';
import { isTelling } from '../../sim/diagram/window.ts';
import type { Recording } from '../../sim/recording/recording.ts';
import type { RunResult } from '../../sim/verdict/run.ts';

/** A run as the page shows it: plain data, made in the worker. */
export interface RunModel {
  /** Of live processes only what each recorded is known. */
  readonly isLive: boolean;
  readonly recording: Recording;
  /** Of records of live processes there is no digest. */
  readonly digest: string;
  /** The number of the run's events, or of the processes' steps. */
  readonly events: number;
  readonly violation: RunResult['violation'];
  /** In the order of their sending. */
  readonly messages: readonly Message[];
  /** The ids of those worth drawing (see `tellingMessages`). */
  readonly telling: ReadonlySet<number>;
  /** The places in `recording.events` at which a step stops, in order. */
  readonly steps: readonly number[];
  readonly roles: readonly RoleSpan[];
  readonly lives: readonly LifeSpan[];
  readonly pauses: readonly (Span & { readonly node: string })[];
  readonly operations: readonly OperationSpan[];
  readonly faults: readonly FaultSpan[];
  /** Clients that have called something, in their order; probes of the liveness phase are left out. */
  readonly clients: readonly string[];
}

/** The model of a run that was recorded. */
export function modelOf({
  recording,
  digest,
  events,
  violation,
}: Pick<RunResult, 'recording' | 'digest' | 'events' | 'violation'>): RunModel {
  if (recording === undefined) throw new TypeError('the run of a model is recorded');
  const messages = messagesOf(recording);
  const telling = new Set(tellingMessages(messages, recording).map(({ id }) => id));
  const steps = recording.events.flatMap((event, place) => (isTelling(event, telling) ? [place] : []));
  const operations = operationsOf(recording).filter(({ client }) => !client.startsWith('p'));
  const clients = [...new Set(operations.map(({ client }) => client))].sort(
    (a, b) => Number(a.slice(1)) - Number(b.slice(1)),
  );
  return {
    isLive: digest === '',
    recording,
    digest,
    events,
    violation,
    messages,
    telling,
    steps,
    roles: rolesOf(recording),
    lives: livesOf(recording),
    pauses: pausesOf(recording),
    operations,
    faults: faultsOf(recording),
    clients,
  };
}
