import { describe, expect, test } from 'vitest';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { room } from '../../../src/sim/judges/room.ts';
import {
  emptyLog,
  epoch,
  evidenceOf,
  extend,
  NOOP,
  primary,
  service,
  step,
  write,
} from '../../support/sim/bad-cluster.ts';

const ONE = epoch(1, 's1');
const SETTINGS = { stateSizeAtMost: 1_000, dedupeFor: 3_000, dedupeMargin: 1_000 };
const DELETION = { type: 'write', uuid: 'u2', issuedAt: 1_000, command: { type: 'delete' } } as const;
const LOG = extend(emptyLog(), ONE, NOOP, write('u1'));

/** The primary with `bytes` of state. */
function holding(bytes: number, isReadOnly: boolean, log = LOG): SeenReplica {
  const last = log.entries.size;
  const seen = primary(log, ONE, last);
  return {
    ...seen,
    size: { state: bytes, since: 0, saving: 0 },
    leading: { epoch: ONE, raftCommit: last, isReadOnly },
  };
}

/** What the judge says while the primary stays as it is for so many seconds. */
function judged(seconds: number, seen: SeenReplica, writesAt?: number): string | undefined {
  let now = 0;
  const judge = room({ ...evidenceOf({}, undefined, SETTINGS), now: () => now });
  let before = seen;
  for (; now <= seconds * 1_000_000; now += 1_000_000) {
    const after = now / 1_000_000 === writesAt ? { ...seen, log: extend(seen.log, ONE, NOOP) } : seen;
    const reason = judge.stepped?.(step('s1', after, before));
    if (reason !== undefined) return reason;
    before = after;
  }
  return undefined;
}

describe('a primary over its quota', () => {
  test('that forgets nothing, though the oldest result must have expired, is found.', () => {
    expect(judged(20, holding(1_000, true))).toBe(
      's1, primary of sums, is over its quota and forgets no result, though the oldest has expired',
    );
  });

  test('is given the time in which a result expires, and begins anew with each entry.', () => {
    expect(judged(9, holding(1_000, true))).toBeUndefined();
    expect(judged(14, holding(1_000, true), 7)).toBeUndefined();
  });

  test('has nothing to forget without results, below its quota, and while its disk alone is nearly full.', () => {
    expect(judged(20, holding(1_000, true, extend(emptyLog(), ONE, NOOP)))).toBeUndefined();
    expect(judged(20, holding(999, true))).toBeUndefined();
    expect(judged(20, holding(1_000, false))).toBeUndefined();
  });
});

/** What the judge says when a primary that is read-only, or not, before and after makes the log this one. */
function wrote(log: typeof LOG, before: boolean, after: boolean, shrinks?: readonly string[]): string | undefined {
  const [app] = service.apps;
  const code = app && { ...app, ...(shrinks === undefined ? {} : { shrinks }) };
  const judge = room({ ...evidenceOf({}, undefined, SETTINGS), codeAt: () => code });
  return judge.stepped?.(step('s1', holding(1_000, after, log), holding(1_000, before)));
}

describe('a primary that is read-only', () => {
  const found = 's1, primary of sums, makes entry 3 of a write although it is read-only';

  test('and makes an entry of a write that may need room, is found.', () => {
    expect(wrote(extend(LOG, ONE, write('u2')), true, true)).toBe(found);
    expect(wrote(extend(LOG, ONE, DELETION), true, true, ['other'])).toBe(found);
  });

  test('takes writes that shrink the state, and makes other entries; one that becomes so or ends it takes any.', () => {
    expect(wrote(extend(LOG, ONE, DELETION), true, true, ['delete'])).toBeUndefined();
    expect(wrote(extend(LOG, ONE, NOOP), true, true)).toBeUndefined();
    expect(wrote(extend(LOG, ONE, write('u2')), false, true)).toBeUndefined();
    expect(wrote(extend(LOG, ONE, write('u2')), true, false)).toBeUndefined();
  });
});
