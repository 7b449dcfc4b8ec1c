import { describe, expect, test } from 'vitest';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { Slot } from '../../../src/protocol/model/entry.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import type { Reply, Request, Unserved } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { historyDigest, sessionsOf, SESSIONS_AT_MOST } from '../../../src/protocol/model/write-sessions.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { operations, replies, sends } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import { adding, cast, heartbeat, NOOP, written, append, epoch } from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const MINUTE = 60_000;
const OPEN: Request = { type: 'open', id: 'open' };

interface Options {
  readonly settings?: Partial<Settings>;
  readonly planted?: readonly PlantedBug[];
}

const settled = (actor: Actor): Actor => acknowledged(actor.syncs(), 'B', 'C');

/** A primary with session 2. */
function primary({ settings = {}, planted = [] }: Options = {}): Actor {
  const a = servingPrimary(new Actor('A', { configuration: THREE, settings, planted }), 'B', 'C');
  return settled(a.asked(OPEN));
}

/** A primary with as many sessions as may be. */
function full(): Actor {
  const a = primary();
  for (let nth = 1; nth < SESSIONS_AT_MOST; nth += 1) settled(a.asked({ type: 'open', id: `open-${nth}` }));
  return a;
}

const numbered = (number: number, finished = 0, by = number, session = 2): Request => {
  const slot: Slot = { session, number, done: finished };
  return { type: 'write', id: `ask-${number}`, uuid: `u${number}`, slot, command: { type: 'add', by } };
};

const asking = (number: number, by = number, historyId = 'history'): Request => {
  const command: Json = { type: 'add', by };
  return { type: 'outcome', id: `what-${number}`, history: historyDigest(historyId), session: 2, number, command };
};

const done = (id: string, value: number, index: number): Reply => ({
  type: 'done',
  id,
  outcome: { type: 'accepted', value },
  index,
  lamport: index,
  rests: [],
});

const unserved = (id: string, reason: Unserved): Reply => ({ type: 'unserved', id, reason });

/** What the primary says once a round of heartbeats that it begins with the request is answered. */
function confirmed(a: Actor): readonly Reply[] {
  return replies(a.hears('B', heard(a, 'B', a.replica.commit)));
}

describe('§7.10: a session is opened', () => {
  test('by an entry, whose index is the outcome', () => {
    const a = primary();
    expect(replies(a)).toEqual([done('open', 2, 2)]);
    expect([...sessionsOf(machineOf(a.replica)).keys()]).toEqual([2]);
  });

  test('once, however often it is asked for while it is under way', () => {
    const a = primary().asked({ type: 'open', id: 'next' });
    const size = a.entries.length;
    a.asked({ type: 'open', id: 'next' });
    expect(a.entries).toHaveLength(size);
    expect(replies(settled(a))).toEqual([done('next', 3, 3)]);
  });
});

describe('§7.10: where there are as many sessions as may be, a further one', () => {
  test('is refused without an entry, however often it is asked for', () => {
    const a = full();
    const size = a.entries.length;
    expect(replies(a.asked({ type: 'open', id: 'more' }))).toEqual([unserved('more', 'busy')]);
    expect(a.entries).toHaveLength(size);
  });

  test('is opened once the time has come at which one has ended', () => {
    const a = full();
    a.reaches(a.wall + 11 * MINUTE);
    expect(replies(settled(a.asked({ type: 'open', id: 'more' })))).toMatchObject([{ type: 'done', id: 'more' }]);
  });
});

describe('§7.10: a numbered write', () => {
  test('that is asked for again while it is under way is attached, and afterwards has its first outcome', () => {
    const a = primary().asked(numbered(1));
    a.asked(numbered(1));
    expect(operations(a)).toEqual([]);
    expect(replies(settled(a))).toEqual([done('ask-1', 1, 3)]);
    a.asked(numbered(1));
    expect([operations(a), replies(a)]).toEqual([[], [done('ask-1', 1, 3)]]);
  });

  test('with the command of another one is refused at once', () => {
    const a = settled(primary().asked(numbered(1)));
    expect(replies(a.asked(numbered(1, 0, 5)))).toEqual([unserved('ask-1', 'reused')]);
  });

  test('is taken although as many results are remembered by uuid as may be: only a write with a key waits', () => {
    const a = primary({ settings: { dedupeAtMost: 1 } });
    settled(a.asked(adding('u')));
    expect(replies(a.asked(adding('v'), numbered(1)))).toEqual([unserved('ask-v', 'busy')]);
    expect(replies(settled(a))).toEqual([done('ask-1', 2, 4)]);
  });

  test('leaves no result behind once its front end has the outcome', () => {
    const a = primary();
    for (let number = 1; number <= 20; number += 1) settled(a.asked(numbered(number, number - 1)));
    const machine = machineOf(a.replica);
    expect(sessionsOf(machine).get(2)).toMatchObject({ done: 19, results: { size: 1 } });
    expect([machine.results.size, machine.order.size]).toEqual([0, 0]);
  });

  test.each([
    ['forgotten', numbered(1, 1)],
    ['ended', numbered(1, 0, 1, 1)],
  ] as const)('is told %s by the entry that says so, and not before that is visible', (reason, request) => {
    const a = primary().asked(request);
    expect(replies(a)).toEqual([]);
    expect(replies(a.syncs())).toEqual([]);
    expect(replies(acknowledged(a, 'B', 'C'))).toEqual([unserved('ask-1', reason)]);
  });

  test.each([
    [[], []],
    [['ends-session-by-own-clock'], [unserved('ask-1', 'ended')]],
  ] as const)(
    'of a session that is overdue by the clock alone is not told so, unless M154 is planted (%j)',
    (planted, told) => {
      const a = primary({ planted });
      a.reaches(a.wall + 11 * MINUTE);
      expect(replies(a.asked(numbered(1)))).toEqual(told);
    },
  );

  test('with neither a date nor a place, or with both, is malformed', () => {
    const bare = { type: 'write', id: 'bare', uuid: 'u', command: { type: 'add', by: 1 } } as const;
    const both = { ...bare, id: 'both', issuedAt: 1, slot: { session: 2, number: 1, done: 0 } };
    expect(replies(primary().asked(bare, both))).toEqual([
      unserved('bare', 'malformed'),
      unserved('both', 'malformed'),
    ]);
  });

  test('of an earlier primary is known to the next one, by its log and by its state', () => {
    const first = epoch('1.B');
    const a = new Actor('A', { configuration: THREE });
    const write = numbered(1);
    if (write.type !== 'write') throw new Error('the script is wrong');
    const { uuid, slot, command } = write;
    const bodies = [NOOP, { type: 'open', name: 'F/open' }, { type: 'write', uuid, slot, command }] as const;
    a.hears('B', append(first, last(a), written(last(a), first, ...bodies), 2)).syncs();
    makePrimary(a.later(10_000), 'B', 'C');
    const size = a.entries.length;
    a.asked(numbered(1));
    expect(a.entries).toHaveLength(size);
    expect(replies(settled(a))).toMatchObject([{ type: 'done', id: 'ask-1', index: 3 }]);
  });
});

