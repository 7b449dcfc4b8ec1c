import type { GroupName } from '../../protocol/model/app.ts';
import { followRecord } from './committed.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * No result is forgotten early: it is kept as long as a request with its uuid would be timely, by the wall time of
 * entries, and as long as the write waits for its call (PROTOCOL §7.4, §7.5). Without this judge, only a late retry
 * would notice.
 */
export function forgetting(evidence: Pick<Evidence, 'record'>): Judge {
  const newlyCommitted = followRecord(evidence.record);
  /** The time of issue by group and uuid, of results that the machine remembers. */
  const issued = new Map<string, number>();
  return {
    name: 'forgetting',
    source: 'PROTOCOL §7.4',
    stepped({ group }) {
      for (const { entry, before, after } of newlyCommitted(group)) {
        const where = `entry ${entry.index} of ${group}`;
        if (after.order.size !== after.results.size) {
          return `after ${where} there are ${after.results.size} results, and ${after.order.size} to be forgotten in their turn`;
        }
        for (const uuid of before.order) {
          if (uuid === after.order.first()) break;
          const issuedAt = issued.get(key(group, uuid)) ?? Number.NEGATIVE_INFINITY;
          if (before.results.get(uuid)?.outcome === undefined)
            return `${where} forgets ${uuid}, which still waits for its call`;
          if (entry.wall - issuedAt <= after.window.dedupeFor) {
            return `${where} forgets ${uuid}, which a timely request could still ask for`;
          }
          issued.delete(key(group, uuid));
        }
        if (
          entry.body.type === 'write' &&
          entry.body.issuedAt !== undefined &&
          after.order.last() === entry.body.uuid &&
          !before.results.has(entry.body.uuid)
        ) {
          issued.set(key(group, entry.body.uuid), entry.body.issuedAt);
        }
      }
      return undefined;
    },
  };
}

function key(group: GroupName, uuid: string): string {
  return `${group} ${uuid}`;
}
