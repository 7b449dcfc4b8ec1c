import { describe, expect, test } from 'vitest';
import type { Body, Entry, LogBase } from '../../../src/protocol/model/entry.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import { atOnce, notes, operations, says, saysAtOnce, saysBehindDisk } from '../../support/protocol/effects-of.ts';
import { Actor, last } from '../../support/protocol/one-replica.ts';
import {
  acknowledgement,
  add,
  append,
  behind,
  campaign,
  cast,
  epoch,
  heartbeat,
  NOOP,
  the,
  toPeer,
  WALL,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');

/** B, who has five entries of the epoch 1.A on disk, the first two of them visible. */
function follower(): { b: Actor; base: LogBase; entries: Entry[]; at: (index: number) => LogBase } {
  const b = new Actor('B', { configuration: THREE });
  const base = last(b);
  const entries = written(base, FIRST, NOOP, add('u2', 2), add('u3', 3), add('u4', 4), add('u5', 5));
  b.hears('A', append(FIRST, base, entries, 2));
  const at = (index: number): LogBase => entries[index - 1] ?? base;
  return { b, base, entries, at };
}

const mismatched = (by: typeof FIRST, previousIndex: number, from: number): Message => ({
  type: 'mismatched',
  epoch: by,
  previousIndex,
  from,
  diskId: 'disk-of-B',
  incarnation: 1,
});

describe('§4.1: an append', () => {
  test('It promises its epoch and takes its entries in one batch, and is acknowledged only behind it', () => {
    const { b, entries } = follower();
    expect(operations(b)).toEqual([
      { type: 'promise', epoch: FIRST },
      { type: 'append', entries },
    ]);
    expect(atOnce(b.effects)).toEqual([{ type: 'note', note: { type: 'follows', primary: 'A', epoch: FIRST } }]);
    expect(saysBehindDisk(b, 'A')).toEqual([acknowledgement('B', FIRST, 5)]);
    expect(b.replica).toMatchObject({ promised: FIRST, commit: 2, agreed: 5 });
  });

  test('One of an older epoch than the promise is refused with the promise, and changes nothing', () => {
    const { b, at } = follower();
    b.later(500).hears('C', campaign(epoch('2.C'), { epoch: FIRST, index: 5 }));
    const before = b.replica;
    b.hears('A', append(FIRST, at(5), written(at(5), FIRST, add('u6'))));
    expect(b.effects).toEqual([
      { type: 'send', to: { node: 'A', unit: 'counter' }, message: { type: 'outdated', promised: epoch('2.C') } },
    ]);
    expect(b.replica).toEqual(before);
  });

  test('The same one again writes nothing, and its acknowledgement still waits for whatever is on its way to the disk', () => {
    const { b, base, entries } = follower();
    b.hears('A', append(FIRST, base, entries, 2));
    expect(b.effects).toEqual([behind([], toPeer('A', acknowledgement('B', FIRST, 5)))]);
  });

  test('A stale one does not truncate a newer suffix, and acknowledges only what it names (M08)', () => {
    const { b, base, entries } = follower();
    b.hears('A', append(FIRST, base, entries.slice(0, 3), 2));
    expect(operations(b)).toEqual([]);
    expect(saysBehindDisk(b, 'A')).toEqual([acknowledgement('B', FIRST, 3)]);
    expect(b.entries).toEqual(entries);
  });

  test('One that overlaps adds only what is new', () => {
    const { b, entries, at } = follower();
    const news = written(at(5), FIRST, add('u6'));
    b.hears('A', append(FIRST, at(3), [...entries.slice(3), ...news], 2));
    expect(operations(b)).toEqual([{ type: 'append', entries: news }]);
    expect(saysBehindDisk(b, 'A')).toEqual([acknowledgement('B', FIRST, 6)]);
  });

  test('One behind a gap is refused with the first index that is missing, behind the promise', () => {
    const b = new Actor('B', { configuration: THREE });
    const entries = written(last(b), FIRST, NOOP, add('u2'), add('u3'));
    b.hears('A', append(FIRST, the(entries[1]), entries.slice(2)));
    expect(operations(b)).toEqual([{ type: 'promise', epoch: FIRST }]);
    expect(saysBehindDisk(b, 'A')).toEqual([mismatched(FIRST, 2, 1)]);
    expect(saysAtOnce(b, 'A')).toEqual([]);
    expect(b.entries).toEqual([]);
  });

  test('Where the hash differs, it is refused with the first index of the conflicting epoch, and nothing is truncated yet', () => {
    const { b, at } = follower();
    const other = written(at(2), epoch('2.C'), NOOP, add('x4'), add('x5'));
    b.hears('C', append(epoch('2.C'), the(other[2]), [], 2));
    expect(saysBehindDisk(b, 'C')).toEqual([mismatched(epoch('2.C'), 5, 3)]);
    expect(operations(b)).toEqual([{ type: 'promise', epoch: epoch('2.C') }]);
    expect(b.entries).toHaveLength(5);
  });

  test('The first index of the conflicting epoch is looked for behind what is visible, and not in older epochs', () => {
    const { b, at } = follower();
    const second = written(at(5), epoch('2.C'), NOOP, add('x7'));
    b.hears('C', append(epoch('2.C'), at(5), second, 3));
    const third = written(at(5), epoch('3.A'), NOOP, add('y7'));
    b.hears('A', append(epoch('3.A'), the(third[1]), []));
    expect(saysBehindDisk(b, 'A')).toEqual([mismatched(epoch('3.A'), 7, 6)]);
  });

  test('A proven conflict is truncated from its first entry, in one batch with the promise and what takes its place', () => {
    const { b, entries, at } = follower();
    const second = epoch('2.C');
    const other = written(at(3), second, NOOP, add('x5'));
    b.hears('C', append(second, at(3), other, 2));
    expect(operations(b)).toEqual([
      { type: 'promise', epoch: second },
      { type: 'truncate', from: 4 },
      { type: 'append', entries: other },
    ]);
    expect(notes(b)).toContainEqual({ type: 'truncates', from: 4 });
    expect(b.entries).toEqual([...entries.slice(0, 3), ...other]);
    expect(saysBehindDisk(b, 'C')).toEqual([acknowledgement('B', second, 5)]);
  });

  test('A shorter log of a newer primary leaves the rest alone until it contradicts it', () => {
    const { b, at } = follower();
    b.hears('C', append(epoch('2.C'), at(4), [], 2));
    expect(b.entries).toHaveLength(5);
    expect(saysBehindDisk(b, 'C')).toEqual([acknowledgement('B', epoch('2.C'), 4)]);
    expect(b.replica.agreed).toBe(4);
  });

  test('What is not known to agree with the primary does not become visible, whatever it says is committed', () => {
    const { b, at } = follower();
    b.hears('C', append(epoch('2.C'), at(3), [], 5));
    expect(b.replica.commit).toBe(3);
    b.hears('C', heartbeat(epoch('2.C'), 1, 5));
    expect(b.replica.commit).toBe(3);
  });

  test('The hash of the place before the first entry is compared too: another cluster’s log never fits', () => {
    const stranger = new Actor('B', { configuration: cast({ A: 3, B: 2 }) });
    const b = new Actor('B', { configuration: THREE });
    const before = b.replica.log;
    b.hears('A', append(FIRST, last(stranger), written(last(stranger), FIRST, NOOP)));
    expect(b.replica.log).toBe(before);
    expect(says(b, 'A')).toEqual([]);
    expect(notes(b)).toContainEqual({ type: 'other-genesis', from: 'A' });
  });

  test('Entries that do not chain are not taken, and nothing is answered', () => {
    const { b, at } = follower();
    const [sixth, seventh] = written(at(5), FIRST, add('u6'), add('u7'));
    for (const broken of [
      [the(seventh)],
      [the(sixth), { ...the(seventh), previousHash: 1 }],
      [the(seventh), the(sixth)],
    ]) {
      b.hears('A', append(FIRST, at(5), broken));
      expect(says(b, 'A')).toEqual([]);
      expect(b.entries).toHaveLength(5);
    }
  });

  test('The Lamport time of what was taken is remembered', () => {
    const { b, entries } = follower();
    expect(entries.map(({ lamport }) => lamport)).toEqual([1, 2, 3, 4, 5]);
    expect(b.replica.lamport).toBe(5);
  });

  test('Even then the epoch that was promised becomes durable: the next answer in it may count on that', () => {
    const { b, at } = follower();
    const [sixth, seventh] = written(at(5), epoch('2.C'), NOOP, add('u7'));
    b.hears('C', append(epoch('2.C'), at(5), [the(seventh), the(sixth)]));
    expect(operations(b)).toEqual([{ type: 'promise', epoch: epoch('2.C') }]);
    expect(b.replica.promised).toEqual(epoch('2.C'));
  });
});

describe('§4.5: content is withheld from witnesses alone', () => {
  test('A data server takes no entry without its content, which it could not apply', () => {
    const { b, at } = follower();
    const withheld = written(at(5), FIRST, { type: 'withheld' });
    const before = b.replica.log;
    b.hears('A', append(FIRST, at(5), withheld, 6));
    expect(b.replica.log).toEqual(before);
    expect(b.replica.commit).toBe(2);
  });
});

describe('§4.1: a command that the app cannot read', () => {
  const unreadable: Body = { type: 'write', uuid: 'u6', issuedAt: WALL, command: { type: 'swap' } };

  test('It is not taken, nor what follows it; the log stands, and one warning names it', () => {
    const { b, at, entries } = follower();
    const news = written(at(5), FIRST, unreadable, add('u7'));
    b.hears('A', append(FIRST, at(5), news, 7));
    expect(notes(b)).toEqual([{ type: 'unreadable', from: 'A', index: 6, reason: 'by is a number' }]);
    b.hears('A', append(FIRST, at(5), news, 7));
    expect(notes(b)).toEqual([]);
    expect(b.replica).toMatchObject({ commit: 2, agreed: 5 });
    expect(b.entries).toEqual(entries);
    expect(saysBehindDisk(b, 'A')).toEqual([]);
  });

  test('A promise that comes with it is kept', () => {
    const { b, at } = follower();
    const next = epoch('2.C');
    b.hears('C', append(next, at(5), written(at(5), next, unreadable)));
    expect(operations(b)).toEqual([{ type: 'promise', epoch: next }]);
    expect(b.replica.promised).toEqual(next);
  });
});

describe('§9.3: what is visible stays', () => {
  test.each(['would truncate it', 'continues another entry there'])(
    'A primary whose log %s is refused with all it says, its epoch included',
    (how) => {
      const { b, at } = follower();
      const before = b.replica;
      const other = written(at(1), epoch('2.C'), NOOP);
      if (how === 'would truncate it') b.hears('C', append(epoch('2.C'), at(1), other));
      else b.hears('C', append(epoch('2.C'), the(other[0]), []));
      expect(b.replica).toEqual(before);
      expect(operations(b)).toEqual([]);
      expect(notes(b)).toEqual([{ type: 'contradicts-visible', from: 'C', index: 2 }]);
    },
  );

  test('So is a full copy that ends at a visible place with another entry there', () => {
    const { b, at } = follower();
    const before = b.replica;
    const base = { ...the(at(2)), hash: 1 };
    const snapshot = { ...b.replica.snapshot, base };
    b.hears('C', { type: 'install', epoch: epoch('2.C'), snapshot });
    expect(b.replica).toEqual(before);
    expect(notes(b)).toEqual([{ type: 'contradicts-visible', from: 'C', index: 2 }]);
  });
});

describe('A configuration in the log (§5.1)', () => {
  const smaller = cast({ A: 3, B: 2 });

  test('It counts from the moment it is appended, committed or not, and reverts when it is truncated', () => {
    const { b, at } = follower();
    b.hears('A', append(FIRST, at(5), written(at(5), FIRST, { type: 'configuration', configuration: smaller }), 2));
    expect(b.voters).toEqual(['A', 'B']);
    b.hears('C', append(epoch('2.C'), at(5), written(at(5), epoch('2.C'), NOOP), 2));
    expect(b.voters).toEqual(['A', 'B', 'C']);
    expect(b.replica.log.configurations).toHaveLength(1);
  });

  test('Whoever it names no more does not stand, from the same step on, and stands again when it reverts', () => {
    const c = new Actor('C', { configuration: THREE });
    const [noop, change] = written(last(c), FIRST, NOOP, { type: 'configuration', configuration: smaller });
    c.hears('A', append(FIRST, last(c), [the(noop)]));
    expect(c.replica.election.standAt).toBe(c.millis + 600);
    c.hears('A', append(FIRST, the(noop), [the(change)]));
    expect(c.replica.election.standAt).toBeUndefined();
    c.hears('B', append(epoch('2.B'), the(noop), written(the(noop), epoch('2.B'), NOOP)));
    expect(c.replica.election.standAt).toBe(c.millis + 600);
  });
});

test('An append of no epoch at all is older than any promise', () => {
  const { b, at } = follower();
  expect(says(b.hears('A', append(NO_EPOCH, at(5), [])), 'A')).toEqual([{ type: 'outdated', promised: FIRST }]);
});
