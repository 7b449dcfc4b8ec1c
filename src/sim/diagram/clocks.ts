import { unreachable } from '../../protocol/model/assert.ts';
import type { RecordedEvent, Recording } from '../recording/recording.ts';

/** A vector clock (Fidge 1988, Mattern 1989): how many events of each host are known. */
export type VectorClock = Readonly<Record<string, number>>;

/** An event of one host, with its vector clock. */
export interface ClockedEvent {
  readonly host: string;
  readonly clock: VectorClock;
  readonly event: RecordedEvent;
  /** The message that it sends or receives, if any. */
  readonly message: Sent | undefined;
}

type Sent = RecordedEvent & { readonly type: 'sent' };

/**
 * The events of a recording that happen to a process or a client, in the order of the recording. Each increments its
 * host's component; a receive also takes the maximum with the clock of its send. A message that no process received has
 * no receive event, and a refused connection carries no clock: no process sent it.
 */
export function clockEvents(recording: Recording): readonly ClockedEvent[] {
  const clocks = new Map<string, VectorClock>();
  const messages = new Map<number, Sent>();
  const sentAt = new Map<number, VectorClock>();
  return recording.events.flatMap((event) => {
    if (event.type === 'sent') messages.set(event.id, event);
    const message = event.type === 'sent' || event.type === 'arrived' ? messages.get(event.id) : undefined;
    const host = hostOf(event, message);
    if (host === undefined) return [];
    const before = clocks.get(host) ?? {};
    const known = event.type === 'arrived' ? join(before, sentAt.get(event.id) ?? {}) : before;
    const clock = { ...known, [host]: (known[host] ?? 0) + 1 };
    clocks.set(host, clock);
    if (event.type === 'sent') sentAt.set(event.id, clock);
    return [{ host, clock, event, message }];
  });
}

/** Whether `later` is at least `earlier` in every component. */
export function dominates(later: VectorClock, earlier: VectorClock): boolean {
  return Object.entries(earlier).every(([host, count]) => (later[host] ?? 0) >= count);
}

/** Messages that the machine under a process sends in its place: connection refused, connection reset. */
const UNSPOKEN = new Set(['refused', 'reset']);

function hostOf(event: RecordedEvent, message: Sent | undefined): string | undefined {
  switch (event.type) {
    case 'sent':
      return UNSPOKEN.has(event.kind) ? undefined : event.from;
    case 'arrived':
      return event.outcome === 'taken' ? message?.to : undefined;
    case 'called':
    case 'ended':
      return event.client;
    case 'started':
    case 'crashed':
    case 'paused':
    case 'resumed':
    case 'stayed-down':
    case 'role':
    case 'committed':
    case 'writes':
    case 'written':
    case 'logged':
    case 'safe':
    case 'saved':
    case 'note':
      return event.node;
    case 'released':
    case 'fault':
    case 'healed':
    case 'violated':
      return undefined;
    default:
      return unreachable(event);
  }
}

function join(a: VectorClock, b: VectorClock): VectorClock {
  const joined: Record<string, number> = { ...a };
  for (const [host, count] of Object.entries(b)) joined[host] = Math.max(joined[host] ?? 0, count);
  return joined;
}
