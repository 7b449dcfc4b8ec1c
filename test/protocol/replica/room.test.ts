import { describe, expect, test } from 'vitest';
import type { Input, Note } from '../../../src/protocol/model/effects.ts';
import { lastIndex } from '../../../src/protocol/model/log.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { counter } from '../../support/protocol/counter.ts';
import { notes, replies } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, attended, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import { adding, cast, paying, WALL, written } from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const QUOTA = 5_000;
const MINUTE = 60_000;

/** A primary whose app makes its state no larger by `pay`, with `writes` visible. */
function primary(writes: number): Actor {
  const app = { ...counter, shrinks: ['pay'] };
  const a = servingPrimary(
    new Actor('A', { configuration: THREE, app, settings: { stateSizeAtMost: QUOTA } }),
    'B',
    'C',
  );
  for (let place = 0; place < writes; place += 1) acknowledged(a.asked(adding(`u${place}`, 10)).syncs(), 'B', 'C');
  return a;
}

/** The snapshot that the actor wants saved, if any, is durable and has so many bytes. */
function saves(actor: Actor, size: number): readonly Note[] {
  const { saving } = actor.replica;
  expect(saving).toBeDefined();
  const saved: Input = { type: 'saved', index: saving?.base.index ?? 0, size };
  return notes(actor.takes(saved).wakes());
}

/** A group over its quota, of which a snapshot has just been measured. */
function readOnly(): Actor {
  const a = primary(20);
  saves(a, QUOTA);
  expect(a.leading.isReadOnly).toBe(true);
  expect(replies(a.asked(adding('late', 1)))).toMatchObject([{ type: 'unserved', reason: 'full' }]);
  return a;
}

describe('§4.8: a group over its quota', () => {
  test('It is writable again once commands that shrink its state have made a measured snapshot smaller', () => {
    const a = readOnly();
    for (const uuid of ['p1', 'p2']) acknowledged(a.asked(paying(uuid)).syncs(), 'B', 'C');
    expect(saves(a, QUOTA / 2)).toContainEqual({ type: 'writable' });
    expect(replies(acknowledged(a.asked(adding('next', 1)).syncs(), 'B', 'C'))).toMatchObject([{ type: 'done' }]);
  });

  test('It stays read-only while the snapshot is no smaller', () => {
    const a = readOnly();
    for (const uuid of ['p1', 'p2']) acknowledged(a.asked(paying(uuid)).syncs(), 'B', 'C');
    expect(saves(a, QUOTA)).toEqual([]);
    expect(a.leading.isReadOnly).toBe(true);
  });

  test('A mute primary makes no no-ops: it applies none of them, and forgets nothing', () => {
    const { snapshot } = readOnly().replica;
    const entries = written(snapshot.base, snapshot.base.epoch, { type: 'activate', version: 2 });
    const stored = { snapshot, snapshotSize: QUOTA, entries };
    const settings = { stateSizeAtMost: QUOTA };
    const a = makePrimary(new Actor('A', { configuration: THREE, app: counter, settings, stored }), 'B', 'C').syncs();
    acknowledged(a, 'B', 'C');
    a.reaches(WALL + 12 * MINUTE);
    attended(a, 3_000, 'B', 'C');
    expect(a.leading.isReadOnly).toBe(true);
    expect(a.entries.slice(-2).map(({ body }) => body.type)).toEqual(['activate', 'noop']);
  });

  test('Without a write, no-ops have it forget results that have expired, until there is room', () => {
    const a = readOnly();
    const before = lastIndex(a.replica.log);
    attended(a, 3_000, 'B', 'C');
    expect(lastIndex(a.replica.log)).toBe(before);

    a.reaches(WALL + 12 * MINUTE);
    attended(a, 3_000, 'B', 'C');
    expect(a.entries.slice(-2).map(({ body }) => body.type)).toEqual(['noop', 'noop']);
    expect(machineOf(a.replica).results.size).toBe(0);
    expect(a.leading.isReadOnly).toBe(false);
    // Once it has room it makes no more of them.
    const after = lastIndex(a.replica.log);
    attended(a, 3_000, 'B', 'C');
    expect(lastIndex(a.replica.log)).toBe(after);
    const next = a.asked(adding('next', 1, a.wall)).syncs();
    expect(replies(acknowledged(next, 'B', 'C'))).toMatchObject([{ type: 'done' }]);
  });

  test('It makes no such entry while it hears no quorum', () => {
    const a = readOnly();
    a.reaches(WALL + 12 * MINUTE);
    const before = lastIndex(a.replica.log);
    a.later(600).wakes();
    expect(lastIndex(a.replica.log)).toBe(before);
  });
});
