import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import type { Note } from '../../../src/protocol/model/effects.ts';
import type { NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Message, Request } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { type Counter, counter, type CounterCommand } from '../../support/protocol/counter.ts';
import { notes, replies } from '../../support/protocol/effects-of.ts';
import { Actor, heard, servingPrimary } from '../../support/protocol/one-replica.ts';
import { type GroupEvent, ReplicaGroup } from '../../support/protocol/replica-group.ts';
import { adding, cast, epoch, the } from '../../support/protocol/replica-script.ts';

// Replicas compare their states (PROTOCOL §11.8). An unsteady counter adds one more, once.

const TWO = cast({ A: 2, B: 1 });
const THREE = cast({ A: 3, B: 2, C: 1 });
const SETTINGS = { compareEvery: 1_000, snapshotEvery: 10_000 };

/** Adds one more where it is asked to add 7: what keeps something outside of its state may. */
const unsteady: App<Counter, CounterCommand> = {
  ...counter,
  apply: (state, command, context) => counter.apply(state, command.by === 7 ? { ...command, by: 8 } : command, context),
};

const READ: Request = { type: 'read', id: 'read', query: 'total', mode: 'session', token: undefined };

interface Stage {
  readonly group: ReplicaGroup;
  readonly noted: readonly { readonly node: NodeId; readonly note: Note }[];
}

/** A group whose replicas in `wrong` have the unsteady counter. */
function stage(
  configuration: typeof THREE,
  wrong: readonly NodeId[],
  planted: readonly PlantedBug[] = [],
  hashMillis = 0,
): Stage {
  const noted: { node: NodeId; note: Note }[] = [];
  const observe = (event: GroupEvent): void => {
    if (event.type === 'noted') noted.push({ node: event.node, note: event.note });
  };
  const apps = Object.fromEntries(wrong.map((name) => [name, unsteady]));
  const group = new ReplicaGroup(configuration, SETTINGS, { observe, apps, planted, hashMillis }).passes(500);
  return { group: group.asks(adding('w1', 7)).passes(300), noted };
}

function divergences({ noted }: Stage): readonly (readonly [NodeId, NodeId])[] {
  return noted.flatMap(({ node, note }) => (note.type === 'diverged' ? [[node, note.nodeId] as const] : []));
}

function totals({ group }: Stage, ...names: readonly NodeId[]): readonly unknown[] {
  return names.map((name): unknown => {
    const { state } = machineOf(group.actor(name).replica);
    return typeof state === 'object' && state !== null && 'total' in state ? state.total : undefined;
  });
}

describe('§11.8: comparisons', () => {
  test('The primary has states compared every `compareEvery`, while anything is applied', () => {
    const { group } = stage(THREE, []);
    const compared = (): readonly unknown[] =>
      ['A', 'B', 'C'].map((name) => group.actor(name).replica.hashes.map(({ index }) => index));
    group.passes(1_500);
    expect(compared()).toEqual([[2], [2], [2]]);
    group.passes(60_000);
    expect(compared()).toEqual([[2], [2], [2]]);
    group.asks(adding('w2', 1)).passes(2_000);
    expect(compared()).toEqual([
      [2, 3],
      [2, 3],
      [2, 3],
    ]);
  });

  test('A hash that takes long is made less often: hashing takes 2 % of the time at most', () => {
    const { group } = stage(THREE, [], [], 100);
    for (let turn = 0; turn < 60; turn += 1) group.asks(adding(`x${turn}`, 1)).passes(500);
    const { hashes } = group.actor('A').replica;
    expect(hashes.length).toBeGreaterThan(2);
    const indexes = hashes.map(({ index }) => index);
    // Two writes in a second, and 5 s between two comparisons.
    for (const [at, index] of indexes.slice(1).entries()) expect(index - (indexes[at] ?? 0)).toBeGreaterThanOrEqual(9);
  });

  test('A server that is started again shows its state at the same comparison', () => {
    const { group } = stage(THREE, []);
    group.passes(1_500);
    group.kills('C').passes(100).starts('C').passes(2_000);
    expect(group.actor('C').replica.hashes.map(({ index }) => index)).toEqual([2]);
  });

  test('A server that has gone past an index does not tell the hash of a later state for it', () => {
    const c = new Actor('C', { configuration: THREE });
    c.hears('A', { type: 'heartbeat', epoch: epoch('1.A'), beat: 1, commit: 0, compare: 0 });
    expect(c.effects.filter(({ type }) => type === 'hash')).toHaveLength(1);
    const past = stage(THREE, []).group.actor('C');
    expect(past.replica.machine?.at.index).toBe(2);
    past.hears('A', { type: 'heartbeat', epoch: epoch('1.A'), beat: 9_999, commit: 2, compare: 1 });
    expect(past.effects.filter(({ type }) => type === 'hash')).toEqual([]);
  });

  test('A sole server compares nothing', () => {
    const { group } = stage(cast({ A: 1 }), []);
    group.passes(30_000);
    expect(group.actor('A').replica).toMatchObject({ hashes: [], comparing: undefined });
  });

  test('Equal states are never said to differ', () => {
    const all = stage(THREE, []);
    for (let turn = 0; turn < 20; turn += 1) all.group.asks(adding(`x${turn}`, 7)).passes(700);
    expect(divergences(all)).toEqual([]);
  });

  test('Hashes at different indexes are not compared', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE, settings: SETTINGS }), 'B', 'C');
    a.replica = { ...a.replica, leading: { ...a.leading, compared: { index: 5, at: a.millis } } };
    a.takes({ type: 'hashed', index: 5, version: 1, hash: 11 });
    const tells = (peer: NodeId, index: number): Actor =>
      a.hears(peer, { ...heard(a, peer, 1), hashed: { index, version: 1, hash: 12 } });
    tells('B', 6);
    expect(notes(tells('C', 6))).toEqual([]);
    tells('B', 5);
    expect(notes(tells('C', 5))).toEqual([expect.objectContaining({ type: 'diverged', nodeId: 'A', index: 5 })]);
  });
});

