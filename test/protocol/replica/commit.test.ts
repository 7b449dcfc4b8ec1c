import { describe, expect, test } from 'vitest';
import { withhold } from '../../../src/protocol/model/log.ts';
import type { Message, Reply } from '../../../src/protocol/model/messages.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { replies, sends } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  acknowledgement,
  add,
  adding,
  append,
  cast,
  epoch,
  heartbeat,
  NOOP,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');

const done = (uuid: string, value: number, index: number, lamport = index): Reply => ({
  type: 'done',
  id: `ask-${uuid}`,
  outcome: { type: 'accepted', value },
  index,
  lamport,
  rests: [],
});

const primary = (settings: Partial<Settings> = {}, ...peers: string[]): Actor =>
  servingPrimary(new Actor('A', { configuration: THREE, settings }), ...(peers.length === 0 ? ['B', 'C'] : peers));

describe('§4.3: what is safe', () => {
  test('More than half of all votes have it on disk, the primary’s own disk counted like any other', () => {
    const a = primary().asked(adding('u2'));
    expect(a.leading.raftCommit).toBe(1);
    a.hears('B', acknowledgement('B', FIRST, 2));
    expect(a.leading.raftCommit).toBe(1);
    a.syncs();
    expect(a.leading.raftCommit).toBe(2);
  });

  test('Half of all votes is not enough, and votes weigh', () => {
    const a = makePrimary(new Actor('A', { configuration: cast({ A: 3, B: 2 }, { V: 1, W: 3 }) }), 'W').syncs();
    a.hears('V', acknowledgement('V', FIRST, 1)).hears('B', acknowledgement('B', FIRST, 1));
    expect(a.leading.raftCommit).toBe(0);
    a.hears('W', acknowledgement('W', FIRST, 1));
    expect(a.leading.raftCommit).toBe(1);
  });

  /**
   * Raft Figure 8 with five nodes. A leads in epoch 1 and gives entry 2 to B alone. E, elected by C and D, adds another
   * entry 2 and gives it to nobody. A leads again, in epoch 3, and C takes entry 2 of epoch 1: it is now on A, B and C, a
   * majority. If A counted it and died, E (whose entry 2 has the newer epoch) would be elected by B, C and D, and undo it.
   */
  test('An entry of an older epoch counts only together with one of the primary’s own (Raft Figure 8)', () => {
    const five = cast({ A: 5, B: 4, C: 3, D: 2, E: 1 });
    const a = servingPrimary(new Actor('A', { configuration: five }), 'B', 'C', 'D', 'E')
      .asked(adding('u2'))
      .syncs();
    a.hears('B', acknowledgement('B', FIRST, 2));
    a.hears('E', heartbeat(epoch('2.E'), 1)).later(600);
    makePrimary(a, 'B', 'C');
    const third = a.leading.epoch;
    expect(third).toEqual(epoch('3.A'));
    a.hears('B', acknowledgement('B', third, 2))
      .hears('C', acknowledgement('C', third, 2))
      .syncs();
    expect(a.leading).toMatchObject({ first: 3, raftCommit: 1 });
    expect(a.replica.commit).toBe(1);
    a.hears('B', acknowledgement('B', third, 3)).hears('C', acknowledgement('C', third, 3));
    expect(a.leading.raftCommit).toBe(3);
  });

  test('With the bug M06 planted, the entry of the older epoch is counted', () => {
    const five = cast({ A: 5, B: 4, C: 3, D: 2, E: 1 });
    const a = makePrimary(new Actor('A', { configuration: five, planted: ['commits-entry-of-older-epoch'] }), 'B', 'C')
      .asked(adding('u2'))
      .syncs();
    a.hears('E', heartbeat(epoch('2.E'), 1)).later(600);
    const third = makePrimary(a, 'B', 'C').leading.epoch;
    a.syncs()
      .hears('B', acknowledgement('B', third, 2))
      .hears('C', acknowledgement('C', third, 2));
    expect(a.leading.raftCommit).toBe(2);
  });
});