describe('§9.2: a full copy', () => {
  test.each([
    [[], 1],
    [['installs-full-copy-without-numbers'], 0],
  ] as const)('has the results of numbers, unless M146 is planted (%j)', (planted, kept) => {
    const a = settled(primary().asked(numbered(1)));
    const base = machineOf(a.replica).at;
    const b = new Actor('B', { configuration: THREE, planted });
    const snapshot = { base, configuration: configurationOf(THREE.voters), machine: machineOf(a.replica) };
    b.hears('A', { type: 'install', epoch: a.leading.epoch, snapshot });
    expect(sessionsOf(machineOf(b.replica)).get(2)?.results.size).toBe(kept);
  });
});

describe('§7.11: the outcome of a write is asked for', () => {
  test('and told after a round of heartbeats, as often as one likes, without an entry', () => {
    const a = settled(primary().asked(numbered(1)));
    const size = a.entries.length;
    expect(replies(a.asked(asking(1)))).toEqual([]);
    expect(confirmed(a)).toEqual([done('what-1', 1, 3)]);
    a.asked(asking(1));
    expect(confirmed(a)).toEqual([done('what-1', 1, 3)]);
    expect(a.entries).toHaveLength(size);
  });

  test('of one that may still be carried out there is none yet, and no question carries it out', () => {
    const a = primary().asked(asking(1));
    expect(confirmed(a)).toEqual([unserved('what-1', 'busy')]);
    expect(machineOf(a.replica).state).toMatchObject({ total: 0 });
  });

  test('of one that is done it is forgotten; with another command it is refused; in another history it has ended', () => {
    const a = settled(settled(primary().asked(numbered(1))).asked(numbered(2, 1)));
    a.asked(asking(1), asking(2, 7));
    expect(confirmed(a)).toEqual([unserved('what-1', 'forgotten'), unserved('what-2', 'reused')]);
    expect(replies(a.asked(asking(2, 2, 'another')))).toEqual([unserved('what-2', 'ended')]);
  });

  test('of one that was never carried out it is forgotten once a number behind it is done, which is carried out neither', () => {
    const a = settled(primary().asked(numbered(2, 2)));
    a.asked(asking(1), asking(2));
    expect(confirmed(a)).toEqual([unserved('what-1', 'forgotten'), unserved('what-2', 'forgotten')]);
    expect(machineOf(a.replica).state).toMatchObject({ total: 0 });
    expect(replies(settled(a.asked(numbered(1))))).toMatchObject([unserved('ask-1', 'forgotten')]);
  });

  test('of a session that has ended by the stamps of entries it has ended', () => {
    const a = primary();
    a.reaches(a.wall + 11 * MINUTE);
    settled(a.asked(adding('u', 1, a.wall)));
    a.asked(asking(1));
    expect(confirmed(a)).toEqual([unserved('what-1', 'ended')]);
  });

  test.each([
    [[], []],
    [['answers-question-from-own-state'], [unserved('what-1', 'ended')]],
  ] as const)('at a secondary that lacks the session not yet, unless M188 is planted (%j)', (planted, said) => {
    const first = epoch('1.A');
    const b = new Actor('B', { configuration: THREE, planted });
    expect(replies(b.hears('A', append(first, last(b), written(last(b), first, NOOP), 1)).asked(asking(1)))).toEqual(
      said,
    );
  });

  test('also at a secondary, which asks the primary for the index', () => {
    const first = epoch('1.A');
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(first, last(b), written(last(b), first, NOOP), 1)).asked(asking(1));
    expect(sends(b, 'requests')).toMatchObject([{ to: 'A', message: { items: [{ type: 'index' }] } }]);
    expect(replies(b.hears('A', heartbeat(first, 1, 1)))).toEqual([]);
  });
});
