import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters, voterOf } from '../../protocol/model/configuration.ts';
import { compareEpochs, type Epoch } from '../../protocol/model/epoch.ts';
import { configurationIndex } from '../../protocol/model/log.ts';
import { hasOrHad } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A new voter has everything on its disk that was ever acknowledged: from the moment a configuration names it, it may
 * be the last survivor (PROTOCOL §4.4, §5.4). What its primary knows to be visible does not suffice: right after an
 * election that may be less than its predecessors had acknowledged. `durable-commit` judges what comes later. Not
 * judged under `majority`.
 */
export function newVoter(evidence: Pick<Evidence, 'diskOf' | 'settings' | 'record'>): Judge {
  return {
    name: 'new-voter',
    source: 'PROTOCOL §5.4',
    stepped({ node, group, before, after }) {
      const { leading, log } = after;
      if (leading === undefined || before === undefined || before.log === log) return undefined;
      if (evidence.settings.acknowledge === 'majority') return undefined;
      const known = configurationIndex(before.log);
      for (const [place, { index, configuration }] of log.configurations.entries()) {
        const previous = log.configurations[place - 1]?.configuration;
        if (previous === undefined || index <= known) continue;
        const visible = lastVisible(evidence, group, leading.epoch);
        const lacking = dataVoters(configuration).find(({ nodeId, diskId }) => {
          if (visible === undefined || voterOf(previous, nodeId)?.diskId === diskId) return false;
          const disk = evidence.diskOf(nodeId, group, diskId);
          return disk === undefined || !hasOrHad(disk, visible.index, visible.hash);
        });
        if (lacking === undefined || visible === undefined) continue;
        return `${node} gives ${lacking.nodeId} a vote in ${group}, and its disk lacks entry ${visible.index}, which is visible`;
      }
      return undefined;
    },
  };
}

/** The last entry visible under the epoch or an older one. A deposed primary need not know those of newer ones. */
function lastVisible({ record }: Pick<Evidence, 'record'>, group: GroupName, epoch: Epoch) {
  const of = record.group(group);
  for (let index = of.last; index > 0; index -= 1) {
    const committedIn = of.committedIn(index);
    if (committedIn !== undefined && compareEpochs(committedIn, epoch) <= 0) return of.entryAt(index);
  }
  return undefined;
}
