import { Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import { applyEntry } from '../../../src/protocol/model/apply.ts';
import { initialMachine } from '../../../src/protocol/model/machine.ts';
import type { CodeReport, Trial } from '../../../src/protocol/model/messages.ts';
import { migrated } from '../../../src/protocol/model/migrate.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { isObject } from '../../../src/protocol/wire/decode.ts';
import { counter } from '../../support/protocol/counter.ts';
import { notes, says, sends } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  adding,
  append,
  cast,
  epoch,
  grant,
  heartbeat,
  ok,
  service,
  the,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const BOTH: CodeReport = { oldest: 1, newest: 2, isMute: false, kept: 1 };

/** The counter in a second version, whose states come out of this migration. */
function second(migrate: (state: unknown) => unknown): App {
  return { ...counter, version: 2, previous: counter, migrate };
}

const renamed = second((state) => ({ ...(isObject(state) ? state : {}), note: 'of version 2' }));

/** A, primary, with one write of the old version, and the word of B and C that they can run version 2. */
function primaryOf(app: App): Actor {
  const a = servingPrimary(new Actor('A', { configuration: THREE, app }), 'B', 'C');
  acknowledged(a.asked(adding('u1', 5)).syncs(), 'B', 'C');
  return saidBy(a, 'B', 'C');
}

function saidBy(a: Actor, ...peers: readonly string[]): Actor {
  a.wakesOnTime().syncs();
  for (const peer of peers) a.hears(peer, heard(a, peer, 2, BOTH));
  return a;
}

/** It says that it will try the migration, and does with the next heartbeat. */
function tries(a: Actor): Actor {
  return a.wakes().wakesOnTime();
}

function activations(a: Actor): readonly number[] {
  return a.entries.flatMap(({ body, index }) => (body.type === 'activate' ? [index] : []));
}

describe('§11: the migration of an activation', () => {
  test('It is proposed once all data servers have the code, and gives the state of the new version.', () => {
    const a = primaryOf(renamed);
    tries(a).syncs();
    expect(activations(a)).toEqual([3]);
    expect(machineOf(a.replica).version).toBe(1);
    acknowledged(a, 'B', 'C');
    expect(machineOf(a.replica)).toMatchObject({ version: 2, state: { total: 5, note: 'of version 2' } });
  });

  test.each([
    [
      'throws',
      second(() => {
        throw new Error('no seat A7');
      }),
      'no seat A7',
    ],
    ['makes what is no JSON', second((state) => ({ state, at: new Date(0) })), 'state.at is a Date'],
    ['returns nothing', second(() => undefined), 'state is undefined'],
    ['changes the state in place', second((state) => Object.assign(state ?? {}, { total: 0 })), 'read only'],
  ])(
    'One that %s is tried before it is proposed: the version stays, and it is said once in a tenure.',
    (_, app, why) => {
      const a = primaryOf(app);
      const saidAt = Array.from({ length: 5 }, () => {
        const said = notes(tries(a)).filter(({ type }) => type === 'migration-fails');
        saidBy(a, 'B', 'C');
        return said.length;
      });
      expect(saidAt).toEqual([1, 0, 0, 0, 0]);
      expect(activations(a)).toEqual([]);
      expect(a.leading.tried?.version).toBe(2);
      expect(a.leading.tried?.failed).toContain(why);
      acknowledged(a.asked(adding('u2', 2)).syncs(), 'B', 'C');
      expect(machineOf(a.replica)).toMatchObject({ version: 1, state: { total: 7 } });
    },
  );

  test('It is tried on the state that it will meet, with what is in the log and not visible yet.', () => {
    const seen: unknown[] = [];
    const app = second((state) => {
      seen.push(state);
      return state;
    });
    const a = servingPrimary(new Actor('A', { configuration: THREE, app }), 'B', 'C');
    a.asked(adding('u1', 5)).syncs();
    tries(saidBy(a, 'B', 'C'));
    expect(machineOf(a.replica).state).toMatchObject({ total: 0 });
    expect(seen).toEqual([{ total: 5, reserved: 0 }]);
    acknowledged(a.syncs(), 'B', 'C');
    expect(seen).toEqual([
      { total: 5, reserved: 0 },
      { total: 5, reserved: 0 },
    ]);
  });

  test('One that changes in place what is inside a collection fails as well, and changes nothing', () => {
    const state = { seats: Map([['A7', { price: 1 }]]) };
    const tried = migrated(
      second(() => {
        for (const seat of state.seats.values()) seat.price += 1;
        return state;
      }),
      state,
    );
    expect([tried.type, state.seats.get('A7')]).toEqual(['failed', { price: 1 }]);
  });

  test('One that fails at apply all the same leaves version and state, on every replica, and is a failure of its entry.', () => {
    const app = second(() => {
      throw new Error('only here');
    });
    const start = initialMachine({ index: 0, epoch: epoch('0.A'), hash: 0, lamport: 0, wall: 0 }, counter.initial, {
      dedupeFor: 1,
      dedupeMargin: 1,
    });
    const [entry] = written(start.at, epoch('1.A'), { type: 'activate', version: 2 });
    const { machine, failure } = applyEntry(app, start, the(entry));
    expect(machine).toMatchObject({ version: 1, state: counter.initial, at: { index: 1 } });
    expect(failure).toMatchObject({ errorId: 'counter-1', index: 1 });
    expect(failure?.thrown.message).toBe('counter: the migration to version 2 failed: only here');
  });
});

/** B, a secondary that A has told this. */
function toldBy(a: Actor, trial: Trial | undefined): Actor {
  const b = new Actor('B', { configuration: THREE, app: renamed });
  b.hears('A', append(a.leading.epoch, b.replica.log.base, a.entries, 1)).syncs();
  return b.hears('A', { ...heartbeat(a.leading.epoch, 1, 1), ...(trial === undefined ? {} : { trial }) });
}

/** The same, elected with the vote of C while A is silent; C can run version 2. */
function successor(trial: Trial | undefined): Actor {
  const b = toldBy(servingPrimary(new Actor('A', { configuration: THREE, app: renamed }), 'B', 'C'), trial);
  b.knows(...['A', 'B', 'C'].map((name) => service(name, { kind: 'server' })));
  return makePrimary(b, 'C').syncs();
}

/** A has lost its vote, is away, and has not been heard; B has C's word. */
function withoutA(b: Actor): Actor {
  b.knows(
    ...['A', 'B', 'C'].map((name) => service(name, { kind: 'server', standing: name === 'A' ? 'away' : 'member' })),
  );
  for (let round = 0; round < 8; round += 1) saidBy(acknowledged(b.wakesOnTime().syncs(), 'C').syncs(), 'C');
  expect(b.voters).not.toContain('A');
  return b;
}

/** For whom a new primary says that it will wait, after this word of A. */
function awaitedBy(trial: Trial | undefined): readonly unknown[] {
  const b = toldBy(servingPrimary(new Actor('A', { configuration: THREE, app: renamed }), 'B', 'C'), trial);
  const waits: unknown[] = [];
  b.wakesOnTime().hears('C', ok(b.replica.election.round)).syncs();
  b.hears('C', grant('C', b.replica.promised));
  for (const note of notes(b)) if (note.type === 'awaits-trial') waits.push([note.nodeId, note.version]);
  expect(b.leading.epoch).toEqual(b.replica.promised);
  return waits;
}

describe('§11.3: a migration that is tried', () => {
  test('is said in the log and to all servers one heartbeat before, and no more once it has ended', () => {
    const a = primaryOf(renamed);
    expect(notes(a.wakes())).toContainEqual({ type: 'tries-migration', version: 2 });
    const trial = { by: 'A', version: 2 };
    expect(sends(a, 'heartbeat').map(({ to, message }) => [to, message.trial])).toEqual([
      ['B', trial],
      ['C', trial],
    ]);
    expect(notes(a.wakesOnTime())).toContainEqual({ type: 'activates', version: 2 });
    expect(sends(a.wakesOnTime(), 'heartbeat').map(({ message }) => message.trial)).toEqual([undefined, undefined]);
  });

  test('by a primary that fell silent over it is tried by no other before that one is heard', () => {
    const b = successor({ by: 'A', version: 2 });
    withoutA(b);
    expect(activations(b)).toEqual([]);
    expect(sends(b.wakesOnTime(), 'heartbeat').map(({ message }) => message.trial)).toContainEqual({
      by: 'A',
      version: 2,
    });
    b.knows(
      ...['B', 'C'].map((name) => service(name, { kind: 'server' })),
      service('A', { kind: 'server', standing: 'removed' }),
    );
    saidBy(b, 'C');
    expect(activations(b.wakesOnTime())).toHaveLength(1);
  });

  test('is tried by its successor where it was not under way: who is away is not waited for', () => {
    const b = withoutA(successor(undefined));
    expect(activations(b)).toHaveLength(1);
  });

  test('A heartbeat that arrives behind a later one of its primary ends no trial', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE, app: renamed }), 'B', 'C');
    const trial = { by: 'A', version: 2 };
    const b = toldBy(a, trial);
    expect(b.hears('A', heartbeat(a.leading.epoch, 0, 1)).replica.trial).toEqual(trial);
    expect(b.hears('A', heartbeat(a.leading.epoch, 2, 1)).replica.trial).toBeUndefined();
  });

  test('A new primary says for whom it will wait, and no other does', () => {
    expect(awaitedBy({ by: 'A', version: 2 })).toEqual([['A', 2]]);
    expect(awaitedBy({ by: 'B', version: 2 })).toEqual([]);
    expect(awaitedBy(undefined)).toEqual([]);
  });

  test.each([
    [DEFAULT_SETTINGS.electAfter, 1, undefined],
    [DEFAULT_SETTINGS.electAfter - 1, 0, BOTH],
  ])(
    'for %i ms, until the next step, is slow %i times, and its server then says that it has the code of %j',
    (millis, times, code) => {
      const a = primaryOf(renamed);
      a.wakes().wakesOnTime();
      const said = notes(a.later(millis).hears('B', { type: 'outdated', promised: epoch('9.B') }));
      expect(said.filter(({ type }) => type === 'migration-is-slow')).toHaveLength(times);
      expect(a.replica.leading).toBeUndefined();
      a.hears('B', append(epoch('9.B'), { ...last(a), ...the(a.entries[1]) }, [], 2)).syncs();
      a.hears('B', heartbeat(epoch('9.B'), 1, 2));
      expect(says(a, 'B').flatMap((one) => (one.type === 'heard' ? [one.code] : []))).toEqual([code]);
    },
  );

  test('slowly is not tried again by the process that knows', () => {
    const a = primaryOf(renamed);
    a.replica = { ...a.replica, slow: { version: 2, millis: 5_000 } };
    for (let round = 0; round < 4; round += 1) saidBy(tries(a), 'B', 'C');
    expect(activations(a)).toEqual([]);
  });
});

