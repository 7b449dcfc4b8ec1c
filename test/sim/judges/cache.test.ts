import { describe, expect, test } from 'vitest';
import type { ClientOperation } from '../../../src/sim/base/history.ts';
import { judgeCache } from '../../../src/sim/judges/cache.ts';
import { judgeHistory } from '../../../src/sim/judges/history.ts';
import { judgeSessions } from '../../../src/sim/judges/sessions.ts';
import {
  emptyLog,
  epoch,
  evidenceOf,
  extend,
  GROUP,
  NOOP,
  primary,
  service,
  write,
} from '../../support/sim/bad-cluster.ts';

// The log: 1 noop, 2 adds 1 (the sum is 1), 3 adds 10 (the sum is 11), 4 noop,
// 5 adds 100 (the sum is 111). Each visible at its index times 100 microseconds.
const LOG = extend(emptyLog(), epoch(1, 's1'), NOOP, write('a', 1), write('b', 10), NOOP, write('c', 100));

function recorded() {
  const { record } = evidenceOf({});
  for (const index of [1, 2, 3, 4, 5])
    record.group(GROUP).learn(primary(LOG, epoch(1, 's1'), index), index, index, index * 100);
  return record;
}

interface Answer {
  readonly path?:
    | '/kept'
    | '/sum'
    | '/twice'
    | '/fresh'
    | '/mixed'
    | '/kept-and-leader'
    | '/kept-and-forget'
    | '/kept-and-add'
    | '/leader'
    | '/leader-or-kept'
    | '/add';
  /** The front end says that it came from its cache, as it does of whatever has a key for all it reads unless said. */
  readonly isHit?: boolean;
  readonly client?: string;
  readonly at: number;
  /** Ten microseconds before the answer unless said. */
  readonly calledAt?: number;
  readonly body: unknown;
  /** Where its token says that it holds, and what was sent along. */
  readonly holds: number | undefined;
  readonly sent?: number;
  readonly by?: string;
  readonly life?: number;
  readonly fresh?: boolean;
}

let operations = 0;

function answer({
  path = '/kept',
  isHit = path === '/kept' || path === '/twice' || path === '/kept-and-leader',
  client = 'c1',
  at,
  calledAt = at - 10,
  body,
  holds,
  sent,
  by = 'f1',
  life = 1,
  fresh,
}: Answer): ClientOperation {
  operations += 1;
  const [uuid] = path === '/add' ? ['b'] : path === '/kept-and-add' ? ['c'] : [];
  return {
    number: operations,
    client,
    call: {
      method: uuid === undefined ? 'GET' : 'POST',
      path,
      body: uuid === undefined ? undefined : uuid === 'b' ? 10 : 100,
      session: false,
      ...(fresh === true ? { linearizable: true } : {}),
    },
    key: undefined,
    token: sent === undefined ? undefined : tokenAt(sent),
    calledAt,
    uuids: uuid === undefined ? [] : [uuid],
    expect: undefined,
    attempts: 1,
    result: {
      type: 'answered',
      at,
      status: 200,
      body: JSON.stringify(body),
      token: tokenAt(holds),
      ...(isHit ? { fromCache: true } : {}),
      by: { frontEnd: by, life, askedAt: calledAt },
    },
  };
}

function tokenAt(index: number | undefined): string {
  return index === undefined ? '' : `${GROUP}=test:${index}`;
}

/** What is kept may be `age` microseconds old. */
function judged(history: readonly ClientOperation[], age = 10_000): string | undefined {
  return judgeCache(service, recorded(), history, () => age);
}

