import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import type { Input } from '../../../src/protocol/model/effects.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { startAfresh, statesSaid } from '../../../src/protocol/replica/compared-states.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { BANK, counter } from '../../support/protocol/counter.ts';
import { atOnce, behindDisk, notes, replies, sends, sendsIn } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, servingPrimary } from '../../support/protocol/one-replica.ts';
import { adding, cast, CLIENT, diskOf, epoch, paying } from '../../support/protocol/replica-script.ts';

// What a replica does and does not once it knows that its state has diverged (PROTOCOL §11.8).

const THREE = cast({ A: 3, B: 2, C: 1 });
const RIGHT = { version: 1, hash: 12 };
const WRONG = { version: 1, hash: 11 };

/** A, primary, with `size` entries visible on all three. */
function primary(size: number, settings: Partial<Settings> = {}, app: App = counter): Actor {
  const a = servingPrimary(new Actor('A', { configuration: THREE, settings, app }), 'B', 'C');
  for (let index = 2; index <= size; index += 1) acknowledged(a.asked(adding(`u${index}`)).syncs(), 'B', 'C');
  return a;
}

/** The actor finds that its state was wrong after entry `index`. */
function finds(actor: Actor, index: number): Actor {
  actor.replica = { ...actor.replica, diverged: index, hashes: [{ index, ...WRONG }] };
  return actor;
}

/** A primary whose last write waits for the others. */
function writing(size: number, settings: Partial<Settings> = {}): Actor {
  return primary(size, settings).asked(adding('w')).syncs();
}

/** The same, and F watches. */
function watched(): Actor {
  const a = primary(2, {}, { ...counter, invalidates: () => ['total'] });
  a.hears(CLIENT, { type: 'watch', id: 'w', from: 2 });
  return a
    .hears('B', heard(a, 'B', 2))
    .asked(adding('v'))
    .syncs();
}

/** The same, and the write makes a call. */
function calling(): Actor {
  const a = primary(2).takes({ type: 'led', group: BANK, primary: 'X', epoch: epoch('1.X') });
  return acknowledged(a.asked(adding('u', 10)).syncs(), 'B', 'C')
    .asked(paying('p', 3))
    .syncs();
}

/** A primary with a durable snapshot at 4. */
function withSnapshot(keepEntries: number): Actor {
  return primary(4, { snapshotEvery: 4, keepEntries }).syncs().takes({ type: 'saved', index: 4, size: 10 });
}

function changes(actor: Actor): number {
  return sendsIn(atOnce(actor.effects)).filter(({ message }) => message.type === 'changed').length;
}

function calls(actor: Actor): number {
  return sendsIn(atOnce(actor.effects)).filter(({ to }) => to.unit === BANK).length;
}

/** Full copies that are sent when C lacks what was dropped from the log. */
function copiesSent(actor: Actor): number {
  const lacking = { previousIndex: 1, from: 0, diskId: diskOf('C'), incarnation: 2 };
  return sends(actor.hears('C', { type: 'mismatched', epoch: actor.leading.epoch, ...lacking }), 'install').length;
}

/** Who is sent a full copy when C asks for one of `index` or later. */
function copiesFor(index: number): readonly string[] {
  const a = withSnapshot(100);
  return sends(a.hears('C', { ...heard(a, 'C', 4), diverged: index }), 'install').map(({ to }) => to);
}

/** To whom A hands over when B has said this. */
function nextAfter(said: Partial<Extract<Message, { type: 'heard' }>>): readonly string[] {
  const a = finds(primary(2), 2);
  a.hears('B', { ...heard(a, 'B', 2), ...said }).hears('C', { ...heard(a, 'C', 2), hashed: { index: 2, ...RIGHT } });
  return notes(a.wakesOnTime()).flatMap((note) => (note.type === 'hands-over' ? [note.to] : []));
}

/** What B is told when its state differs, and C has told no hash. */
function differing(isMute: boolean): unknown {
  const a = primary(2);
  a.replica = { ...a.replica, leading: { ...a.leading, compared: { index: 2, at: a.millis } } };
  a.takes({ type: 'hashed', index: 2, ...RIGHT });
  a.hears('C', heard(a, 'C', 2, { oldest: 1, newest: 1, isMute, kept: 1 }));
  a.hears('B', { ...heard(a, 'B', 2), hashed: { index: 2, ...WRONG } });
  return a.leading.progress['B']?.differs;
}

