import { FRONT_END } from '../../protocol/model/address.ts';
import { compareEpochs, type Epoch, type NodeId } from '../../protocol/model/epoch.ts';
import { slotResults } from '../../protocol/model/write-sessions.ts';
import type { Probe } from './probe.ts';

type ReadMode = 'linearizable' | 'session';

/** Coverage goals of requests, results, calls and the caches of front ends. */
export function requestProbes(): readonly Probe[] {
  return [
    { goal: 'duplicate-suppressed', noted: ({ type }) => type === 'suppresses-duplicate' },
    {
      goal: 'result-forgotten',
      committed: ({ before, after }) => before.order.first() !== after.order.first() && before.order.size > 0,
    },
    refusal('expired-refused', 'expired'),
    refusal('ended-refused', 'ended'),
    {
      goal: 'number-forgotten',
      committed: ({ entry: { body }, before, after }) =>
        body.type === 'write' && slotResults(after) < slotResults(before),
    },
    outcomeAsked(),
    refusal('busy-refused', 'busy'),
    { goal: 'write-held', noted: ({ note }) => note?.type === 'holds' && note.held > 0 },
    retryAcrossFailover(),
    { goal: 'lower-epoch-ignored', noted: ({ type }) => type === 'ignores-lower-epoch' },
    readElsewhere('read-at-secondary', 'linearizable'),
    readElsewhere('session-read-at-secondary', 'session'),
    {
      goal: 'call-settled',
      committed: ({ entry: { body } }) => body.type === 'settle' && body.outcome.type === 'accepted',
    },
    {
      goal: 'call-refused',
      committed: ({ entry: { body } }) => body.type === 'settle' && body.outcome.type === 'refused',
    },
    callResumed(),
    { goal: 'list-in-pages', noted: ({ type }) => type === 'streams' },
    { goal: 'list-cut-off', noted: ({ type }) => type === 'cuts-off' },
    { goal: 'cache-hit', noted: ({ type }) => type === 'cache-hit' },
    { goal: 'cache-evicts', noted: ({ type }) => type === 'cache-evicts' },
    { goal: 'push-drops', noted: ({ type }) => type === 'cache-drops' },
    { goal: 'push-missed', noted: ({ type }) => type === 'cache-gap' },
    { goal: 'late-fill-dropped', noted: ({ type }) => type === 'cache-late' },
    { goal: 'cache-unconfirmed', noted: ({ type }) => type === 'cache-unconfirmed' },
  ];
}

function refusal(goal: 'expired-refused' | 'busy-refused' | 'ended-refused', why: 'expired' | 'busy' | 'ended'): Probe {
  return {
    goal,
    sent: ({ message }) =>
      message.type === 'replies' && message.items.some((item) => item.type === 'unserved' && item.reason === why),
  };
}

/** A client is told the outcome of a write of which it was told before that it is unknown. */
function outcomeAsked(): Probe {
  const asked = new Set<string>();
  return {
    goal: 'outcome-asked',
    sent({ from, to, message }) {
      if (message.type === 'requests' || message.type === 'relay') {
        for (const item of message.items) if (item.type === 'outcome') asked.add(`${from.node} ${item.id}`);
      }
      return (
        message.type === 'replies' &&
        message.items.some((item) => item.type === 'done' && asked.has(`${to.node} ${item.id}`))
      );
    },
  };
}

/** A front end sends a write again, to another node and under a higher epoch. */
function retryAcrossFailover(): Probe {
  const sent = new Map<string, { readonly to: NodeId; readonly epoch: Epoch }>();
  return {
    goal: 'retry-across-failover',
    sent({ from, to, message }) {
      if (message.type !== 'requests' || from.unit !== FRONT_END) return false;
      return message.items.some((item) => {
        if (item.type !== 'write') return false;
        const before = sent.get(item.uuid);
        sent.set(item.uuid, { to: to.node, epoch: message.epoch });
        return before !== undefined && before.to !== to.node && compareEpochs(before.epoch, message.epoch) < 0;
      });
    },
  };
}

/** A data server that is not primary answers a read of this mode. */
function readElsewhere(goal: 'read-at-secondary' | 'session-read-at-secondary', mode: ReadMode): Probe {
  const reads = new Set<string>();
  return {
    goal,
    sent({ from, message }, context) {
      if (message.type === 'requests') {
        for (const item of message.items) if (item.type === 'read' && item.mode === mode) reads.add(item.id);
      }
      if (message.type !== 'replies' || context.replicaOf(from.node, from.unit)?.leading !== undefined) return false;
      return message.items.some((item) => item.type === 'done' && reads.has(item.id));
    },
  };
}

/** A call is delivered by another node than at first. */
function callResumed(): Probe {
  const deliveredBy = new Map<string, NodeId>();
  return {
    goal: 'call-resumed-by-successor',
    sent({ from, message }) {
      if (message.type !== 'requests') return false;
      return message.items.some((item) => {
        if (item.type !== 'call') return false;
        const first = deliveredBy.get(item.uuid);
        deliveredBy.set(item.uuid, first ?? from.node);
        return first !== undefined && first !== from.node;
      });
    },
  };
}