describe('§11.8: a server whose state differs from most', () => {
  test('is found, loses its vote, gets a full copy and its vote back', () => {
    const one = stage(THREE, ['C']);
    expect(totals(one, 'A', 'B', 'C')).toEqual([7, 7, 8]);
    one.group.passes(1_500);
    expect(divergences(one)).toEqual([
      ['A', 'C'],
      ['C', 'C'],
    ]);
    one.group.passes(15_000);
    expect(totals(one, 'A', 'B', 'C')).toEqual([7, 7, 7]);
    expect(one.group.actor('C').replica.diverged).toBeUndefined();
    expect(the(one.group.primary).voters).toEqual(['A', 'B', 'C']);
    expect(the(one.group.primary).leading.progress['C']?.differs).toBeUndefined();
    const changes = one.noted.flatMap(({ note }) => (note.type === 'proposes' ? [note.change] : []));
    expect(changes).toEqual(['remove', 'readmit']);
  });

  test('keeps its entries when it gets the copy, and applies those behind it', () => {
    const one = stage(THREE, ['C']);
    one.group.passes(1_500);
    for (let turn = 0; turn < 5; turn += 1) one.group.asks(adding(`x${turn}`, 1)).passes(300);
    one.group.passes(15_000);
    expect(totals(one, 'A', 'C')).toEqual([12, 12]);
    expect(one.group.actor('C').entries.at(-1)).toEqual(one.group.actor('A').entries.at(-1));
  });

  test('answers no reads meanwhile', () => {
    const c = diverged();
    c.asked(READ);
    expect(replies(c)).toEqual([{ type: 'unserved', id: 'read', reason: 'behind' }]);
  });

  test('takes no word for it where its own hash is the same, or unknown', () => {
    expect(diverged({ hash: 5 }).replica.diverged).toBeUndefined();
    expect(diverged({ index: 9_007_199_254_740_991 }).replica.diverged).toBeUndefined();
  });

  test('is never told by a primary with the planted bug', () => {
    const one = stage(THREE, ['C'], ['keeps-divergence-to-itself']);
    one.group.passes(15_000);
    expect(totals(one, 'A', 'C')).toEqual([7, 8]);
  });

  test('stays as it was with a cure that does not replace its state', () => {
    const one = stage(THREE, ['C'], ['heals-without-replacing-state']);
    one.group.passes(15_000);
    expect(totals(one, 'A', 'C')).toEqual([7, 8]);
    // And gets no vote back.
    expect(one.noted.flatMap(({ note }) => (note.type === 'proposes' ? [note.change] : []))).toEqual(['remove']);
  });
});

describe('§11.8: a primary whose state differs from most', () => {
  test('hands over to one of them, and gets a full copy', () => {
    const one = stage(THREE, ['A']);
    expect(totals(one, 'A', 'B', 'C')).toEqual([8, 7, 7]);
    one.group.passes(1_700);
    const reasons = one.noted.flatMap(({ note }) => (note.type === 'hands-over' ? [note.reason] : []));
    expect(reasons).toContain('diverged');
    expect(the(one.group.primary).name).not.toBe('A');
    one.group.passes(15_000);
    expect(totals(one, 'A', 'B', 'C')).toEqual([7, 7, 7]);
  });
});

test('§11.8: of two servers the cluster goes on with the primary’s state, and says that no majority does', () => {
  const two = stage(TWO, ['B']);
  two.group.passes(1_500);
  const counted = two.noted.flatMap(({ note }) =>
    note.type === 'diverged' ? [[note.nodeId, note.agree, note.of]] : [],
  );
  expect(counted).toContainEqual(['B', 1, 2]);
  two.group.passes(15_000);
  expect(totals(two, 'A', 'B')).toEqual([7, 7]);
});

/** C, whose hash at 1 is 5, has been told by its primary that it should be another. */
function diverged(told: { readonly index?: number; readonly hash?: number } = {}): Actor {
  const c = new Actor('C', { configuration: THREE }).takes({ type: 'hashed', index: 1, version: 1, hash: 5 });
  const said = { index: 1, version: 1, hash: 6, ...told };
  const message: Message = { type: 'heartbeat', epoch: epoch('1.A'), beat: 1, commit: 0, diverged: said };
  return c.hears('A', message);
}
