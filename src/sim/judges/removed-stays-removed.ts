import { members } from '../../protocol/model/configuration.ts';
import { followRecord } from './committed.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A removed disk never votes again in its group: it was removed finally, or another one has taken its name, and nothing
 * it says later changes that (PROTOCOL §5.9). A directory that has not heard of it yet may take such a disk for a
 * newcomer for a while, but it gets no vote.
 */
export function removedStaysRemoved(evidence: Pick<Evidence, 'record'>): Judge {
  const newlyCommitted = followRecord(evidence.record);
  const before = new Map<string, ReadonlySet<string>>();
  const gone = new Set<string>();
  return {
    name: 'removed-stays-removed',
    source: 'PROTOCOL §5.9',
    stepped({ group }) {
      for (const { entry } of newlyCommitted(group)) {
        if (entry.body.type !== 'configuration') continue;
        const { configuration } = entry.body;
        const named = new Set(members(configuration).map(({ diskId }) => diskId));
        for (const diskId of before.get(group) ?? []) if (!named.has(diskId)) gone.add(`${group} ${diskId}`);
        before.set(group, named);
        const back = configuration.voters.find(({ diskId }) => gone.has(`${group} ${diskId}`));
        if (back !== undefined) {
          return `configuration ${entry.index} of ${group} gives disk ${back.diskId} a vote, which was removed before`;
        }
      }
      return undefined;
    },
  };
}
