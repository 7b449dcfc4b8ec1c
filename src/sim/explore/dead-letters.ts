import { NO_EPOCH } from '../../protocol/epoch.ts';
import type { Message } from '../../protocol/messages.ts';
import type { Outcome } from './local-table.ts';
import { sameValue } from './same-value.ts';
import type { System } from './system.ts';

/** What came of the check. */
export interface DeadLetters {
  /** Pairs of a local state and a message that were looked at. */
  readonly pairs: number;
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
export function checkDeadLetters(system: System): DeadLetters {
  let pairs = 0;
  for (const [node, table] of system.tables.entries()) {
    const known = table.size;
    const addressed = Array.from({ length: system.packetCount() }, (_, packet) => packet).filter(
      (packet) => system.packet(packet).to.node === system.nodes[node],
    );
    for (let local = 0; local < known; local += 1) {
      const horizon = table.horizonOf(local);
      for (const packet of addressed) {
        if (!table.isDead(packet, horizon)) continue;
        pairs += 1;
        const envelope = system.packet(packet);
        const effect = table.deliveredNow(local, envelope).map(effectOf);
        const nothing = table.deliveredNow(local, { ...envelope, message: SAYS_NOTHING }).map(effectOf);
        if (sameValue(effect, nothing)) continue;
        const { message, from } = envelope;
        const wrong = `a stale ${message.type} of ${from.node} still means something to ${system.nodes[node]}`;
        return { pairs, wrong };
      }
    }
  }
  return { pairs, wrong: undefined };
}

/** An acknowledgement in an epoch that never was. */
const SAYS_NOTHING: Message = { type: 'heard', epoch: NO_EPOCH, beat: 0, agreed: 0 };

function effectOf({ after, sent, spent }: Outcome): unknown {
  return [after, sent, spent];
}
