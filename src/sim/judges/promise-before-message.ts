import { unreachable } from '../../protocol/model/assert.ts';
import { compareEpochs, type Epoch, showEpoch } from '../../protocol/model/epoch.ts';
import { durableEnd, type SimDisk } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Durable before sent: a vote and a candidacy need the durable promise, an acknowledgement the promise and the entries
 * (PROTOCOL §2.3; Raft §5, persistent state).
 */
export function promiseBeforeMessage(evidence: Pick<Evidence, 'diskOf'>): Judge {
  return {
    name: 'promise-before-message',
    source: 'PROTOCOL §2.3',
    sent({ from, message }) {
      const disk = evidence.diskOf(from.node, from.unit);
      if (disk === undefined) return undefined;
      switch (message.type) {
        case 'campaign':
          return unpromised(disk, message.epoch, `${from.node} campaigns in ${from.unit}`);
        case 'voted':
          return message.granted ? unpromised(disk, message.epoch, `${from.node} votes in ${from.unit}`) : undefined;
        case 'appended': {
          const end = durableEnd(disk);
          // Under a newer promise the acknowledgement is late: it was true when it was due, and the newer primary's
          // truncation became durable in the same write. A primary that still counts it had this disk's promise first.
          const isLate = compareEpochs(disk.promised, message.epoch) > 0;
          if (end.index < message.match && !isLate) {
            return (
              `${from.node} acknowledges ${from.unit} up to ${message.match}, ` +
              `and its disk has the log up to ${end.index}`
            );
          }
          return unpromised(disk, message.epoch, `${from.node} acknowledges ${from.unit}`);
        }
        case 'election':
        case 'answer':
        case 'append':
        case 'mismatched':
        case 'outdated':
        case 'heartbeat':
        case 'heard':
        case 'install':
        case 'locate':
        case 'watch':
        case 'changed':
        case 'located':
        case 'requests':
        case 'replies':
        case 'relay':
        case 'relayed':
        case 'transfer':
        case 'gossip':
          return undefined;
        default:
          return unreachable(message);
      }
    },
  };
}

function unpromised(disk: SimDisk, epoch: Epoch, who: string): string | undefined {
  return compareEpochs(disk.promised, epoch) >= 0
    ? undefined
    : `${who} for epoch ${showEpoch(epoch)}, and its disk has promised ${showEpoch(disk.promised)}`;
}
