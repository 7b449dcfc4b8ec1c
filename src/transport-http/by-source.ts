/** Items by the source that they come from, in order of arrival. */
export interface BySource<Item> {
  size(): number;
  all(): readonly Item[];
  countOf(source: string): number;
  has(item: Item): boolean;
  sourceOf(item: Item): string | undefined;
  add(item: Item, source: string): void;
  remove(item: Item): void;
  /** The oldest item of the source that has most. */
  oldestOfMost(): Item | undefined;
}

export function createBySource<Item = string>(): BySource<Item> {
  const sources = new Map<Item, string>();
  const items = new Map<string, Set<Item>>();
  return {
    size: () => sources.size,
    all: () => [...sources.keys()],
    countOf: (source) => items.get(source)?.size ?? 0,
    has: (item) => sources.has(item),
    sourceOf: (item) => sources.get(item),
    add(item, source) {
      sources.set(item, source);
      const known = items.get(source);
      if (known === undefined) items.set(source, new Set([item]));
      else known.add(item);
    },
    remove(item) {
      const source = sources.get(item);
      if (source === undefined) return;
      sources.delete(item);
      const left = items.get(source);
      left?.delete(item);
      if (left?.size === 0) items.delete(source);
    },
    oldestOfMost() {
      let most: Set<Item> | undefined;
      for (const set of items.values()) if (most === undefined || set.size > most.size) most = set;
      const [oldest] = most ?? [];
      return oldest;
    },
  };
}

/** The source of a connection: an IPv4 address, or the 64 bits of an IPv6 address that one customer has. */
export function sourceOf(remoteAddress: string | undefined): string {
  const plain = (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}
