import { describe, expect, test } from 'vitest';
import { hashValue } from '../../src/protocol/model/value-hash.ts';
import { machineOf } from '../../src/protocol/replica/replica.ts';
import { ReplicaGroup } from '../support/protocol/replica-group.ts';
import { adding, cast } from '../support/protocol/replica-script.ts';

// Whole groups. With N−1 votes on witnesses any N−1 of N data servers may die, and the last one serves all that was ever
// acknowledged (§4.4, §4.5 and §5 together).

const WITNESSED = cast({ A: 3, B: 2, C: 1 }, { V: 1, W: 1 });

function acknowledgedIds(group: ReplicaGroup): readonly string[] {
  return group.replies.flatMap((reply) => (reply.type === 'done' ? [reply.id] : []));
}

describe('N−1 of N data servers die', () => {
  test('The highest rank is elected first', () => {
    expect(new ReplicaGroup(WITNESSED).passes(1_000).primary?.name).toBe('A');
  });

  test.each([
    ['the primary first', ['A', 'B'], 'C'],
    ['the secondaries', ['C', 'B'], 'A'],
    ['in between', ['B', 'A'], 'C'],
    ['all but the middle one', ['C', 'A'], 'B'],
  ])('One by one, %s: the last one serves, and has every acknowledged write', (_, victims, survivor) => {
    const group = new ReplicaGroup(WITNESSED).passes(1_000).asks(adding('w0', 1));
    for (const [place, victim] of victims.entries()) {
      group
        .kills(victim)
        .passes(4_000)
        .asks(adding(`w${place + 1}`, 10 ** (place + 1)))
        .passes(100);
    }
    expect(acknowledgedIds(group)).toEqual(['ask-w0', 'ask-w1', 'ask-w2']);
    expect(group.primary?.name).toBe(survivor);
    expect(group.primary?.state).toEqual({ total: 111, reserved: 0 });
    expect(group.primary?.voters).toEqual([survivor, 'V', 'W']);
  });

  test.each(['A', 'B', 'C'])('All at once but %s', (survivor) => {
    const group = new ReplicaGroup(WITNESSED).passes(1_000).asks(adding('w0', 1));
    group.kills(...['A', 'B', 'C'].filter((name) => name !== survivor)).passes(6_000);
    expect(group.primary?.name).toBe(survivor);
    expect(group.asks(adding('w1', 10)).primary?.state).toEqual({ total: 11, reserved: 0 });
    expect(acknowledgedIds(group)).toEqual(['ask-w0', 'ask-w1']);
  });

  test('A write that only the primary had when it died was not acknowledged, and a retry is applied once', () => {
    const group = new ReplicaGroup(WITNESSED).passes(1_000).kills('B', 'C').asks(adding('w0', 5));
    expect(acknowledgedIds(group)).toEqual([]);
    group.kills('A').starts('B', 'C').passes(3_000).asks(adding('w0', 5)).passes(4_000);
    group.starts('A').passes(20_000).asks(adding('w0', 5));
    expect(acknowledgedIds(group)).toEqual(['ask-w0', 'ask-w0']);
    for (const name of ['A', 'B', 'C']) expect(group.actor(name).state).toEqual({ total: 5, reserved: 0 });
  });

  test('Whoever comes back catches up, votes again, and ends with the same machine', () => {
    const group = new ReplicaGroup(WITNESSED, { snapshotEvery: 5, keepEntries: 1 }).passes(1_000).asks(adding('w0', 1));
    group.kills('A', 'B').passes(6_000);
    for (let number = 1; number <= 20; number += 1) group.asks(adding(`w${number}`, 1));
    group.starts('A', 'B').passes(30_000).asks(adding('w21', 1)).passes(200);
    expect(acknowledgedIds(group)).toHaveLength(22);
    expect(group.actor('A').replica.snapshot.base.index).toBeGreaterThan(15);
    expect(group.primary?.voters).toEqual(['A', 'B', 'C', 'V', 'W']);
    const hashes = ['A', 'B', 'C'].map((name) => hashValue(machineOf(group.actor(name).replica)));
    expect(new Set(hashes).size).toBe(1);
  });

  test('Without witnesses the last one of three serves no write: nobody could tell it from a partition', () => {
    const group = new ReplicaGroup(cast({ A: 3, B: 2, C: 1 })).passes(1_000).asks(adding('w0', 1));
    group.kills('A', 'B').passes(60_000);
    expect(group.primary).toBeUndefined();
  });

  test('All die and come back: a quorum of the newest configuration is enough', () => {
    const group = new ReplicaGroup(WITNESSED)
      .passes(1_000)
      .asks(adding('w0', 1))
      .kills('C')
      .passes(3_000)
      .asks(adding('w1', 2));
    group.kills('A', 'B', 'V', 'W').passes(1_000).starts('B', 'V', 'W').passes(6_000);
    expect(group.asks(adding('w2', 4)).passes(2_000).primary?.state).toEqual({ total: 7, reserved: 0 });
  });

  test('A returning higher rank does not campaign against a live primary: it is handed the lead once it has stayed', () => {
    const group = new ReplicaGroup(WITNESSED).passes(12_000).kills('A').passes(6_000).starts('A').passes(9_900);
    expect(group.primary?.leading.epoch).toEqual({ counter: 2, nodeId: 'B' });
    group.passes(1_000);
    expect(group.primary?.leading.epoch).toEqual({ counter: 3, nodeId: 'A' });
    expect(group.passes(60_000).primary?.leading.epoch).toEqual({ counter: 3, nodeId: 'A' });
  });

  test('One that lost the lead within flapWithin of taking it waits for its cool-down first', () => {
    const group = new ReplicaGroup(WITNESSED).passes(1_000).kills('A').passes(6_000).starts('A').passes(23_000);
    expect(group.primary?.name).toBe('B');
    expect(group.passes(2_000).primary?.name).toBe('A');
  });
});
