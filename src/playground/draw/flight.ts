import type { Message } from '../../sim/diagram/messages.ts';
import { LOST_FOR } from '../model/in-window.ts';

/** Where a message is at one instant. */
export interface Flight {
  readonly message: Message;
  /** From 0 at its sender to 1 at its receiver. */
  readonly share: number;
  readonly fate: 'flies' | 'lost' | 'held' | 'not taken';
}

/** A lost message stops here. */
const STOPS_AT = 0.45;
const HELD_AT = 0.3;

/** Undefined where the message is not on its way. With `isCalm` it stands where it begins or ends. */
export function flightAt(message: Message, at: number, isCalm: boolean): readonly Flight[] {
  const { sentAt, fate, arrivals, releasedAt } = message;
  if (at < sentAt) return [];
  if (fate === 'dropped' || fate === 'cut') {
    if (at > sentAt + LOST_FOR) return [];
    const share = isCalm ? STOPS_AT : Math.min(1, (at - sentAt) / (LOST_FOR * 0.6)) * STOPS_AT;
    return [{ message, share, fate: 'lost' }];
  }
  if (fate === 'waits' && (releasedAt === undefined || at < releasedAt)) {
    return [{ message, share: HELD_AT, fate: 'held' }];
  }
  const [from, start] = fate === 'waits' ? [releasedAt ?? sentAt, HELD_AT] : [sentAt, 0];
  if (arrivals.length === 0) return [{ message, share: 0.35, fate: 'flies' }];
  return arrivals.flatMap((arrival): readonly Flight[] => {
    if (at > arrival.at) return [];
    const gone = (at - from) / Math.max(1, arrival.at - from);
    const share = start + (1 - start) * (isCalm ? Math.floor(gone) : gone);
    const isTaken = arrival.outcome === 'taken' || gone < 0.98;
    return [{ message, share, fate: isTaken ? 'flies' : 'not taken' }];
  });
}
