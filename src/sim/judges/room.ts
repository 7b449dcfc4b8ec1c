import type { App } from '../../protocol/model/app.ts';
import { entriesBetween, lastIndex } from '../../protocol/model/log.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import type { Evidence, Judge, ReplicaStep } from './judge.ts';
import type { SeenReplica } from './seen.ts';

/** How much longer than a result lives a primary may take to forget it, in milliseconds. */
const FORGETS_WITHIN = 5_000;

/**
 * A primary that knows that its disk is nearly full, or is read-only, makes no entry of a write but one that shrinks the
 * state. One over the quota of its state forgets
 * results that have expired, although it takes no writes.
 */
export function room({
  settings,
  now,
  driftAtMost,
  codeAt,
}: Pick<Evidence, 'settings' | 'now' | 'driftAtMost' | 'codeAt'>): Judge {
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
      return writtenWithoutRoom(step, codeAt(node, group));
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

function writtenWithoutRoom({ node, group, before, after }: ReplicaStep, code: App | undefined): string | undefined {
  const { leading } = after;
  if (before?.leading === undefined || leading === undefined) return undefined;
  if (before.leading.epoch.counter !== leading.epoch.counter) return undefined;
  const isShort = before.short !== undefined && before.short.length > 0 && after.short === before.short;
  const isReadOnly = before.leading.isReadOnly === true && leading.isReadOnly === true;
  if (!isShort && !isReadOnly) return undefined;
  const from = lastIndex(before.log) + 1;
  const to = lastIndex(after.log);
  const { shrinks = [] } = code ?? {};
  const written = (to < from ? [] : entriesBetween(after.log, from, to)).find(
    ({ body }) => body.type === 'write' && !shrinks.includes(typeOf(body.command)),
  );
  if (written === undefined) return undefined;
  const why = isShort ? 'its disk is nearly full' : 'it is read-only';
  return `${node}, primary of ${group}, makes entry ${written.index} of a write although ${why}`;
}

function typeOf(command: unknown): string {
  return isObject(command) && typeof command['type'] === 'string' ? command['type'] : '';
}
