import type { Socket } from 'node:net';
import { hostOf } from '../../security/host-of.ts';
import { sourceOf } from '../by-source.ts';

/** Characters of headers and bookkeeping that each answer takes besides its text; rounded up. */
const EACH = 1_024;

/** What clients have been answered and have not taken yet, as it waits in this process's memory. */
export interface Untaken {
  /**
   * Counts a text of `length` characters that is about to be written to the connection. Where all of them together
   * exceed the bound, connections are cut off, the one that leaves most first, of the source that leaves most. The
   * result, once the client has taken the text, takes it off again.
   */
  add(socket: Socket, length: number): () => void;
}

interface Left {
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

/** `atMost`: the bound on all connections together, in characters. */
export function createUntaken(atMost: number, onCutOff: (cutOff: CutOff) => void = () => {}): Untaken {
  const connections = new Map<Socket, Left>();
  let total = 0;
  return {
    add(socket, length) {
      if (socket.destroyed) return () => {};
      const size = length + EACH;
      const left = leftBy(socket);
      left.size += size;
      total += size;
      while (total > atMost && cutOffGreatest());
      let isTaken = false;
      return () => {
        if (isTaken || connections.get(socket) !== left) return;
        isTaken = true;
        left.size -= size;
        total -= size;
      };
    },
  };

  function leftBy(socket: Socket): Left {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const left = { source: sourceOf(socket.remoteAddress), size: 0 };
    connections.set(socket, left);
    socket.once('close', () => {
      if (connections.get(socket) === left) forget(socket, left);
    });
    return left;
  }

  function forget(socket: Socket, left: Left): void {
    connections.delete(socket);
    total -= left.size;
  }

  function cutOffGreatest(): boolean {
    const sources = new Map<string, number>();
    for (const { source, size } of connections.values()) sources.set(source, (sources.get(source) ?? 0) + size);
    const [greedy] = greatest([...sources].map(([source, size]) => [source, size] as const)) ?? [];
    const ofIt = [...connections].filter(([, { source }]) => source === greedy);
    const [socket] = greatest(ofIt.map(([one, { size }]) => [one, size] as const)) ?? [];
    const left = socket === undefined ? undefined : connections.get(socket);
    if (socket === undefined || left === undefined) return false;
    forget(socket, left);
    onCutOff({ reason: 'crowded', from: clientOf(socket) });
    socket.destroy();
    return true;
  }
}

/** The address of a client that is still connected. */
export function clientOf({ remoteAddress }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : hostOf(remoteAddress);
}

function greatest<Item>(all: readonly (readonly [Item, number])[]): readonly [Item, number] | undefined {
  return all.reduce<readonly [Item, number] | undefined>(
    (most, one) => (most === undefined || one[1] > most[1] ? one : most),
    undefined,
  );
}