function saves(actor: Actor): number {
  return [...atOnce(actor.effects), ...behindDisk(actor.effects)].filter(({ type }) => type === 'save').length;
}

describe('§11.8: a primary that has diverged', () => {
  test('decides no outcome of a write that becomes visible', () => {
    expect(replies(acknowledged(writing(2), 'B', 'C'))).toHaveLength(1);
    const a = acknowledged(finds(writing(2), 2), 'B', 'C');
    expect(a.replica.commit).toBe(3);
    expect(replies(a)).toEqual([]);
  });

  test('takes no snapshot', () => {
    const settings = { snapshotEvery: 4, keepEntries: 2 };
    expect(saves(acknowledged(writing(3, settings), 'B', 'C'))).toBe(1);
    const a = acknowledged(finds(writing(3, settings), 3), 'B', 'C');
    expect([a.replica.commit, saves(a)]).toEqual([4, 0]);
  });

  test('tells no watcher what has changed', () => {
    expect(changes(acknowledged(watched(), 'B', 'C'))).toBe(1);
    expect(changes(acknowledged(finds(watched(), 2), 'B', 'C'))).toBe(0);
  });

  test('delivers no calls', () => {
    expect(calls(acknowledged(calling(), 'B', 'C'))).toBe(1);
    expect(calls(acknowledged(finds(calling(), 3), 'B', 'C'))).toBe(0);
  });

  test('sends no full copy', () => {
    expect(copiesSent(withSnapshot(0))).toBe(1);
    expect(copiesSent(finds(withSnapshot(0), 4))).toBe(0);
  });

  test('hands over to none that had the same wrong state, nor to one that has diverged as well', () => {
    expect(nextAfter({ hashed: { index: 2, ...RIGHT } })).toEqual(['B']);
    expect(nextAfter({ hashed: { index: 2, ...WRONG } })).toEqual(['C']);
    expect(nextAfter({ diverged: 2 })).toEqual(['C']);
  });
});

describe('§11.8: a comparison', () => {
  test('is told at once, before the next entry', () => {
    const a = primary(2, { compareEvery: 1_050, quorumWithin: 10_000, suspectAfter: 5_000, removeAfter: 9_000 });
    const { since } = a.leading;
    while (a.leading.beatAt < since + 1_050) a.wakesOnTime();
    expect(a.leading.compared).toBeUndefined();
    a.later(since + 1_050 - a.millis).wakes();
    expect(sends(a, 'heartbeat').map(({ message }) => 'compare' in message && message.compare)).toEqual([2, 2]);
  });

  test('waits for no server that is mute', () => {
    expect(differing(true)).toEqual({ index: 2, ...RIGHT });
    expect(differing(false)).toBeUndefined();
  });
});

/** A primary that notes the full copies it sends and the snapshots it takes, with when. */
class Copying extends Actor {
  readonly copies: number[] = [];
  readonly sentAt: number[] = [];
  readonly snapshots: number[] = [];

  override takes(input: Input): this {
    super.takes(input);
    for (const effect of [...this.effects, ...behindDisk(this.effects)]) {
      if (effect.type === 'save') this.snapshots.push(effect.snapshot.base.index);
      if (effect.type !== 'send' || effect.message.type !== 'install') continue;
      this.copies.push(effect.message.snapshot.base.index);
      this.sentAt.push(this.millis);
    }
    return this;
  }
}

