import { NO_EPOCH } from '../../protocol/model/epoch.ts';
import type { Message } from '../../protocol/model/messages.ts';

/**
 * The packets in flight from each node, as sets, and each set as a number: there are few sets beside the states that
 * use them. Any packet may arrive next, whatever the order of sending, or never: a loss needs no transition of its own.
 * Equal packets are in flight once.
 */
export interface InFlight {
  readonly size: number;
  /** The set `set` with `packets` added; set 0 is the empty one. */
  with(set: number, packets: readonly number[]): number;
  /** The set `set` without `packet`. */
  without(set: number, packet: number): number;
  /** The set `set` without the packets for `node` that are ignored at this horizon; the number names it. */
  alive(set: number, node: number, horizon: number): number;
  /** The packets of the set that are for `node`, in the order of their numbers. */
  to(set: number, node: number): readonly number[];
}

/** The facts about packets that the sets need: a packet's node, and whether it is ignored at a horizon. */
export interface PacketLore {
  destinationOf(packet: number): number;
  isDead(packet: number, horizon: number): boolean;
}

export function createInFlight(nodes: number, lore: PacketLore): InFlight {
  const sets: SentSet[] = [];
  const numbers = new Map<string, number>();

  const numberOf = (members: readonly number[]): number => {
    const key = members.join(' ');
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const byNode: number[][] = Array.from({ length: nodes }, () => []);
    for (const packet of members) byNode[lore.destinationOf(packet)]?.push(packet);
    numbers.set(key, sets.length);
    sets.push({ members, byNode, grown: new Map(), shrunk: new Map(), alive: new Map() });
    return sets.length - 1;
  };

  const add = (set: number, packet: number): number => {
    const known = sets[set];
    if (known === undefined || known.members.includes(packet)) return set;
    const grown = known.grown.get(packet) ?? numberOf([...known.members, packet].sort((a, b) => a - b));
    known.grown.set(packet, grown);
    return grown;
  };

  const remove = (set: number, packet: number): number => {
    const known = sets[set];
    if (known === undefined) return set;
    const shrunk = known.shrunk.get(packet) ?? numberOf(known.members.filter((member) => member !== packet));
    known.shrunk.set(packet, shrunk);
    return shrunk;
  };

  numberOf([]);
  return {
    get size() {
      return sets.length;
    },
    with: (set, packets) => packets.reduce(add, set),
    without: remove,
    alive(set, node, horizon) {
      const known = sets[set];
      if (known === undefined || known.byNode[node]?.length === 0) return set;
      const key = horizon * nodes + node;
      const found = known.alive.get(key);
      if (found !== undefined) return found;
      const alive = (known.byNode[node] ?? []).filter((packet) => lore.isDead(packet, horizon)).reduce(remove, set);
      known.alive.set(key, alive);
      return alive;
    },
    to: (set, node) => sets[set]?.byNode[node] ?? [],
  };
}

interface SentSet {
  readonly members: readonly number[];
  readonly byNode: readonly (readonly number[])[];
  /** Sets with one packet more, by that packet. */
  readonly grown: Map<number, number>;
  /** Sets with one packet less. */
  readonly shrunk: Map<number, number>;
  /** The set without ignored packets, by horizon and node. */
  readonly alive: Map<number, number>;
}

/** An acknowledgement of an epoch that never existed. */
export const SAYS_NOTHING: Message = { type: 'heard', epoch: NO_EPOCH, beat: 0, agreed: 0, diskId: '', incarnation: 1 };
