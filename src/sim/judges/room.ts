import { entriesBetween, lastIndex } from '../../protocol/model/log.ts';
import type { Evidence, Judge, ReplicaStep } from './judge.ts';
import type { SeenReplica } from './seen.ts';

/** How much longer than a result lives a primary may take to forget it, in milliseconds. */
const FORGETS_WITHIN = 5_000;

/**
 * A primary that knows that its disk is nearly full makes no entry of a write. One over the quota of its state forgets
 * results that have expired, although it takes no writes.
 */
export function room({ settings, now, driftAtMost }: Pick<Evidence, 'settings' | 'now' | 'driftAtMost'>): Judge {
  const { dedupeFor, dedupeMargin, stateSizeAtMost } = settings;
  const forgottenAfter = (dedupeFor + dedupeMargin + FORGETS_WITHIN) * (1 + driftAtMost) * 1_000;
  /** Since when the primary of a group is over its quota without a new entry, in microseconds of the run. */
  const idleSince = new Map<string, number>();
  return {
    name: 'room',
    source: 'PROTOCOL §4.8',
    stepped(step) {
      const { node, group, before, after } = step;
      const key = `${node} ${group}`;
      if (isIdle(before, after, stateSizeAtMost)) {
        const since = idleSince.get(key) ?? now();
        idleSince.set(key, since);
        if (now() - since > forgottenAfter) {
          return `${node}, primary of ${group}, is over its quota and forgets no result, though the oldest has expired`;
        }
      } else idleSince.delete(key);
      return writtenWithoutRoom(step);
    },
  };
}

/** Whether a primary over its quota has applied all of its log, has a result to forget, and makes no entry. */
function isIdle(before: SeenReplica | undefined, { log, leading, machine, size }: SeenReplica, quota: number): boolean {
  if (before?.leading === undefined || leading?.isReadOnly !== true || machine === undefined) return false;
  if (size === undefined || size.state + size.since < quota) return false;
  const last = lastIndex(log);
  if (before.leading.epoch.counter !== leading.epoch.counter || lastIndex(before.log) !== last) return false;
  return machine.at.index === last && machine.results.get(machine.order.first() ?? '')?.outcome !== undefined;
}

function writtenWithoutRoom({ node, group, before, after }: ReplicaStep): string | undefined {
  const { leading } = after;
  const isShort = before?.short !== undefined && before.short.length > 0 && after.short === before.short;
  if (before?.leading === undefined || leading === undefined || !isShort) return undefined;
  if (before.leading.epoch.counter !== leading.epoch.counter) return undefined;
  const from = lastIndex(before.log) + 1;
  const to = lastIndex(after.log);
  const written = to < from ? undefined : entriesBetween(after.log, from, to).find(({ body }) => body.type === 'write');
  if (written === undefined) return undefined;
  return `${node}, primary of ${group}, makes entry ${written.index} of a write although its disk is nearly full`;
}
