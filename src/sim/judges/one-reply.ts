import type { Envelope } from '../../protocol/model/messages.ts';
import type { Judge } from './judge.ts';

/**
 * A request is answered at most as often as it arrives. One that is pending during a transfer is served once: by the
 * primary or, sent again, by its successor (PROTOCOL §3.9). A second reply would be harmless; it shows a pending
 * request that was kept after it had been served.
 */
export function oneReply(): Judge {
  const open = new Map<string, number>();
  return {
    name: 'one-reply',
    source: 'PROTOCOL §3.9',
    received({ from, to, message }: Envelope) {
      // A node that forwards sends on each reply that it gets, and refuses itself what it does not forward.
      const asker = message.type === 'relayed' ? message.origin : from;
      const counts = message.type === 'requests' || message.type === 'relay' || message.type === 'relayed';
      if (counts) for (const { id } of message.items) add(`${to.node} ${to.unit} ${asker.node} ${asker.unit} ${id}`, 1);
    },
    sent({ from, to, message }: Envelope) {
      if (message.type !== 'replies') return undefined;
      for (const { id } of message.items) {
        if (add(`${from.node} ${from.unit} ${to.node} ${to.unit} ${id}`, -1) >= 0) continue;
        return `${from.node} answers request ${id} of ${from.unit} more often than ${to.node} has asked it`;
      }
      return undefined;
    },
  };

  function add(key: string, change: number): number {
    const count = (open.get(key) ?? 0) + change;
    open.set(key, count);
    return count;
  }
}
