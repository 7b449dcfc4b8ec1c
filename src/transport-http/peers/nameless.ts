import { createBySource } from '../by-source.ts';

/** Sockets without a whole hello; for a further one, the oldest is closed of the source that has most of them. */
export const NAMELESS_AT_MOST = 512;

/**
 * Time for which such a socket is left alone by others of its own source, in milliseconds: a further one of that source
 * is closed itself. So a flood cannot cut off a far peer behind the same address before its hello has arrived.
 */
export const NAMELESS_GRANTED = 1_000;

/** The sockets whose hello is not whole. */
export interface Nameless<Item> {
  /** Whether `admit` would admit one of `source` at the instant `now`. */
  hasRoom(source: string, now: number): boolean;
  /** Whether one more may wait at the instant `now`, and which one must be closed for it. */
  admit(item: Item, source: string, now: number): { readonly isAdmitted: boolean; readonly evicted?: Item };
  leave(item: Item): void;
  all(): readonly Item[];
}

export function createNameless<Item>(): Nameless<Item> {
  const waiting = createBySource<Item>();
  const since = new Map<Item, number>();
  return {
    hasRoom: (source, now) => roomFor(source, now).isRoom,
    admit(item, source, now) {
      const { isRoom, evicted } = roomFor(source, now);
      if (!isRoom) return { isAdmitted: false };
      if (evicted !== undefined) leave(evicted);
      waiting.add(item, source);
      since.set(item, now);
      return { isAdmitted: true, ...(evicted === undefined ? {} : { evicted }) };
    },
    leave,
    all: () => waiting.all(),
  };

  function roomFor(source: string, now: number): { readonly isRoom: boolean; readonly evicted: Item | undefined } {
    const evicted = waiting.size() < NAMELESS_AT_MOST ? undefined : waiting.oldestOfMost();
    if (evicted === undefined) return { isRoom: true, evicted };
    const isOfMost = waiting.countOf(source) >= waiting.countOf(waiting.sourceOf(evicted) ?? '');
    return { isRoom: !isOfMost || now - (since.get(evicted) ?? 0) >= NAMELESS_GRANTED, evicted };
  }

  function leave(item: Item): void {
    waiting.remove(item);
    since.delete(item);
  }
}
