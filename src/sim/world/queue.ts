import TinyQueue from 'tinyqueue';

interface Queued<Item> {
  readonly at: number;
  readonly sequence: number;
  readonly item: Item;
}

/** A priority queue by time; items of the same time stay in order of insertion. */
export interface Agenda<Item> {
  put(at: number, item: Item): void;
  /** Removes the first item, if it is due by `until`. */
  take(until: number): { readonly at: number; readonly item: Item } | undefined;
}

export function createAgenda<Item>(): Agenda<Item> {
  const queue = new TinyQueue<Queued<Item>>([], (a, b) => a.at - b.at || a.sequence - b.sequence);
  let sequence = 0;
  return {
    put(at, item) {
      sequence += 1;
      queue.push({ at, sequence, item });
    },
    take(until) {
      const first = queue.peek();
      return first === undefined || first.at > until ? undefined : queue.pop();
    },
  };
}
