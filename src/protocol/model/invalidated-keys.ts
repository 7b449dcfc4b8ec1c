import type { App } from './app.ts';
import { unreachable } from './assert.ts';
import { contained } from './contain.ts';
import type { Body } from './entry.ts';
import { entriesBetween, lastIndex, type Log } from './log.ts';
import type { Machine } from './machine.ts';

/** The bounds of one answer, in entries examined and keys named. Beyond them the answer is "any". */
const ENTRIES_AT_MOST = 4_096;
const KEYS_AT_MOST = 256;

/**
 * The cache keys whose answers the entries after `from`, up to `to`, may have changed: each once, in log order.
 * Undefined means any: the log does not reach back that far, a bound is exceeded, or the app throws. `before` is the
 * machine at `from`, if known. `app` is the code of the machine's version; the activation of a version may change any
 * answer.
 */
export function invalidatedBetween(
  app: App | undefined,
  log: Log,
  from: number,
  to: number,
  before: Machine | undefined,
): readonly string[] | undefined {
  if (from < log.base.index || to > lastIndex(log) || to - from > ENTRIES_AT_MOST) return undefined;
  const keys = new Set<string>();
  if (app === undefined) return undefined;
  for (const { body } of entriesBetween(log, from + 1, to)) {
    const told = contained(() => invalidatedBy(app, body, before));
    const invalidated = told.type === 'returned' ? told.value : undefined;
    if (invalidated === undefined) return undefined;
    for (const key of invalidated) keys.add(key);
  }
  return keys.size > KEYS_AT_MOST ? undefined : [...keys];
}

function invalidatedBy(app: App, body: Body, before: Machine | undefined): readonly string[] | undefined {
  switch (body.type) {
    case 'noop':
    case 'configuration':
    case 'open':
      return [];
    case 'activate':
      return undefined;
    case 'write':
      return app.invalidates?.(body.command);
    case 'call': {
      // A command that the app cannot decode is refused, and changes nothing.
      const decoded = app.decode(body.command);
      return decoded.type === 'rejected' ? [] : app.invalidates?.(decoded.value);
    }
    case 'settle': {
      // Resumes a command of an earlier entry.
      const call = before?.outgoing.get(body.group)?.pending.get(body.number);
      return call === undefined ? undefined : app.invalidates?.(call.originCommand);
    }
    case 'withheld':
      return undefined;
    default:
      return unreachable(body);
  }
}
