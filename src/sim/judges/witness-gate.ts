import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters, type Member, members } from '../../protocol/model/configuration.ts';
import { compareEpochs, type NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import { hasOrHad, type SimDisk } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';
import type { SeenReplica } from './seen.ts';

/**
 * A witness gets no entry that a heard, working data server still lacks: otherwise its log would be newer than that of
 * any survivor, and it would refuse its vote to all of them (PROTOCOL §4.5). Which servers are heard is the primary's
 * own knowledge; what they have, or have had and lost (§2.7), is read from their disks.
 */
export function witnessGate(evidence: Pick<Evidence, 'diskOf' | 'settings' | 'millisOf'>): Judge {
  const seen = new Map<string, SeenReplica>();
  const lacks = (
    { nodeId, diskId }: Member,
    group: GroupName,
    place: { readonly index: number; readonly hash: number },
  ): boolean => {
    const disk = evidence.diskOf(nodeId, group, diskId);
    return disk === undefined || !hasOrHad(disk, place.index, place.hash);
  };
  return {
    name: 'witness-gate',
    source: 'PROTOCOL §4.5',
    stepped({ node, group, after }) {
      if (after.leading === undefined) seen.delete(`${node} ${group}`);
      else seen.set(`${node} ${group}`, after);
      return undefined;
    },
    sent({ from, to, message }) {
      const primary = seen.get(`${from.node} ${from.unit}`);
      const last = message.type === 'append' ? message.entries.at(-1) : undefined;
      if (primary === undefined || last === undefined) return undefined;
      const configuration = configurationOfLog(primary.log);
      if (members(configuration).find(({ nodeId }) => nodeId === to.node)?.kind !== 'witness') return undefined;
      const behind = dataVoters(configuration).find(
        (member) =>
          (member.nodeId === from.node || isAround(evidence, primary, from.node, member.nodeId)) &&
          !isDeposedAt(evidence.diskOf(member.nodeId, from.unit, member.diskId), primary) &&
          lacks(member, from.unit, last),
      );
      return behind === undefined
        ? undefined
        : `${from.node} gives the witness ${to.node} entry ${last.index} of ${from.unit}, which ${behind.nodeId} lacks`;
    },
  };
}

/** Whether the disk has promised a newer primary: then it may have acknowledged the entry and truncated it since. */
function isDeposedAt(disk: SimDisk | undefined, { leading }: SeenReplica): boolean {
  return disk !== undefined && leading !== undefined && compareEpochs(disk.promised, leading.epoch) > 0;
}

/** Whether the primary hears the node, has no hint that it is dead, and its disk takes entries. */
function isAround(
  { settings, millisOf }: Pick<Evidence, 'settings' | 'millisOf'>,
  { leading, election }: SeenReplica,
  primary: NodeId,
  node: NodeId,
): boolean {
  const progress = leading?.progress?.[node];
  if (progress === undefined || election?.suspected.includes(node) === true) return false;
  const now = millisOf(primary);
  const isStalled = progress.stalledSince !== undefined && now - progress.stalledSince >= settings.stallFor;
  return now - progress.heardAt <= settings.suspectAfter && !isStalled;
}
