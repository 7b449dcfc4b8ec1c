import type { GroupName } from '../../protocol/model/app.ts';
import {
  compareEpochs,
  compareLogEnds,
  type Epoch,
  type LogEnd,
  NO_EPOCH,
  showEpoch,
} from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { durableEnd } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A voter votes once per epoch, for the node that the epoch names, and never for an older epoch than before, in
 * whatever life. It votes only for a candidate whose log is as it says and no older than the voter's own (Raft §5.2 and
 * §5.4.1; PROTOCOL §3.4, §3.5). A dishonest vote may be harmless for long; this judge finds it when it is cast.
 */
export function honestVote(evidence: Pick<Evidence, 'diskOf' | 'diskIdOf'>): Judge {
  /** By the voter's disk: the newest epoch it has voted for, its own included. */
  const granted = new Map<string, Epoch>();
  /** By candidacy: the end of the candidate's log, as it says. */
  const ends = new Map<string, LogEnd>();

  const stand = (node: string, group: GroupName, epoch: Epoch, end: LogEnd): string | undefined => {
    const key = `${evidence.diskIdOf(node)} ${group}`;
    if (epoch.nodeId !== node) return `${node} campaigns in ${group} for epoch ${showEpoch(epoch)} of another`;
    if (compareEpochs(epoch, granted.get(key) ?? NO_EPOCH) < 0)
      return `${node} campaigns in ${group} for an older epoch`;
    granted.set(key, epoch);
    ends.set(`${group} ${showEpoch(epoch)}`, end);
    const disk = evidence.diskOf(node, group);
    const isLate = disk === undefined || compareEpochs(disk.promised, epoch) > 0;
    if (isLate || compareLogEnds(end, durableEnd(disk)) === 0) return undefined;
    return `${node} campaigns in ${group} with a log to ${show(end)}, and its disk has one to ${show(durableEnd(disk))}`;
  };

  const vote = (node: string, group: GroupName, to: string, epoch: Epoch): string | undefined => {
    const key = `${evidence.diskIdOf(node)} ${group}`;
    const before = granted.get(key) ?? NO_EPOCH;
    const what = `${node} votes in ${group} for epoch ${showEpoch(epoch)}`;
    if (epoch.nodeId !== to) return `${what}, and tells ${to}`;
    if (compareEpochs(epoch, before) <= 0) return `${what} after ${showEpoch(before)}`;
    granted.set(key, epoch);
    const end = ends.get(`${group} ${showEpoch(epoch)}`);
    if (end === undefined) return `${what}, for which no node campaigns`;
    const disk = evidence.diskOf(node, group);
    if (disk === undefined) return undefined;
    // With a newer promise, or an entry of this epoch, the log has grown since the vote.
    const isLate = compareEpochs(disk.promised, epoch) > 0 || compareEpochs(durableEnd(disk).epoch, epoch) >= 0;
    if (isLate || compareLogEnds(durableEnd(disk), end) <= 0) return undefined;
    return `${what}, whose log ends at ${show(end)}, and its own ends at ${show(durableEnd(disk))}`;
  };

  return {
    name: 'honest-vote',
    source: 'Raft §5.4.1',
    // A member may lie that it campaigns: who believes it votes honestly.
    received({ to, message }: Envelope) {
      if (message.type !== 'campaign') return;
      const key = `${to.unit} ${showEpoch(message.epoch)}`;
      if (!ends.has(key)) ends.set(key, message.end);
    },
    sent({ from, to, message }: Envelope) {
      if (message.type === 'campaign') return stand(from.node, from.unit, message.epoch, message.end);
      if (message.type === 'voted' && message.granted) return vote(from.node, from.unit, to.node, message.epoch);
      return undefined;
    },
  };
}

function show({ epoch, index }: LogEnd): string {
  return `${showEpoch(epoch)}/${index}`;
}
