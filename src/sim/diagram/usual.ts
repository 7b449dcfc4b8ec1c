import type { Recording } from '../recording/recording.ts';
import { classOf, type Message, type MessageClass } from './messages.ts';
import type { OperationSpan } from './spans.ts';
import { isTelling } from './window.ts';

/** Operations that went the usual way, and the messages that need not be drawn for that. */
export interface Usual {
  readonly operations: ReadonlySet<OperationSpan>;
  /** By id. */
  readonly messages: ReadonlySet<number>;
}

export const NOTHING_USUAL: Usual = { operations: new Set(), messages: new Set() };

/**
 * The operations that were answered while nothing else happened: each telling message in their time was one of requests
 * or entries and arrived once. Such a message is left out, unless an operation that did not go that way was under way.
 */
export function usualOf(
  recording: Recording,
  operations: readonly OperationSpan[],
  telling: readonly Message[],
): Usual {
  const plain = new Set(telling.filter(isPlain).map(({ id }) => id));
  const ids = new Set(telling.map(({ id }) => id));
  const odd = recording.events
    .filter((event) => isTelling(event, ids))
    .filter(
      (event) => !(event.type === 'called' || event.type === 'ended' || (event.type === 'sent' && plain.has(event.id))),
    )
    .map(({ at }) => at);
  const usual = operations.filter(
    ({ outcome, from, to }) => outcome === 'ok' && !odd.some((at) => at >= from && at <= to),
  );
  const others = operations.filter((operation) => !usual.includes(operation));
  const belongs = (message: Message): boolean => {
    const { id, sentAt, from, to } = message;
    if (!plain.has(id)) return false;
    const after = classOf(message.kind) === 'log' ? TAIL : 0;
    const own = usual.filter((span) => sentAt >= span.from && sentAt <= span.to + after);
    if (own.length === 0) return false;
    if (own.some(({ client }) => client === from || client === to)) return true;
    return !others.some((span) => sentAt >= span.from && sentAt <= span.to);
  };
  return { operations: new Set(usual), messages: new Set(telling.filter(belongs).map(({ id }) => id)) };
}

/** An entry goes to the other replicas for so long after its answer, in microseconds. */
const TAIL = 10_000;
const CLASSES: ReadonlySet<MessageClass> = new Set(['client', 'service', 'log']);

function isPlain({ kind, fate, releasedAt, arrivals }: Message): boolean {
  const [arrival] = arrivals;
  const isCarried =
    fate === 'once' && releasedAt === undefined && arrivals.length === 1 && arrival?.outcome === 'taken';
  return isCarried && kind !== 'reset' && kind !== 'gone' && CLASSES.has(classOf(kind));
}