/** A migration that works on A alone. */
const failing = second(() => {
  throw new Error('only here');
});

/** B, with the activation of A in its log, visible up to `visible`. */
function follower(visible: number): Actor {
  const b = new Actor('B', { configuration: THREE, app: failing });
  const entries = written(b.replica.log.base, epoch('1.A'), { type: 'noop' }, { type: 'activate', version: 2 });
  return b.hears('A', append(epoch('1.A'), b.replica.log.base, entries, visible)).syncs();
}

describe('§11.3: a migration that fails where it is applied', () => {
  test('has shown that this server diverges: at once, and its primary hears it', () => {
    expect(follower(1).replica.diverged).toBeUndefined();
    const b = follower(2);
    expect(b.replica.diverged).toBe(2);
    b.hears('A', heartbeat(epoch('1.A'), 1, 2));
    expect(says(b, 'A')).toContainEqual(expect.objectContaining({ type: 'heard', diverged: 2 }));
  });

  test('has shown it as well to a primary that applies what an earlier one had tried', () => {
    const b = makePrimary(follower(1), 'C').syncs();
    acknowledged(b, 'C', 'A');
    expect(b.replica.commit).toBe(3);
    expect(b.replica.diverged).toBe(2);
  });

  test('has shown nothing to the primary that tried it itself: it may fail on all', () => {
    let tried = 0;
    const a = primaryOf(
      second((state) => {
        if ((tried += 1) > 1) throw new Error('the second time');
        return state;
      }),
    );
    acknowledged(tries(a).syncs(), 'B', 'C');
    expect([tried, machineOf(a.replica).version, a.replica.diverged]).toEqual([2, 1, undefined]);
  });
});