/** A primary that is asked for a write each second. C says with each heartbeat what `says` makes of what is visible. */
function copying(
  says: (commit: number, second: number, copies: readonly number[]) => number | undefined,
  { seconds, planted = [] }: { readonly seconds: number; readonly planted?: readonly PlantedBug[] },
) {
  const settings = { snapshotEvery: 100_000, compareEvery: 10_000, copyWithin: 30_000 };
  const a = new Copying('A', { configuration: THREE, settings, planted });
  servingPrimary(a, 'B', 'C');
  for (let second = 1; second <= seconds; second += 1) {
    for (const peer of ['B', 'C', 'B', 'C']) {
      const diverged = peer === 'C' ? says(a.replica.commit, second, a.copies) : undefined;
      a.hears(peer, { ...heard(a, peer, a.replica.commit), ...(diverged === undefined ? {} : { diverged }) });
      acknowledged(a, peer).syncs();
      if (a.replica.saving !== undefined) a.takes({ type: 'saved', index: a.replica.saving.base.index, size: 10 });
    }
    acknowledged(a.asked(adding(`u${second}`)).syncs(), 'B', 'C').syncs();
    a.later(1_000).wakes().syncs();
  }
  const sentAt = a.sentAt.map((at) => Math.floor((at - a.leading.since) / 1_000) + 1);
  return { copies: a.copies, snapshots: a.snapshots, sentAt };
}

describe('§11.8: copies for a peer that has the log', () => {
  test('cost little where the peer says again and again that its state is wrong: their pause doubles', () => {
    const { copies, snapshots, sentAt } = copying((commit) => commit, { seconds: 400 });
    expect(sentAt).toEqual([1, 11, 31, 71, 151, 311]);
    expect(snapshots).toEqual(copies);
  });

  test('cost a snapshot for each word with the planted bug', () => {
    const { snapshots } = copying((commit) => commit, { seconds: 60, planted: ['copies-at-every-word'] });
    expect(snapshots.length).toBeGreaterThan(50);
  });

  test('cost as little where it says so by turns, and nothing where it names an index that no log has', () => {
    expect(copying((commit, second) => (second % 2 === 0 ? commit : undefined), { seconds: 60 }).sentAt).toEqual([
      2, 12, 32,
    ]);
    expect(copying(() => Number.MAX_SAFE_INTEGER, { seconds: 60 })).toMatchObject({ copies: [], snapshots: [] });
  });

  test('are sent again `copyWithin` later where one was lost', () => {
    expect(copying((_, second) => (second >= 3 ? 3 : undefined), { seconds: 40 }).sentAt).toEqual([3, 33]);
  });

  test('come at once where the state is wrong a second time', () => {
    const { sentAt } = copying(
      (_, second, copies) =>
        second >= 3 && copies.length === 0 ? 3 : second >= 15 && copies.length === 1 ? 15 : undefined,
      { seconds: 40 },
    );
    expect(sentAt).toEqual([3, 15]);
  });
});

describe('§11.8: the cure', () => {
  test('is no copy of an earlier index than the one asked for', () => {
    expect(copiesFor(4)).toEqual(['C']);
    expect(copiesFor(5)).toEqual([]);
  });

  test('is asked for at the own snapshot or later, since the disk keeps none behind it', () => {
    const { snapshot, hashes } = primary(2).replica;
    const base = { ...snapshot.base, index: 9 };
    expect(statesSaid({ hashes, diverged: 5, snapshot: { ...snapshot, base } }).diverged).toBe(9);
    expect(statesSaid({ hashes, diverged: 10, snapshot: { ...snapshot, base } }).diverged).toBe(10);
  });

  test('leaves nothing of the state before: what was told of that, or hashed of it, counts no more', () => {
    const c = new Actor('C', { configuration: THREE });
    const versions = [{ machine: machineOf(c.replica), usedAt: 0 }];
    const draft = { ...c.replica, versions, diverged: 3, comparing: 4, hashes: [{ index: 3, ...WRONG }] };
    startAfresh(draft, 5);
    expect(draft).toMatchObject({ versions: [], diverged: undefined, comparing: undefined, hashes: [], copiedAt: 5 });
    c.replica = draft;
    // A hash that was under way.
    c.takes({ type: 'hashed', index: 4, ...WRONG });
    const beat = { type: 'heartbeat', epoch: epoch('1.A'), beat: 1, commit: 0 } as const;
    c.hears('A', { ...beat, diverged: { index: 4, ...RIGHT } });
    expect([c.replica.diverged, c.replica.promised === NO_EPOCH]).toEqual([undefined, false]);
    c.takes({ type: 'hashed', index: 6, ...WRONG }).hears('A', { ...beat, beat: 2, diverged: { index: 6, ...RIGHT } });
    expect(c.replica.diverged).toBe(6);
  });
});
