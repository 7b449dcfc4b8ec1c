import { describe, expect, test } from 'vitest';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { Snapshot } from '../../../src/protocol/model/machine.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { behindDisk, notes, operations, replies, saysBehindDisk, sends } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  acknowledgement,
  add,
  adding,
  append,
  behind,
  cast,
  epoch,
  heartbeat,
  member,
  NOOP,
  the,
  toPeer,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');
const OFTEN = { snapshotEvery: 4, keepEntries: 2 };

/** A, primary, with so many entries visible everywhere but at those that are silent. */
function primary(size: number, settings: Partial<Settings> = OFTEN, configuration = THREE): Actor {
  const a = servingPrimary(new Actor('A', { configuration, settings }), 'B', 'C');
  for (let index = 2; index <= size; index += 1) acknowledged(a.asked(adding(`u${index}`)).syncs(), 'B', 'C');
  return a;
}

/** The snapshot that the actor saved in its last direction: behind its disk, so never ahead of promise and entries. */
function saved(actor: Actor): Snapshot | undefined {
  return behindDisk(actor.effects).flatMap((effect) => (effect.type === 'save' ? [effect.snapshot] : []))[0];
}

describe('§9.1: a snapshot', () => {
  test('It is taken of what is visible, every snapshotEvery entries, and of the very state at that index', () => {
    expect(saved(primary(3))).toBeUndefined();
    const a = primary(4);
    const { index, epoch: by, hash, lamport, wall } = the(a.entries[3]);
    expect(saved(a)).toEqual({
      base: { index, epoch: by, hash, lamport, wall },
      configuration: THREE,
      machine: a.replica.machine,
    });
    expect(machineOf(a.replica).at).toEqual(saved(a)?.base);
    expect(notes(a)).toContainEqual({ type: 'snapshots', index: 4 });
  });

  test('Servers of a group take theirs at different indexes, spread over snapshotEvery', () => {
    const settings = { snapshotEvery: 6, keepEntries: 100 };
    const entries = primary(20, settings).entries;
    const indexesOf = (node: string): readonly number[] => {
      const reader = new Actor(node, { configuration: THREE, settings });
      return entries.flatMap((entry) => {
        reader.hears('A', append(FIRST, last(reader), [entry], entry.index));
        const taken = saved(reader)?.base.index;
        if (taken !== undefined) reader.takes({ type: 'saved', index: taken });
        return taken ?? [];
      });
    };
    expect(indexesOf('B')).toEqual([2, 8, 14, 20]);
    expect(indexesOf('C')).toEqual([4, 10, 16]);
  });

  test('What is not visible is not in it', () => {
    const a = primary(3).asked(adding('x'), adding('y'));
    a.syncs().hears('B', acknowledgement('B', FIRST, 5));
    expect(a.replica.saving).toBeUndefined();
    a.hears('C', acknowledgement('C', FIRST, 4));
    expect(saved(a)?.base.index).toBe(4);
  });

  test('No other is begun while one is on its way to the disk', () => {
    const a = primary(9);
    expect(a.replica.saving?.base.index).toBe(4);
    a.takes({ type: 'saved', index: 4 });
    expect(saved(a)?.base.index).toBe(9);
  });

  test('The log is compacted only when it is durable, and a trailing window is kept', () => {
    const a = primary(4);
    expect(a.replica.log.base.index).toBe(0);
    a.takes({ type: 'saved', index: 4 });
    expect(operations(a)).toEqual([{ type: 'compact', through: 2 }]);
    expect(a.replica.log.base.index).toBe(2);
    expect(a.entries.map(({ index }) => index)).toEqual([3, 4]);
    expect(a.replica.snapshot.base.index).toBe(4);
  });

  test('One that a full copy has overtaken compacts nothing', () => {
    const b = new Actor('B', { configuration: THREE, settings: OFTEN });
    const entries = written(last(b), FIRST, NOOP, add('u2'), add('u3'), add('u4'));
    b.hears('A', append(FIRST, last(b), entries, 4));
    expect(saved(b)?.base.index).toBe(4);
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(primary(12), 12) });
    const { log, snapshot } = b.replica;
    b.takes({ type: 'saved', index: 4 });
    expect(operations(b)).toEqual([]);
    expect(b.replica).toMatchObject({ log, snapshot });
  });

  test('A report of another one than is on its way changes nothing', () => {
    const a = primary(4);
    const { replica } = a;
    a.takes({ type: 'saved', index: 3 });
    expect(a.effects).toEqual([]);
    expect(a.replica).toEqual(replica);
  });

  test('A silent learner does not pin the log', () => {
    const learner = configurationOf([member('A', 3), member('B', 2)], [member('C', 1)]);
    const a = servingPrimary(new Actor('A', { configuration: learner, settings: OFTEN }), 'B');
    for (let index = 2; index <= 8; index += 1) acknowledged(a.asked(adding(`u${index}`)).syncs(), 'B');
    expect(a.takes({ type: 'saved', index: 4 }).replica.log.base.index).toBe(2);
  });

  test('The configuration in it is the one in force at its index, and stays known after compaction', () => {
    const a = primary(2);
    for (let beat = 0; beat < 15; beat += 1) a.wakesOnTime().hears('B', heard(a, 'B', 2));
    acknowledged(a.syncs(), 'B');
    acknowledged(a.asked(adding('u4')).syncs(), 'B');
    const without = configurationOf([member('A', 3), member('B', 2)], [member('C', 1)]);
    expect(a.replica.saving).toMatchObject({ base: { index: 4 }, configuration: without });
    for (let index = 5; index <= 8; index += 1) acknowledged(a.asked(adding(`u${index}`)).syncs(), 'B');
    acknowledged(a.takes({ type: 'saved', index: 4 }).takes({ type: 'saved', index: 8 }), 'B');
    expect(a.replica.log.base.index).toBe(6);
    expect(a.configuration).toEqual(without);
  });
});