describe('§4.4: what is visible', () => {
  test('Every data voter has it on disk; until then it is safe, but neither applied nor acknowledged', () => {
    const a = primary()
      .asked(adding('u2', 5))
      .syncs()
      .hears('B', acknowledgement('B', FIRST, 2));
    expect(a.leading.raftCommit).toBe(2);
    expect(a.replica.commit).toBe(1);
    expect(a.state).toEqual({ total: 0, reserved: 0 });
    expect(replies(a)).toEqual([]);
    a.hears('C', acknowledgement('C', FIRST, 2));
    expect(a.replica.commit).toBe(2);
    expect(a.state).toEqual({ total: 5, reserved: 0 });
    expect(replies(a)).toEqual([done('u2', 5, 2)]);
  });

  test('Witnesses are not waited for once a majority has it', () => {
    const a = servingPrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }, { W: 1 }) }), 'B');
    expect(a.replica.commit).toBe(1);
  });

  test('A majority without every data voter is not enough, even if it is all the others and the witnesses', () => {
    const a = makePrimary(
      new Actor('A', { configuration: cast({ A: 3, B: 2, C: 1 }, { V: 1, W: 1 }) }),
      'B',
      'V',
    ).syncs();
    acknowledged(a, 'B', 'V', 'W');
    expect(a.leading.raftCommit).toBe(1);
    expect(a.replica.commit).toBe(0);
  });

  test('Learners are not waited for', () => {
    const [, , c] = THREE.voters;
    const a = new Actor('A', { configuration: { voters: THREE.voters.slice(0, 2), learners: c ? [c] : [] } });
    expect(servingPrimary(a, 'B').replica.commit).toBe(1);
  });

  test('With acknowledge: majority, what is safe is visible', () => {
    const a = primary({ acknowledge: 'majority' }).asked(adding('u2', 5)).syncs();
    a.hears('B', acknowledgement('B', FIRST, 2));
    expect(a.replica.commit).toBe(2);
    expect(replies(a)).toEqual([done('u2', 5, 2)]);
  });

  test('While a removal is not safe yet, the voter that leaves is still waited for', () => {
    const a = primary().asked(adding('u2'));
    acknowledged(a.syncs(), 'B');
    for (let beat = 0; beat < 15; beat += 1) a.wakesOnTime().hears('B', heard(a, 'B', 2));
    expect(a.voters).toEqual(['A', 'B']);
    expect(a.replica.commit).toBe(1);
    // The removal is on A's disk; B has it not. In {A,B,C} one of three is no majority, and in {A,B} neither.
    a.syncs();
    expect(a.replica.commit).toBe(1);
    a.hears('B', acknowledgement('B', FIRST, 3));
    expect(a.replica.commit).toBe(3);
  });

  test('{A,B} with A primary commits {A} alone: a dead data voter cannot veto its own removal', () => {
    const two = cast({ A: 2, B: 1 });
    const a = servingPrimary(new Actor('A', { configuration: two, settings: { quorumWithin: 2_000 } }), 'B').asked(
      adding('u2', 7),
    );
    a.syncs();
    for (let beat = 0; beat < 14; beat += 1) a.wakesOnTime();
    expect(a.voters).toEqual(['A', 'B']);
    a.wakesOnTime();
    expect(a.voters).toEqual(['A']);
    expect(a.replica.commit).toBe(1);
    a.syncs();
    expect(a.replica.commit).toBe(3);
    expect(replies(a)).toEqual([done('u2', 7, 2)]);
  });

  test('Visible never goes back: a new primary starts at what it knew', () => {
    const a = primary().asked(adding('u2')).syncs();
    a.hears('B', heartbeat(epoch('2.B'), 1)).later(600);
    makePrimary(a, 'B');
    expect(a.replica.commit).toBe(1);
    expect(a.leading.raftCommit).toBe(1);
    acknowledged(a.syncs(), 'B', 'C');
    expect(a.replica.commit).toBe(3);
  });

  test('A write that every secondary has survives any primary: the next one makes it visible with its no-op', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(FIRST, last(b), written(last(b), FIRST, NOOP, add('u2', 9))))
      .syncs()
      .later(500);
    makePrimary(b, 'C').syncs();
    expect(b.replica.commit).toBe(0);
    expect(acknowledged(b, 'C', 'A').state).toEqual({ total: 9, reserved: 0 });
  });
});

describe('minInSync', () => {
  test('Below it writes are refused as busy', () => {
    const a = servingPrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }), settings: { minInSync: 3 } }), 'B');
    expect(replies(a.asked(adding('u2')))).toEqual([{ type: 'unserved', id: 'ask-u2', reason: 'busy' }]);
    expect(sends(a, 'append')).toEqual([]);
  });
});

