import { memberOf } from '../../protocol/model/configuration.ts';
import { compareEpochs } from '../../protocol/model/epoch.ts';
import { configurationOfLog, placeAt } from '../../protocol/model/log.ts';
import { hasDurably } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * What a primary counts on, a disk has: a peer has its log durably as far as the primary believes (`match`), as of the
 * life of the peer that said so. A disk may lose what an earlier life of it had acknowledged; from the moment its new
 * life has said so, nothing lost is counted (PROTOCOL §2.7).
 */
export function believedMatch(evidence: Pick<Evidence, 'diskOf' | 'diskIdOf' | 'lifeOf'>): Judge {
  return {
    name: 'believed-match',
    source: 'PROTOCOL §2.7',
    stepped({ node, group, before, after }) {
      const { leading, log } = after;
      if (leading?.progress === undefined || leading.progress === before?.leading?.progress) return undefined;
      for (const [peer, progress] of Object.entries(leading.progress)) {
        const known = before?.leading?.progress?.[peer];
        if (progress.match === 0 || (known?.match === progress.match && known.matchedIn === progress.matchedIn))
          continue;
        const place = placeAt(log, progress.match);
        const diskId = memberOf(configurationOfLog(log), peer)?.diskId;
        const disk = diskId === evidence.diskIdOf(peer) ? evidence.diskOf(peer, group) : undefined;
        if (place === undefined || disk === undefined || progress.matchedIn < evidence.lifeOf(peer)) continue;
        // A newer primary may have replaced the entry.
        if (compareEpochs(disk.promised, leading.epoch) > 0 || hasDurably(disk, place.index, place.hash)) continue;
        return `${node} believes that ${peer} has ${group} up to ${place.index}, and the disk of ${peer} lacks that entry`;
      }
      return undefined;
    },
  };
}