describe('§9.2: the full copy', () => {
  test('Whoever needs entries that are gone gets the newest durable snapshot, one at a time, and then the rest', () => {
    const snapshot = copyOf(primary(6), 6);
    const settings = { copyWithin: 4_000, stallFor: 60_000 };
    const a = new Actor('A', { configuration: THREE, settings, stored: { promised: FIRST, snapshot } });
    const second = makePrimary(a, 'B').leading.epoch;
    a.hears('C', { type: 'mismatched', epoch: second, previousIndex: 6, from: 2, diskId: 'disk-of-C', incarnation: 1 });
    expect(sends(a, 'install')).toEqual([{ to: 'C', message: { type: 'install', epoch: second, snapshot } }]);
    expect(notes(a)).toEqual([{ type: 'sends-full-copy', to: 'C', index: 6 }]);

    a.asked(adding('u8'));
    expect(sends(a, 'append').map(({ to }) => to)).toEqual(['B']);
    a.hears('B', acknowledgement('B', second, 8));
    for (let beat = 1; beat <= 39; beat += 1) {
      a.wakesOnTime();
      expect(sends(a, 'install')).toEqual([]);
      expect(sends(a, 'append')).toEqual([]);
      expect(sends(a, 'heartbeat').map(({ to }) => to)).toEqual(['B', 'C']);
      a.hears('B', heard(a, 'B', 8)).hears('C', heard(a, 'C', 0));
    }
    expect(sends(a.wakesOnTime(), 'append')).toMatchObject([{ to: 'C', message: { previousIndex: 6 } }]);
    a.hears('C', { type: 'mismatched', epoch: second, previousIndex: 6, from: 2, diskId: 'disk-of-C', incarnation: 1 });
    expect(sends(a, 'install')).toHaveLength(1);
    a.hears('C', acknowledgement('C', second, 6));
    expect(sends(a, 'append').map(({ to, message }) => [to, message.previousIndex, message.entries.length])).toEqual([
      ['C', 6, 2],
    ]);
  });

  test('It brings the size of its state: its receiver does not count from 0', () => {
    const snapshot = copyOf(primary(6), 6);
    const a = new Actor('A', { configuration: THREE, stored: { promised: FIRST, snapshot, snapshotSize: 70_000 } });
    const second = makePrimary(a, 'B').leading.epoch;
    a.hears('C', { type: 'mismatched', epoch: second, previousIndex: 6, from: 2, diskId: 'disk-of-C', incarnation: 1 });
    expect(sends(a, 'install')).toEqual([
      { to: 'C', message: { type: 'install', epoch: second, snapshot, size: 70_000 } },
    ]);
    const c = new Actor('C', { configuration: THREE });
    c.hears('A', { type: 'install', epoch: second, snapshot, size: 70_000 });
    expect(c.replica.size).toEqual({ state: 70_000, since: 0, saving: 0 });
  });

  test('A primary gives one at a time, and none to whom a hint calls dead', () => {
    const snapshot = copyOf(primary(6), 6);
    const a = new Actor('A', { configuration: THREE, stored: { promised: FIRST, snapshot } });
    const second = makePrimary(a, 'B', 'C').leading.epoch;
    const lacking = (by: string): Message => {
      const diskId = `disk-of-${by}`;
      return { type: 'mismatched', epoch: second, previousIndex: 6, from: 2, diskId, incarnation: 1 };
    };
    expect(sends(a.hears('B', lacking('B')), 'install').map(({ to }) => to)).toEqual(['B']);
    expect(sends(a.hears('C', lacking('C')), 'install')).toEqual([]);

    // B dies in the middle: what it was sent is lost, and it gets no other before it is heard again. C's turn has come.
    a.takes({ type: 'suspected', nodeId: 'B' });
    expect(sends(a.wakesOnTime(), 'install').map(({ to }) => to)).toEqual(['C']);
    expect(a.leading.progress['B']?.installing).toBeUndefined();
    a.hears('C', acknowledgement('C', second, 6));
    expect(sends(a.hears('B', lacking('B')), 'install').map(({ to }) => to)).toEqual(['B']);
  });

  test('Whoever is only slow to answer a new primary gets none', () => {
    const a = new Actor('A', { configuration: THREE, stored: { promised: FIRST, snapshot: copyOf(primary(6), 6) } });
    makePrimary(a, 'B');
    for (let beat = 1; beat <= 9; beat += 1) {
      a.wakesOnTime();
      expect(sends(a, 'install')).toEqual([]);
      a.hears('B', heard(a, 'B', 0)).hears('C', heard(a, 'C', 0));
    }
    expect(a.leading.progress['B']).toMatchObject({ match: 0, next: 8 });
  });

  test('It takes the place of log and state in one batch with the promise, and is acknowledged behind it', () => {
    const b = new Actor('B', { configuration: THREE, settings: OFTEN });
    const snapshot = copyOf(primary(6), 6);
    b.hears('A', { type: 'install', epoch: FIRST, snapshot });
    expect(b.effects.filter(({ type }) => type !== 'note')).toEqual([
      behind(
        [
          { type: 'promise', epoch: FIRST },
          { type: 'install', snapshot },
        ],
        toPeer('A', acknowledgement('B', FIRST, 6)),
      ),
    ]);
    expect(b.replica).toMatchObject({ commit: 6, agreed: 6, machine: snapshot.machine, snapshot, lamport: 6 });
    expect(b.replica.log.base).toEqual(snapshot.base);
    expect(b.entries).toEqual([]);
  });

  test('It brings the results by uuid: a retry is recognised by whoever got it', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(primary(6), 6) }).later(500);
    makePrimary(b, 'A').asked(adding('u4'));
    expect(replies(b)).toMatchObject([{ type: 'done', id: 'ask-u4', index: 4, outcome: { value: 3 } }]);
  });

  test('With the bug M11 planted it does not', () => {
    const b = new Actor('B', { configuration: THREE, planted: ['installs-full-copy-without-results'] });
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(primary(6), 6) });
    expect(machineOf(b.replica).results.size).toBe(0);
  });

  test('A log that contradicts it goes, together with its suffix', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('C', append(epoch('1.C'), last(b), written(last(b), epoch('1.C'), NOOP, add('x'), add('y'))));
    const snapshot = copyOf(primary(2), 2);
    b.hears('D', { type: 'install', epoch: epoch('2.D'), snapshot });
    expect(b.entries).toEqual([]);
    expect(operations(b)).toContainEqual({ type: 'install', snapshot });
  });

  test('A log that leads there anyway is kept, with what lies behind', () => {
    const a = primary(4);
    const b = new Actor('B', { configuration: THREE });
    const six = [...a.entries, ...written(the(a.entries[3]), FIRST, add('v'), add('w'))];
    b.hears('A', append(FIRST, last(b), six, 2)).hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(a, 4) });
    expect(operations(b)).toEqual([]);
    expect(saysBehindDisk(b, 'A')).toEqual([acknowledgement('B', FIRST, 4)]);
    expect(b.entries).toEqual(six);
    expect(b.replica.commit).toBe(4);
  });

  test('One that ends before what is visible here changes nothing', () => {
    const a = primary(6);
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(FIRST, last(b), a.entries, 6));
    const { log, machine, commit } = b.replica;
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(a, 4) });
    expect(b.replica).toMatchObject({ log, machine, commit });
    expect(saysBehindDisk(b, 'A')).toEqual([acknowledgement('B', FIRST, 4)]);
  });

  test('Nor does one that ends before where the own log begins', () => {
    const a = primary(12);
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(a, 12) });
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(a, 4) });
    expect(b.replica.commit).toBe(12);
    expect(operations(b)).toEqual([]);
  });

  test('A witness gets it without state, and takes it', () => {
    const witnessed = cast({ A: 3, B: 2, C: 1 }, { W: 2 });
    const w = new Actor('W', { configuration: witnessed });
    w.hears('A', { type: 'install', epoch: FIRST, snapshot: { ...copyOf(primary(6), 6), machine: undefined } });
    expect(w.replica).toMatchObject({ commit: 6, machine: undefined });
    expect(saysBehindDisk(w, 'A')).toEqual([acknowledgement('W', FIRST, 6)]);
  });

  test('A data server takes none without state', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: { ...copyOf(primary(6), 6), machine: undefined } });
    expect(b.replica.commit).toBe(0);
    expect(sends(b, 'appended')).toEqual([]);
    expect(operations(b)).toEqual([{ type: 'promise', epoch: FIRST }]);
  });

  test('Entries behind it must chain to it', () => {
    const a = primary(6);
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(a, 4) });
    const other = written({ ...the(a.entries[3]), hash: 1 }, FIRST, add('x'));
    b.hears('A', append(FIRST, { ...the(a.entries[3]), hash: 1 }, other));
    expect(notes(b)).toContainEqual({ type: 'contradicts-visible', from: 'A', index: 4 });
    b.hears('A', append(FIRST, the(a.entries[3]), a.entries.slice(4), 6));
    expect(b.state).toEqual(a.state);
  });

  test('A copy of an older epoch than the promise is refused', () => {
    const b = new Actor('B', { configuration: THREE }).hears('C', heartbeat(epoch('2.C'), 1));
    b.hears('A', { type: 'install', epoch: FIRST, snapshot: copyOf(primary(4), 4) });
    expect(b.replica.commit).toBe(0);
    expect(sends(b, 'outdated')).toHaveLength(1);
  });
});