describe('§4.5: a witness never outruns a survivor', () => {
  const WITNESSED = cast({ A: 3, B: 2, C: 1 }, { W: 2 });

  test('It is given an entry only when every data voter that is not silent has it on disk', () => {
    const a = makePrimary(new Actor('A', { configuration: WITNESSED }), 'B', 'C');
    expect(toWitness(a)).toEqual([]);
    expect(toWitness(a.hears('B', acknowledgement('B', FIRST, 1)))).toEqual([]);
    expect(toWitness(a.hears('C', acknowledgement('C', FIRST, 1)))).toEqual([]);
    expect(toWitness(a.syncs())).toHaveLength(1);
  });

  test('A silent data voter, or one said to be dead, is not waited for', () => {
    const silent = makePrimary(new Actor('A', { configuration: WITNESSED }), 'B', 'C').syncs();
    acknowledged(silent, 'B')
      .later(400)
      .hears('B', heard(silent, 'B', 1));
    expect(toWitness(silent)).toEqual([]);
    expect(toWitness(silent.later(1).hears('B', heard(silent, 'B', 1)))).toHaveLength(1);

    const hinted = acknowledged(makePrimary(new Actor('A', { configuration: WITNESSED }), 'B', 'C').syncs(), 'B');
    expect(toWitness(hinted.takes({ type: 'suspected', nodeId: 'C' }))).toHaveLength(1);
  });

  test('It gets the shape of the log, and configurations in full', () => {
    const a = acknowledged(
      servingPrimary(new Actor('A', { configuration: WITNESSED }), 'B', 'C')
        .asked(adding('u2'))
        .syncs(),
      'B',
      'C',
    );
    expect(toWitness(a)[0]?.message.entries).toEqual([{ ...a.entries[1], body: { type: 'withheld' } }]);
    for (let beat = 0; beat < 15; beat += 1)
      a.wakesOnTime()
        .hears('B', heard(a, 'B', 2))
        .hears('W', acknowledgement('W', FIRST, 2));
    acknowledged(a.syncs(), 'B');
    expect(a.voters).toEqual(['A', 'B', 'W']);
    expect(toWitness(a)[0]?.message.entries).toEqual(a.entries.slice(2));
  });

  test('It keeps the chain, answers with its disk like anybody, and applies nothing', () => {
    const w = new Actor('W', { configuration: WITNESSED });
    const entries = written(last(w), FIRST, NOOP, add('u2'));
    const withheld = entries.map(withhold);
    w.hears('A', append(FIRST, last(w), withheld, 2));
    expect(sends(w, 'appended')).toEqual([{ to: 'A', message: acknowledgement('W', FIRST, 2) }]);
    expect(w.replica).toMatchObject({ commit: 2, machine: undefined });
    expect(replies(w.asked(adding('u3')))).toEqual([{ type: 'unserved', id: 'ask-u3', reason: 'not-primary' }]);
  });
});

describe('§4.7: a witness that nothing waits for is told once in a heartbeat', () => {
  const WITNESSED = cast({ A: 3, B: 2, C: 1 }, { W: 2 });
  const told = (): Actor =>
    servingPrimary(new Actor('A', { configuration: WITNESSED }), 'B', 'C').hears('W', acknowledgement('W', FIRST, 1));

  test('While all data voters are heard they are a quorum by themselves, and several writes go in one append', () => {
    const a = writes(writes(told(), 'u2'), 'u3');
    expect(a.replica.commit).toBe(3);
    expect(toWitness(a)).toEqual([]);
    expect(toWitness(a.later(50).hears('B', heard(a, 'B', 3)))).toEqual([]);
    expect(toWitness(a.wakesOnTime())[0]?.message.entries.map(({ index }) => index)).toEqual([2, 3]);
  });

  test('Where a data voter is silent or said to be dead the witness is needed, and told at once', () => {
    const a = told().asked(adding('u2')).syncs();
    acknowledged(a, 'B');
    expect(toWitness(a)).toEqual([]);
    expect(toWitness(a.takes({ type: 'suspected', nodeId: 'C' }))[0]?.message.entries).toHaveLength(1);
    expect(a.leading.raftCommit).toBe(1);
    expect(a.hears('W', acknowledgement('W', FIRST, 2)).leading.raftCommit).toBe(2);
  });

  test('Half a batch is not put off', () => {
    const a = servingPrimary(new Actor('A', { configuration: WITNESSED, settings: { batchAtMost: 4 } }), 'B', 'C');
    writes(a.hears('W', acknowledgement('W', FIRST, 1)), 'u2');
    expect(toWitness(a)).toEqual([]);
    expect(toWitness(writes(a, 'u3'))[0]?.message.entries).toHaveLength(2);
  });
});

function writes(a: Actor, uuid: string): Actor {
  return acknowledged(a.asked(adding(uuid)).syncs(), 'B', 'C');
}

function toWitness(actor: Actor): readonly { readonly message: Extract<Message, { type: 'append' }> }[] {
  return sends(actor, 'append').filter(({ to }) => to === 'W');
}
