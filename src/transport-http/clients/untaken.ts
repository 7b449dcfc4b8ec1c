import { hostOf } from '../../security/host-of.ts';
import { sourceOf } from '../by-source.ts';

/** Characters of headers and bookkeeping that each answer takes besides its text; rounded up. */
const EACH = 1_024;

/** Time after which a client that takes nothing counts as one that stalls, in milliseconds. */
const STALLS_AFTER = 2_000;

/** The part of the bound from which on what stalling clients of one source leave makes that source the first. */
const SHARE_OF_STALLED = 1 / 8;

/** What clients have been answered and have not taken yet, as it waits in this process's memory. */
export interface Untaken {
  /**
   * Counts a text of `length` characters that is about to be written to the connection. Where all of them together
   * exceed the bound, connections are cut off. The result, once the client has taken the text, takes it off again.
   *
   * The source is first whose stalling clients leave most, if that is much, otherwise the one that leaves most; of its
   * connections those that stall are first, the one that leaves most before the others. A client that takes what it is
   * sent is cut off where none of its source stalls.
   */
  add(socket: Connection, length: number): () => void;
}

/** What is used of a socket. */
export interface Connection {
  readonly remoteAddress?: string | undefined;
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

interface Left {
  readonly socket: Connection;
  readonly source: string;
  size: number;
}

/** A connection that was cut off with answers that its client had not taken. */
export interface CutOff {
  /** `crowded`: all connections together left too much, and this one most. `stalled`: it took nothing for too long. */
  readonly reason: 'crowded' | 'stalled';
  /** The address of the client. */
  readonly from: string | undefined;
}

export interface UntakenOptions {
  /** The bound on all connections together, in characters. */
  readonly atMost: number;
  /** For how long the client has taken nothing of what waits for it, in milliseconds. */
  readonly idleFor: (socket: Connection) => number;
  readonly onCutOff?: ((cutOff: CutOff) => void) | undefined;
}

export function createUntaken({ atMost, idleFor, onCutOff }: UntakenOptions): Untaken {
  const connections = new Map<Connection, Left>();
  let total = 0;
  return {
    add(socket, length) {
      if (socket.destroyed) return () => {};
      const size = length + EACH;
      const left = leftBy(socket);
      left.size += size;
      total += size;
      while (total > atMost && cutOffWorst());
      let isTaken = false;
      return () => {
        if (isTaken || connections.get(socket) !== left) return;
        isTaken = true;
        left.size -= size;
        total -= size;
      };
    },
  };

  function leftBy(socket: Connection): Left {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const left = { socket, source: sourceOf(socket.remoteAddress), size: 0 };
    connections.set(socket, left);
    socket.once('close', () => {
      if (connections.get(socket) === left) forget(left);
    });
    return left;
  }

  function forget({ socket, size }: Left): void {
    connections.delete(socket);
    total -= size;
  }

  function cutOffWorst(): boolean {
    const all = [...connections.values()].filter(({ size }) => size > 0);
    const stalled = all.filter(({ socket }) => idleFor(socket) >= STALLS_AFTER);
    const source = greatestSource(stalled, atMost * SHARE_OF_STALLED) ?? greatestSource(all, 0);
    const worst = greatest(ofSource(stalled, source)) ?? greatest(ofSource(all, source));
    if (worst === undefined) return false;
    forget(worst);
    onCutOff?.({ reason: 'crowded', from: clientOf(worst.socket) });
    worst.socket.destroy();
    return true;
  }
}

/** The address of a client that is still connected. */
export function clientOf({ remoteAddress }: Pick<Connection, 'remoteAddress'>): string | undefined {
  return remoteAddress === undefined ? undefined : hostOf(remoteAddress);
}

/** The source that leaves most, if that is `atLeast` so much. */
function greatestSource(all: readonly Left[], atLeast: number): string | undefined {
  const sizes = new Map<string, number>();
  for (const { source, size } of all) sizes.set(source, (sizes.get(source) ?? 0) + size);
  return greatest([...sizes].map(([source, size]) => ({ source, size })).filter(({ size }) => size >= atLeast))?.source;
}

function ofSource(all: readonly Left[], source: string | undefined): readonly Left[] {
  return all.filter((left) => left.source === source);
}

function greatest<Item extends { readonly size: number }>(all: readonly Item[]): Item | undefined {
  return all.reduce<Item | undefined>(
    (most, one) => (most === undefined || one.size > most.size ? one : most),
    undefined,
  );
}
