import { dataVoters } from '../../protocol/model/configuration.ts';
import { configurationAt } from '../../protocol/model/log.ts';
import { followRecord } from './committed.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * An activation mutes no data voter that has kept its build: each one in the configuration at that entry has run a build
 * with the version. So any one of them, left alone, serves what is visible.
 */
export function noneMuted(evidence: Pick<Evidence, 'record' | 'newestRunBy'>): Judge {
  const newlyCommitted = followRecord(evidence.record);
  return {
    name: 'none-muted',
    source: 'PROTOCOL §11.3',
    stepped({ group, after }) {
      for (const { entry } of newlyCommitted(group)) {
        if (entry.body.type !== 'activate' || entry.index <= after.log.base.index) continue;
        const { version } = entry.body;
        const voters = dataVoters(configurationAt(after.log, entry.index));
        const muted = voters.find(({ nodeId }) => evidence.newestRunBy(nodeId, group) < version);
        if (muted !== undefined) {
          return `version ${version} of ${group} was activated by entry ${entry.index}, and ${muted.nodeId} has never had it`;
        }
      }
      return undefined;
    },
  };
}
