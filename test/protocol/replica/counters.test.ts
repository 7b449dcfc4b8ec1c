import { describe, expect, test } from 'vitest';
import { COUNTER_AT_MOST, JUMP_AT_MOST } from '../../../src/protocol/model/counters.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import { notes, operations, sends } from '../../support/protocol/effects-of.ts';
import { Actor, makePrimary } from '../../support/protocol/one-replica.ts';
import {
  add,
  append,
  campaign,
  cast,
  CLIENT,
  epoch,
  NOOP,
  ok,
  service,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const WITH_WITNESS = cast({ A: 3, B: 2, C: 1 }, { F: 1 });
const KNOWN = ['A', 'B', 'C', 'F'].map((nodeId) => service(nodeId));

const HIGHEST = Number.MAX_SAFE_INTEGER;

function primary(): Actor {
  return makePrimary(new Actor('A', { configuration: THREE }).knows(...KNOWN), 'B').syncs();
}

/** Every message that carries an epoch counter, as a stranger or a broken member says it. */
function saying(counter: number, nodeId: string): readonly Message[] {
  const promised = { counter, nodeId };
  return [
    { type: 'answer', round: 1, verdict: 'ok', promised },
    { type: 'voted', epoch: epoch('1.A'), granted: false, promised, diskId: 'none' },
    { type: 'outdated', promised },
    campaign(promised, { epoch: promised, index: 99 }),
    { type: 'heartbeat', epoch: promised, beat: 1, commit: 0 },
    append(promised, { index: 0, epoch: NO_EPOCH, hash: 1, lamport: 0, wall: 0 }, []),
    { type: 'requests', epoch: promised, lamport: 0, items: [] },
  ];
}

describe('§2.5: an epoch counter', () => {
  test.each([HIGHEST, 2 ** 53, COUNTER_AT_MOST + 1, 2 + JUMP_AT_MOST, 5])(
    'of a stranger (%i) changes nothing: neither promise nor counter, and the primary leads on',
    (counter) => {
      const a = primary();
      for (const message of saying(counter, 'zz')) {
        a.hears('zz', message);
        expect(operations(a)).toEqual([]);
      }
      expect(a.replica.promised).toEqual(epoch('1.A'));
      expect(a.replica.election.counter).toBe(1);
      expect(a.replica.leading).toBeDefined();
    },
  );

  test.each([HIGHEST, 2 ** 53, COUNTER_AT_MOST + 1, 2 ** 50])(
    'of a member (%i) changes nothing where elections cannot have come so far',
    (counter) => {
      const a = primary();
      for (const message of saying(counter, 'C')) a.hears('C', message);
      a.hears(CLIENT, { type: 'requests', epoch: { counter, nodeId: 'C' }, lamport: 0, items: [] });
      expect(a.replica.promised).toEqual(epoch('1.A'));
      expect(a.replica.election.counter).toBe(1);
      expect(a.replica.leading).toBeDefined();
    },
  );

  test.each(saying(2 + JUMP_AT_MOST, 'C'))(
    'of a member that is one step and one ahead is not taken at a word: %j',
    (word) => {
      const a = primary().hears('C', word);
      expect(a.replica).toMatchObject({ promised: epoch('1.A'), election: { counter: 1 } });
      expect(a.replica.leading).toBeDefined();
    },
  );

  test.each([2 ** 50, COUNTER_AT_MOST])(
    '%i is not believed by a witness that has heard of none: it follows the primary that there is',
    (counter) => {
      const w = new Actor('F', { configuration: WITH_WITNESS }).knows(...KNOWN);
      for (const message of saying(counter, 'C')) w.hears('C', message);
      expect(operations(w)).toEqual([]);
      w.hears('A', { type: 'heartbeat', epoch: epoch('1.A'), beat: 1, commit: 0 });
      expect(w.replica.election.primary).toBe('A');
      expect(w.replica.promised).toEqual(epoch('1.A'));
    },
  );

  test('that a member goes on saying is approached in steps, and exceeded: its promise binds it', () => {
    const a = primary();
    const promised = { counter: 5 * JUMP_AT_MOST, nodeId: 'C' };
    for (let word = 0; word < 4; word += 1) a.hears('C', { type: 'outdated', promised });
    expect(a.replica.leading).toBeDefined();
    a.hears('C', { type: 'outdated', promised });
    expect(a.replica.leading).toBeUndefined();
    a.later(2_000).wakes().hears('B', ok(a.replica.election.round));
    expect(a.replica.promised).toEqual({ counter: promised.counter + 1, nodeId: 'A' });
  });

  test('said without end does not bring the cluster to the end of the range', () => {
    const a = primary();
    for (let word = 0; word < 5_000; word += 1) {
      a.hears('C', { type: 'outdated', promised: { counter: COUNTER_AT_MOST, nodeId: 'C' } });
    }
    expect(a.replica.leading).toBeDefined();
    expect(a.replica.election.approached).toBeLessThan(0.51 * COUNTER_AT_MOST);
  });

  test.each(['B', 'C'])('of a deposed primary is passed on no further than its members believe (%s)', (name) => {
    const b = new Actor(name, { configuration: THREE }).knows(...KNOWN);
    const far = { counter: 3 * JUMP_AT_MOST, nodeId: 'A' };
    const end = { epoch: far, index: 0 };
    for (let word = 0; word < 2; word += 1) expect(sends(b.hears('A', campaign(far, end)), 'voted')).toEqual([]);
    b.hears('A', campaign(far, end));
    expect(b.replica.promised).toEqual(far);
  });

  test('that is high and may be true is exceeded by the next campaign', () => {
    const a = primary().hears('C', { type: 'outdated', promised: { counter: 2 ** 40, nodeId: 'C' } });
    expect(a.replica.leading).toBeUndefined();
    a.later(2_000).wakes().hears('B', ok(a.replica.election.round));
    expect(a.replica.promised).toEqual({ counter: 2 ** 40 + 1, nodeId: 'A' });
  });

  test('on a disk of an older release that no epoch follows: no campaign, and a note says what to do', () => {
    const promised = { counter: 2 ** 53, nodeId: 'zz' };
    const a = new Actor('A', { configuration: THREE, stored: { promised } }).knows(...KNOWN);
    a.later(2_000).wakes().hears('B', ok(a.replica.election.round));
    expect(notes(a)).toEqual([{ type: 'epochs-exhausted', promised }]);
    expect(operations(a)).toEqual([]);
    expect(sends(a, 'campaign')).toEqual([]);
  });
});

describe('§2.5: a Lamport time', () => {
  test.each([HIGHEST, 2 ** 53, 2 ** 50])(
    'of %i is gone towards, in steps, and leaves room for later entries',
    (lamport) => {
      const a = primary();
      for (const from of [CLIENT, { node: 'zz', unit: 'front-end' }]) {
        a.hears(from, { type: 'requests', epoch: NO_EPOCH, lamport, items: [] });
      }
      expect(a.replica.lamport).toBeLessThanOrEqual(1 + 2 * JUMP_AT_MOST);
      a.asked({ type: 'write', id: 'w', uuid: 'u', issuedAt: a.wall, command: { type: 'add', by: 1 } });
      expect(Number.isSafeInteger(a.entries.at(-1)?.lamport)).toBe(true);
      expect(a.entries.at(-1)?.lamport).toBeLessThan(lamport);
    },
  );

  test('at the end of the range, from an older release, stands still: what is written can be read back', () => {
    const last = written(
      { index: 0, epoch: NO_EPOCH, hash: primary().replica.log.base.hash, lamport: HIGHEST - 1, wall: 0 },
      epoch('1.A'),
      NOOP,
      add('u1'),
      add('u2'),
    );
    expect(last.map(({ lamport }) => lamport)).toEqual([HIGHEST, HIGHEST, HIGHEST]);
  });
});

test('§6.1: an answer to a heartbeat that was not sent yet proves no round of reads', () => {
  const a = primary();
  const { beat } = a.leading;
  a.hears('B', {
    type: 'heard',
    epoch: epoch('1.A'),
    beat: beat + 1,
    agreed: 0,
    diskId: 'cluster/B/1',
    incarnation: 1,
  });
  expect(a.leading.progress['B']?.beat).toBeLessThanOrEqual(beat);
});
