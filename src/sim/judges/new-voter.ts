import { dataVoters, voterOf } from '../../protocol/configuration.ts';
import { configurationIndex, placeAt } from '../../protocol/log.ts';
import { hasDurably } from '../disk/disk.ts';
import type { Bench, Judge } from './judge.ts';

/**
 * A data server gets its vote with everything on its disk that was ever acknowledged: from the moment a configuration names
 * it, it counts among those of which any one may be left (PROTOCOL §4.4, §5.4). What comes later is the business of
 * `durable-commit`. Under `majority` nobody is promised that.
 */
export function newVoter(bench: Pick<Bench, 'diskOf' | 'settings'>): Judge {
  return {
    name: 'new-voter',
    source: 'PROTOCOL §5.4',
    stepped({ node, group, before, after }) {
      const { tenure, log, commit } = after;
      if (tenure === undefined || before === undefined || before.log === log) return undefined;
      if (bench.settings.acknowledge === 'majority') return undefined;
      const visible = placeAt(log, Math.min(commit, before.commit));
      const known = configurationIndex(before.log);
      for (const [place, { index, configuration }] of log.configurations.entries()) {
        const previous = log.configurations[place - 1]?.configuration;
        if (previous === undefined || index <= known || visible === undefined) continue;
        const lacking = dataVoters(configuration).find(({ nodeId, diskId }) => {
          if (voterOf(previous, nodeId)?.diskId === diskId) return false;
          const disk = bench.diskOf(nodeId, group, diskId);
          return disk === undefined || !hasDurably(disk, visible.index, visible.hash);
        });
        if (lacking !== undefined) {
          return `${node} gives ${lacking.nodeId} a vote in ${group}, and its disk lacks entry ${visible.index}, which is visible`;
        }
      }
      return undefined;
    },
  };
}