describe('§2.4: recovery', () => {
  test('From the log alone, nothing is known to be visible', () => {
    const a = primary(3, {});
    const again = new Actor('A', { configuration: THREE, stored: { promised: epoch('4.B'), entries: a.entries } });
    expect(again.replica).toMatchObject({ incarnation: 1, promised: epoch('4.B'), commit: 0, agreed: 0, lamport: 3 });
    expect(again.entries).toEqual(a.entries);
    expect(again.replica.election).toMatchObject({ counter: 4, standAt: again.millis + 500 });
    expect(again.state).toEqual({ total: 0, reserved: 0 });
  });

  test('With a snapshot, what it covers is visible and the log goes on behind it', () => {
    const a = primary(6);
    const snapshot = copyOf(a, 4);
    const again = new Actor('A', { configuration: THREE, stored: { promised: FIRST, snapshot, entries: a.entries } });
    expect(again.replica).toMatchObject({ commit: 4, agreed: 4, machine: snapshot.machine, snapshot });
    expect(again.entries).toEqual(a.entries.slice(4));
    expect(again.replica.lamport).toBe(6);
  });

  test('What it had promised before the crash it keeps', () => {
    const b = new Actor('B', { configuration: THREE, stored: { promised: epoch('4.A') } });
    b.hears('C', { type: 'campaign', epoch: epoch('3.C'), end: { epoch: epoch('3.C'), index: 9 }, transfer: false });
    expect(sends(b, 'voted')[0]?.message).toMatchObject({ granted: false, promised: epoch('4.A') });
  });

  test('A log with a gap behind the snapshot is our bug, and stops the replica', () => {
    const a = primary(6);
    expect(
      () => new Actor('A', { configuration: THREE, stored: { snapshot: copyOf(a, 3), entries: a.entries.slice(4) } }),
    ).toThrow('an entry continues the one before it');
  });
});

/** The full copy that a replica with the actor's first `index` entries visible could give. */
function copyOf(actor: Actor, index: number): Snapshot {
  const entries = [...actor.replica.log.entries].filter((entry) => entry.index <= index);
  const reader = new Actor('B', { configuration: THREE, settings: { snapshotEvery: index } });
  reader.hears('A', append(FIRST, last(reader), entries, index));
  return the(saved(reader));
}
