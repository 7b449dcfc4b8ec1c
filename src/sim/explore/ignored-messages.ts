import type { Envelope } from '../../protocol/model/messages.ts';
import { SAYS_NOTHING } from './in-flight.ts';
import { sameValue } from './same-value.ts';
import type { System } from './system.ts';

/** The result of the check. */
export interface IgnoredMessages {
  /** Pairs of a local state and a message that is ignored there, and how many of them were checked. */
  readonly pairs: number;
  readonly checked: number;
  /** The first pair in which the message has an effect. */
  readonly wrong: string | undefined;
}

/**
 * Checks the lean message filter (message-filter.ts). A lean search drops ignored messages, which rests on the very
 * epoch checks that are under test. So every message ever sent is delivered in every local state in which it counts as
 * ignored: its effect must be that of a message that says nothing. (Any message ends a suspicion and makes a primary
 * check for silent peers, which is left aside. A state some ticks later is a local state of its own.) If all pairs
 * pass, a search that kept the messages would have found nothing else: the first one with an effect would have had it
 * in a local state reached here.
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

/**
 * Pairs are checked up to this number, since a pair costs as much as a hundred states; of more, every second, third, ….
 */
const CHECKED_AT_MOST = 100_000;

/** For each local state, the packets that are ignored there. */
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
