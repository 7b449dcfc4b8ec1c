import type { App } from './app.ts';
import { unreachable } from './assert.ts';
import type { Body } from './entry.ts';
import { entriesBetween, lastIndex, type Log } from './log.ts';
import type { Machine } from './machine.ts';

/** More entries than this are not gone through for one answer, and more keys are not named in one: then it is any. */
const ENTRIES_AT_MOST = 4_096;
const KEYS_AT_MOST = 256;

/**
 * The cache keys whose answers the entries behind `from`, up to `to`, may have changed, each once, in the order of the log;
 * undefined where it may be any: the log does not reach back that far, or there are too many. `before` is the machine at
 * `from`, where it is at hand.
 */
export function invalidatedBetween(
  app: App,
  log: Log,
  from: number,
  to: number,
  before: Machine | undefined,
): readonly string[] | undefined {
  if (from < log.base.index || to > lastIndex(log) || to - from > ENTRIES_AT_MOST) return undefined;
  const keys = new Set<string>();
  for (const { body } of entriesBetween(log, from + 1, to)) {
    const invalidated = invalidatedBy(app, body, before);
    if (invalidated === undefined) return undefined;
    for (const key of invalidated) keys.add(key);
  }
  return keys.size > KEYS_AT_MOST ? undefined : [...keys];
}

function invalidatedBy(app: App, body: Body, before: Machine | undefined): readonly string[] | undefined {
  switch (body.type) {
    case 'noop':
    case 'configuration':
      return [];
    case 'write':
      return app.invalidates?.(body.command);
    case 'call': {
      // One that the app cannot read is refused, and changes nothing.
      const decoded = app.decode(body.command);
      return decoded.type === 'rejected' ? [] : app.invalidates?.(decoded.value);
    }
    case 'settle': {
      // It resumes a command that stands somewhere before, and not here.
      const call = before?.outgoing.get(body.group)?.pending.get(body.number);
      return call === undefined ? undefined : app.invalidates?.(call.originCommand);
    }
    case 'withheld':
      return undefined;
    default:
      return unreachable(body);
  }
}
