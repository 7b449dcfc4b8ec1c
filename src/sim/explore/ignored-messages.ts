import type { Envelope } from '../../protocol/model/messages.ts';
import { SAYS_NOTHING } from './in-flight.ts';
import { sameValue } from './same-value.ts';
import type { System } from './system.ts';

/** What came of the check. */
export interface IgnoredMessages {
  /** Pairs of a local state and a message that is dead there, and how many of them were looked at. */
  readonly pairs: number;
  readonly checked: number;
  /** The first pair for which it does not hold. */
  readonly wrong: string | undefined;
}

/**
 * A lean search takes dead messages off their way (carriage.ts), and that rests on the very checks of epochs that are to be
 * explored. So afterwards every message that was ever sent is delivered in every local state in which it counts as dead: it
 * must do and change what a message that says nothing does, and no more. (Any message ends a suspicion, and makes a
 * primary look who has been silent; that is left aside. A state some ticks later is a local state of its own.) Then a
 * search that had kept them would have found nothing else: the first one that had an effect would have had it in a local
 * state that was reached here.
 */
export function checkIgnoredMessages(system: System): IgnoredMessages {
  const total = [...deadPairs(system)].reduce((sum, { dead }) => sum + dead.length, 0);
  const stride = Math.ceil(total / CHECKED_AT_MOST);
  let pairs = 0;
  let checked = 0;
  for (const { node, local, dead } of deadPairs(system)) {
    const nothings = new Map<string, unknown>();
    for (const packet of dead) {
      pairs += 1;
      if (pairs % stride !== 0) continue;
      checked += 1;
      const envelope = system.packet(packet);
      const { from, message } = envelope;
      const link = `${from.node} ${from.unit}`;
      const effect = effectOf(system, node, local, envelope);
      const nothing = nothings.get(link) ?? effectOf(system, node, local, { ...envelope, message: SAYS_NOTHING });
      nothings.set(link, nothing);
      if (sameValue(effect, nothing)) continue;
      const wrong = `a stale ${message.type} of ${from.node} still means something to ${system.nodes[node]}`;
      return { pairs: total, checked, wrong };
    }
  }
  return { pairs: total, checked, wrong: undefined };
}

/** A pair costs as much as a hundred states: of more pairs than this, every second is looked at, or every third, and so on. */
const CHECKED_AT_MOST = 100_000;

/** For each local state, the packets that are dead there. */
function* deadPairs({ tables, nodes, packet, packetCount }: System): Generator<DeadThere> {
  const packets = Array.from({ length: packetCount() }, (_, number) => number);
  for (const [node, table] of tables.entries()) {
    const addressed = packets.filter((number) => packet(number).to.node === nodes[node]);
    const known = table.size;
    for (let local = 0; local < known; local += 1) {
      const horizon = table.horizonOf(local);
      yield { node, local, dead: addressed.filter((number) => table.isDead(number, horizon)) };
    }
  }
}

interface DeadThere {
  readonly node: number;
  readonly local: number;
  readonly dead: readonly number[];
}

function effectOf({ tables }: System, node: number, local: number, envelope: Envelope): unknown {
  return (tables[node]?.deliveredNow(local, envelope) ?? []).map(({ after, sent, spent }) => [after, sent, spent]);
}
