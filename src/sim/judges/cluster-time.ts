import type { Entry } from '../../protocol/model/entry.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { entryAt, lastIndex } from '../../protocol/model/log.ts';
import type { Evidence, Judge } from './judge.ts';

/** What a clock may be wrong by that no rule covers: stamps are whole milliseconds. */
const ROUNDING = 2;

/**
 * Cluster time never runs faster than real time: from one entry of a log to the next, the difference of stamp and real
 * time does not rise, but for drift and what a primary catches up (PROTOCOL §7.8). So no lease by it ends early.
 *
 * Wall clocks are believed after restarts, so the rule holds while fewer than half of the voters were started with a
 * clock that had been set since their last entry: `isDeceived`.
 */
export function clusterTime(evidence: Evidence): Judge {
  /** When an entry was first seen in any log, in microseconds, by group, index and hash. */
  const seen = new Map<string, number>();

  return {
    name: 'cluster-time',
    source: 'PROTOCOL §7.8',
    stepped({ group, before, after }) {
      if (after.leading === undefined || after.log === before?.log) return undefined;
      const first = before === undefined ? lastIndex(after.log) : lastIndex(before.log) + 1;
      for (let index = first; index <= lastIndex(after.log); index += 1) {
        const entry = entryAt(after.log, index);
        const previous = entryAt(after.log, index - 1);
        if (entry === undefined) continue;
        const at = evidence.now();
        const known = seen.get(keyOf(group, entry));
        if (known !== undefined) continue;
        seen.set(keyOf(group, entry), at);
        const since = previous === undefined ? undefined : seen.get(keyOf(group, previous));
        if (previous === undefined || since === undefined || evidence.isDeceived(group)) continue;
        const passed = (at - since) / 1_000;
        if (entry.wall - previous.wall > passed * (1 + evidence.driftAtMost + 0.001) + ROUNDING) {
          return (
            `entry ${index} of ${group} is stamped ${entry.wall - previous.wall} ms after the one before it, ` +
            `of which ${passed} ms have passed`
          );
        }
      }
      return undefined;
    },
  };
}

function keyOf(group: GroupName, { index, hash }: Pick<Entry, 'index' | 'hash'>): string {
  return `${group} ${index} ${hash}`;
}
