import type { Message } from '../../sim/diagram/messages.ts';
import { lastUpTo } from './tracks.ts';

/** Finds the messages that are on their way at some time between two instants. */
export interface Flights {
  between(from: number, to: number): readonly Message[];
}

/** Messages of a block: so many share one latest end. */
const BLOCK = 128;
/** A message without an arrival is shown for so long, in microseconds. */
export const LOST_FOR = 1_200;

/** When a message has ended: its last arrival, or a moment after it was sent where there is none. */
function endOf({ sentAt, arrivals, fate, releasedAt }: Message, endedAt: number): number {
  const last = arrivals.reduce((end, { at }) => Math.max(end, at), 0);
  if (last > 0) return last;
  if (fate === 'waits') return releasedAt ?? endedAt;
  return fate === 'once' || fate === 'twice' ? endedAt : sentAt + LOST_FOR;
}

/** `messages` in the order of their sending. Held ones live long, and are kept apart: they would keep each block in view. */
export function flightsOf(messages: readonly Message[], endedAt: number): Flights {
  const held = messages.filter(({ fate }) => fate === 'waits');
  const others = messages.filter(({ fate }) => fate !== 'waits');
  const sent = others.map(({ sentAt }) => sentAt);
  const latest: number[] = [];
  for (const [place, message] of others.entries()) {
    const block = Math.floor(place / BLOCK);
    latest[block] = Math.max(latest[block] ?? 0, endOf(message, endedAt));
  }
  return {
    between(from, to) {
      const found = held.filter((message) => message.sentAt <= to && endOf(message, endedAt) >= from);
      const last = lastUpTo(sent, to);
      for (let block = Math.floor(Math.max(0, last) / BLOCK); block >= 0; block -= 1) {
        if ((latest[block] ?? 0) < from) continue;
        for (let place = block * BLOCK; place < Math.min(others.length, (block + 1) * BLOCK, last + 1); place += 1) {
          const message = others[place];
          if (message !== undefined && endOf(message, endedAt) >= from) found.push(message);
        }
      }
      return found;
    },
  };
}
