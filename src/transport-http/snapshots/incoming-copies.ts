import type { NodeId } from '../../protocol/model/epoch.ts';
import { createIncomingCopy, type IncomingCopy } from './incoming-copy.ts';

/** Time for which an incomplete copy is kept after its socket broke, in milliseconds. */
export const KEPT_FOR = 60_000;

/** Incomplete copies without a socket; for a further one, the oldest is dropped. */
export const KEPT_AT_MOST = 4;

/** The full copies under way from all peers. */
export interface IncomingCopies {
  /** The copy of a peer with a new socket: it may continue where the last one broke. */
  connect(peer: NodeId): IncomingCopy;
  /** The peer has no socket any more. */
  disconnect(peer: NodeId): void;
  clear(): void;
}

export function createIncomingCopies(): IncomingCopies {
  /** In the order in which their sockets broke. */
  const copies = new Map<NodeId, IncomingCopy>();
  const forgetting = new Map<NodeId, NodeJS.Timeout>();

  return {
    connect(peer) {
      const copy = copies.get(peer) ?? createIncomingCopy();
      copies.set(peer, copy);
      copy.interrupt();
      return copy;
    },
    disconnect(peer) {
      const copy = copies.get(peer);
      if (copy === undefined) return;
      copies.delete(peer);
      copies.set(peer, copy);
      copy.interrupt();
      clearTimeout(forgetting.get(peer));
      forgetting.set(peer, setTimeout(() => copy.giveUp(), KEPT_FOR).unref());
      const interrupted = [...copies.values()].filter((one) => one.isInterrupted());
      if (interrupted.length > KEPT_AT_MOST) interrupted[0]?.giveUp();
    },
    clear() {
      for (const timer of forgetting.values()) clearTimeout(timer);
      copies.clear();
    },
  };
}
