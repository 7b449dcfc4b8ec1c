import { Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import { applyEntry } from '../../../src/protocol/model/apply.ts';
import { initialMachine } from '../../../src/protocol/model/machine.ts';
import type { CodeReport } from '../../../src/protocol/model/messages.ts';
import { migrated } from '../../../src/protocol/model/migrate.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { isObject } from '../../../src/protocol/wire/decode.ts';
import { counter } from '../../support/protocol/counter.ts';
import { notes } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, servingPrimary } from '../../support/protocol/one-replica.ts';
import { adding, cast, epoch, the, written } from '../../support/protocol/replica-script.ts';

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

function activations(a: Actor): readonly number[] {
  return a.entries.flatMap(({ body, index }) => (body.type === 'activate' ? [index] : []));
}

describe('§11: the migration of an activation', () => {
  test('It is proposed once all data servers have the code, and gives the state of the new version.', () => {
    const a = primaryOf(renamed);
    a.wakes().syncs();
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
        const said = notes(a.wakes()).filter(({ type }) => type === 'migration-fails');
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
    saidBy(a, 'B', 'C').wakes();
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
