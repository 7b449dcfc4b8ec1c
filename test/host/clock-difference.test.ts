import { describe, expect, it } from 'vitest';
import { clockDifference, type ClockDifference, memberClock } from '../../src/host/clock-difference.ts';
import type { NodeId } from '../../src/protocol/model/epoch.ts';
import { HostGroup } from '../support/host/host-group.ts';

// Three data servers with a vote each, and a front end with two.

const DAY = 86_400_000;

function groupWith(ahead: Readonly<Record<NodeId, number>>): HostGroup {
  const group = new HostGroup();
  for (const [node, millis] of Object.entries(ahead)) group.ahead.set(node, millis);
  group.found();
  expect(group.run(5_000, () => group.primaryOf('events') !== undefined)).toBe(true);
  group.run(2_000);
  return group;
}

function differenceAt(group: HostGroup, node: NodeId): ClockDifference | undefined {
  return clockDifference(group.host(node), { wall: group.wallOf(node), millis: group.millis });
}

describe('How far a wall clock is from those of most voters', () => {
  it.each([
    ['s1', DAY],
    ['s2', DAY],
    ['s3', -DAY],
    ['f1', -660_000],
  ])('is told by %s, whose clock is wrong by %i ms, and by no other', (wrong, byMillis) => {
    const group = groupWith({ [wrong]: byMillis });
    for (const node of ['s1', 's2', 's3', 'f1']) {
      const difference = differenceAt(group, node);
      expect(difference).toMatchObject({ from: 'wall clocks', margin: 60_000 });
      expect(Math.abs((difference?.byMillis ?? DAY) - (node === wrong ? byMillis : 0))).toBeLessThan(500);
    }
  });

  it('is nothing again once the clock was set right, without a restart', () => {
    const group = groupWith({ s2: DAY });
    group.ahead.delete('s2');
    group.run(1_000);
    for (const node of ['s1', 's2', 's3', 'f1']) {
      expect(Math.abs(differenceAt(group, node)?.byMillis ?? DAY)).toBeLessThan(500);
    }
  });

  it('is unknown before a primary was heard', () => {
    const group = new HostGroup();
    group.found();
    expect(differenceAt(group, 's1')).toBeUndefined();
  });

  it('is told of each member by the primary alone', () => {
    const group = groupWith({ s3: -DAY });
    const primary = group.primaryOf('events') ?? '';
    for (const node of ['s1', 's2', 's3', 'f1']) {
      const replica = group.host(node).slots['events']?.replica;
      if (replica === undefined) throw new Error(`${node} has no replica`);
      const now = { wall: group.wallOf(node), millis: group.millis };
      const of = (member: NodeId): number | null => memberClock(replica, member, now);
      if (node !== primary) expect(of('s3')).toBeNull();
      else {
        expect(Math.abs((of('s3') ?? 0) + DAY)).toBeLessThan(500);
        expect(Math.abs(of('s2') ?? DAY)).toBeLessThan(500);
      }
    }
  });
});
