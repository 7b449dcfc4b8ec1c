import { FRONT_END } from '../../protocol/model/address.ts';
import type { Envelope, Reply } from '../../protocol/model/messages.ts';
import { weighOutcome } from '../../protocol/model/weigh.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * What is counted is also weighed: outcomes for a front end are no longer than `answerSizeAtMost` bytes, all those of
 * one message together as well, and a page is no longer than `pageSizeAtMost`, unless it is one row.
 */
export function sizes({ settings: { answerSizeAtMost, pageSizeAtMost } }: Evidence): Judge {
  return {
    name: 'sizes',
    source: 'PROTOCOL §6.5',
    sent({ from, to, message }: Envelope) {
      if (message.type !== 'replies' || to.unit !== FRONT_END) return undefined;
      let all = 0;
      for (const item of message.items) {
        const size = sizeOf(item);
        all += size;
        if (item.type !== 'done') continue;
        const most = item.next === undefined || isOneRow(item) ? answerSizeAtMost : pageSizeAtMost;
        if (size > most)
          return `${from.node} sends ${to.node} an outcome of ${size} bytes, and at most ${most} may be sent`;
      }
      if (all <= answerSizeAtMost) return undefined;
      return `${from.node} sends ${to.node} outcomes of ${all} bytes at once, and at most ${answerSizeAtMost} may be sent`;
    },
  };
}

function sizeOf(item: Reply): number {
  if (item.type !== 'done') return 0;
  return weighOutcome(item.outcome);
}

function isOneRow({ outcome }: Extract<Reply, { readonly type: 'done' }>): boolean {
  return outcome.type === 'accepted' && Array.isArray(outcome.value) && outcome.value.length === 1;
}