describe('an answer from a cache (§10.5)', () => {
  test('may be older than what others were told, where this front end did not tell them', () => {
    const history = [
      answer({ path: '/sum', client: 'c2', by: 'f2', at: 450, body: 11, holds: 4 }),
      answer({ at: 470, body: 1, holds: 2 }),
    ];
    expect(judged(history)).toBeUndefined();
    expect(judgeHistory(service, recorded(), history)).toBeUndefined();
    expect(judgeSessions(service, recorded(), history)).toBeUndefined();
  });

  test('that is not so where it says that it holds is found: filled after its invalidation (M33)', () => {
    expect(judged([answer({ at: 470, body: 1, holds: 3 })])).toContain(
      'was told 200 1 from the cache of f1, and at entry 3 of sums that is not so',
    );
  });

  test('that is older than what its session had seen is found', () => {
    const history = [
      answer({ path: '/add', at: 450, body: 11, holds: 3, by: 'f2', sent: 2 }),
      answer({ at: 470, body: 1, holds: 2, sent: 2 }),
    ];
    expect(judged(history)).toContain('which holds at entry 2 of sums, and its session had seen 3');
  });

  test('that is older than what its front end had told somebody before is found, but not in its next life', () => {
    const before = answer({ path: '/sum', client: 'c2', at: 450, body: 11, holds: 4 });
    expect(judged([before, answer({ at: 470, body: 1, holds: 2 })])).toContain(
      'which holds at entry 2 of sums, and this front end had answered from 4 before',
    );
    expect(judged([before, answer({ at: 470, body: 1, holds: 2, life: 2 })])).toBeUndefined();
    expect(judged([before, answer({ at: 460, body: 1, holds: 2 })])).toBeUndefined();
  });

  test('is not held to a token that a client brought from elsewhere', () => {
    const brought = answer({ path: '/sum', client: 'c2', at: 450, body: 11, holds: 4, sent: 4 });
    expect(judged([brought, answer({ at: 470, body: 1, holds: 2 })])).toBeUndefined();
  });

  test('that is older than its age allows is found', () => {
    const kept = answer({ at: 470, body: 1, holds: 2 });
    expect(judged([kept], 160)).toBeUndefined();
    expect(judged([kept], 159)).toContain('which holds at entry 2 of sums, and 3 was visible too long before');
  });

  test('of what was not visible yet, or without a word about where it holds, is found', () => {
    expect(judged([answer({ at: 250, body: 11, holds: 3 })])).toContain('whose entry 3 of sums was not visible yet');
    expect(judged([answer({ at: 470, body: 11, holds: undefined })])).toContain('where in sums it holds');
  });

  test('of which a part was read afresh holds at places of its own, none of them too old', () => {
    expect(judged([answer({ path: '/twice', at: 470, body: [1, 11], holds: 4 })])).toBeUndefined();
    expect(judged([answer({ path: '/twice', at: 470, body: [5, 11], holds: 4 })])).toContain(
      'which no state it may rest on explains',
    );
  });

  test('that a client wanted fresh is no answer: whoever gives it to one is found by the judge of histories', () => {
    const history = [
      answer({ path: '/sum', client: 'c2', by: 'f2', at: 450, body: 11, holds: 4 }),
      answer({ at: 470, body: 1, holds: 2, fresh: true }),
    ];
    expect(judgeHistory(service, recorded(), history)).toContain('which no state it may have seen explains');
  });

  test.each(['/sum', '/fresh'] as const)('excuses no read that has no key, or wants the newest: %s', (path) => {
    const told = answer({ path: '/sum', client: 'c2', by: 'f2', at: 450, body: 11, holds: 4 });
    for (const isHit of [false, true]) {
      const old = answer({ path, isHit, at: 470, body: 1, holds: 2 });
      expect(judgeHistory(service, recorded(), [told, old])).toContain('which no state it may have seen explains');
    }
    expect(judged([answer({ path, isHit: true, at: 470, body: 11, holds: 4 })])).toContain(
      'was told 200 11 from the cache of f1, which no cache can have given',
    );
  });

  test('excuses of a route only the read that has the key', () => {
    const told = answer({ path: '/sum', client: 'c2', by: 'f2', at: 450, body: 11, holds: 4 });
    const mixed = { path: '/mixed', isHit: true, at: 470 } as const;
    const right = answer({ ...mixed, body: [1, 11], holds: 4 });
    expect(judged([told, right])).toBeUndefined();
    expect(judgeHistory(service, recorded(), [told, right])).toBeUndefined();
    expect(judgeSessions(service, recorded(), [told, right])).toBeUndefined();
    expect(judgeHistory(service, recorded(), [told, answer({ ...mixed, body: [1, 1], holds: 4 })])).toContain(
      'which no state it may have seen explains',
    );
    expect(judgeHistory(service, recorded(), [told, answer({ ...mixed, body: [1, 11], holds: 3 })])).toContain(
      'which rests on entry 3 of sums; entry 4 had been seen before',
    );
    expect(
      judgeHistory(service, recorded(), [told, answer({ ...mixed, isHit: false, body: [1, 11], holds: 4 })]),
    ).toContain('which no state it may have seen explains');
  });

  test('may be followed by a write, which is held to real time', () => {
    const told = answer({ path: '/sum', client: 'c2', by: 'f2', at: 450, body: 11, holds: 4 });
    const traded = { path: '/kept-and-add', isHit: true, calledAt: 460, at: 520, holds: 5, sent: 2 } as const;
    const right = answer({ ...traded, body: [1, 111] });
    expect(judged([told, right])).toBeUndefined();
    expect(judgeHistory(service, recorded(), [told, right])).toBeUndefined();
    expect(judgeSessions(service, recorded(), [told, right])).toBeUndefined();
    expect(judged([told, answer({ ...traded, body: [5, 111] })])).toContain('which no state it may rest on explains');

    const known = answer({ path: '/sum', client: 'c2', by: 'f2', at: 510, body: 111, holds: 5 });
    const late = answer({ ...traded, calledAt: 520, at: 530, body: [1, 111] });
    expect(judgeHistory(service, recorded(), [known, late])).toContain('which no state it may have seen explains');
  });

  test('may be of a write that an earlier attempt had made, and that its front end had told others of', () => {
    const told = answer({ path: '/sum', client: 'c2', at: 510, body: 111, holds: 5 });
    const again = answer({ path: '/kept-and-add', isHit: true, calledAt: 515, at: 520, holds: 5, body: [111, 111] });
    expect(judged([told, again])).toBeUndefined();
  });

  test('may be forgotten by the same request', () => {
    const forgets = { path: '/kept-and-forget', isHit: true, at: 470, holds: 2 } as const;
    const told = answer({ path: '/sum', client: 'c2', by: 'f2', at: 450, body: 11, holds: 4 });
    const right = answer({ ...forgets, body: [1, 1] });
    expect(judged([told, right])).toBeUndefined();
    expect(judgeHistory(service, recorded(), [told, right])).toBeUndefined();
    expect(judgeSessions(service, recorded(), [told, right])).toBeUndefined();
    expect(judged([told, answer({ ...forgets, body: [5, 1] })])).toContain('which no state it may rest on explains');
    expect(judged([right], 159)).toContain('which holds at entry 2 of sums, and 3 was visible too long before');
  });

  test('may stand beside what the route saw of its front end, of which nothing is known; its age is held against it', () => {
    const told = answer({ path: '/sum', client: 'c2', by: 'f2', at: 450, body: 11, holds: 4 });
    const looks = answer({ path: '/kept-and-leader', at: 470, body: [1, 's2'], holds: 2 });
    expect(judged([told, looks])).toBeUndefined();
    expect(judgeHistory(service, recorded(), [told, looks])).toBeUndefined();
    expect(judgeSessions(service, recorded(), [told, looks])).toBeUndefined();
    expect(judged([looks], 159)).toContain('which holds at entry 2 of sums, and 3 was visible too long before');
    expect(judged([answer({ path: '/kept-and-leader', at: 250, body: [11, 's2'], holds: 3 })])).toContain(
      'whose entry 3 of sums was not visible yet',
    );
  });

  test('that no cache can have given is found for a linearizable read, too', () => {
    expect(judged([answer({ at: 470, body: 11, holds: 4, fresh: true })])).toContain('which no cache can have given');
  });

  test('that a route took from its view of the front end is found, but not where it may have read', () => {
    const told = answer({ path: '/leader', isHit: true, at: 470, body: 's2', holds: undefined });
    expect(judged([told])).toContain('was told 200 "s2" from the cache of f1, which no cache can have given');
    expect(judged([answer({ path: '/leader-or-kept', isHit: true, at: 470, body: 11, holds: 4 })])).toBeUndefined();
  });

  test('nothing is said of answers that are none', () => {
    expect(judged([answer({ path: '/sum', at: 470, body: 999, holds: 1 })])).toBeUndefined();
  });
});
