import { createBySource } from '../by-source.ts';

export interface PlaceLimits {
  /** Connections at the same time. */
  readonly connectionsAtMost: number;
  /** Connections of one source at the same time. All clients behind a proxy are one source. */
  readonly perSourceAtMost: number;
  /**
   * Connections beyond either bound, which serve peers and probes only. For a further one the oldest is closed of the
   * source that has most of them.
   */
  readonly reservedAtMost: number;
}

/** The places of a server's connections. */
export interface Places {
  /** Takes a connection in; returns the one that must make room, if any. */
  take(name: string, source: string): string | undefined;
  leave(name: string): void;
  isReserved(name: string): boolean;
}

export function createPlaces({ connectionsAtMost, perSourceAtMost, reservedAtMost }: PlaceLimits): Places {
  const regular = createBySource();
  const reserved = createBySource();
  return {
    take(name, source) {
      if (regular.size() < connectionsAtMost && regular.countOf(source) < perSourceAtMost) {
        regular.add(name, source);
        return undefined;
      }
      const evicted = reserved.size() < reservedAtMost ? undefined : reserved.oldestOfMost();
      if (evicted !== undefined) reserved.remove(evicted);
      reserved.add(name, source);
      return evicted;
    },
    leave(name) {
      regular.remove(name);
      reserved.remove(name);
    },
    isReserved: (name) => reserved.has(name),
  };
}
