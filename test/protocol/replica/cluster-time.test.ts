import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/protocol/model/entry.ts';
import type { Epoch, NodeId } from '../../../src/protocol/model/epoch.ts';
import { chain } from '../../../src/protocol/model/log.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { clusterTime, OUTAGE_AT_MOST } from '../../../src/protocol/replica/cluster-time.ts';
import { sends } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, last, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  adding,
  append,
  campaign,
  cast,
  diskOf,
  epoch,
  NOOP,
  ok,
  service,
  the,
  WALL,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const DAY = 86_400_000;

function actor(name: NodeId, planted: readonly PlantedBug[] = []): Actor {
  return new Actor(name, { configuration: THREE, planted }).knows(...['A', 'B', 'C'].map((node) => service(node)));
}

function stamped(before: Actor, by: Epoch, wall: number): Entry {
  return chain(last(before), by, { lamport: 0, wall }, NOOP);
}

/** B has the no-op of A's first tenure, stamped `wall`. */
function followerAt(wall: number, planted: readonly PlantedBug[] = []): Actor {
  const b = actor('B', planted);
  return b.hears('A', append(epoch('1.A'), last(b), [stamped(b, epoch('1.A'), wall)])).syncs();
}

function timeAt({ replica, millis, wall, chance }: Actor): number {
  return the(clusterTime({ draft: replica, now: { millis, wall, chance } }));
}

function beat(by: Epoch, number: number, time: number): Message {
  return { type: 'heartbeat', epoch: by, beat: number, commit: 0, time };
}

function vote(from: NodeId, { replica: { promised } }: Actor, time: number | undefined, since?: number): Message {
  return { type: 'voted', epoch: promised, granted: true, promised, diskId: diskOf(from), time, since };
}

/** The answer to the newest heartbeat, by a wall clock that shows `wall`. */
function heardBy(a: Actor, from: NodeId, wall: number): Message {
  const { epoch: by, beat: number } = a.leading;
  return { type: 'heard', epoch: by, beat: number, agreed: 0, diskId: diskOf(from), incarnation: 1, wall };
}

describe('§7.8: a replica’s idea of the time', () => {
  test('goes on from its newest entry by its monotonic clock, whatever its wall clock shows', () => {
    const b = followerAt(WALL + 100_000).later(5_000);
    b.wall += 3 * DAY;
    expect(timeAt(b)).toBe(WALL + 105_000);
  });

  test.each([
    { planted: [] as const, time: WALL + 101_000 },
    { planted: ['keeps-time-of-earlier-tenure'] as const, time: WALL + 105_000 },
  ])('is that of an entry of a newer epoch, even if that puts it back ($planted)', ({ planted, time }) => {
    const b = followerAt(WALL + 100_000, planted).later(5_000);
    b.hears('C', append(epoch('2.C'), last(b), [stamped(b, epoch('2.C'), WALL + 101_000)]));
    expect(timeAt(b)).toBe(time);
  });

  test('is brought forward by a heartbeat of the epoch of its newest entry, and never put back by one', () => {
    const b = followerAt(WALL).later(1_000);
    b.hears('A', beat(epoch('1.A'), 1, WALL + 1_200));
    expect(timeAt(b)).toBe(WALL + 1_200);
    b.hears('A', beat(epoch('1.A'), 2, WALL + 300));
    expect(timeAt(b)).toBe(WALL + 1_200);
  });

  test('is not moved by a heartbeat of another epoch', () => {
    const b = followerAt(WALL).later(1_000);
    b.hears('C', beat(epoch('2.C'), 1, WALL + DAY));
    expect(b.replica.promised).toEqual(epoch('2.C'));
    expect(timeAt(b)).toBe(WALL + 1_000);
  });

  test.each([
    { where: 'at the same entry', end: epoch('1.A'), more: 0, time: WALL + 1_000 },
    { where: 'further in the same epoch', end: epoch('1.A'), more: 1, time: WALL + 1_000 },
    { where: 'in a newer epoch', end: epoch('2.C'), more: 0, time: undefined },
  ])('is reported to a candidate whose log ends $where as $time', ({ end, more, time }) => {
    const b = followerAt(WALL).later(1_000);
    b.hears('C', campaign(epoch('3.C'), { epoch: end, index: last(b).index + more }));
    expect(sends({ effects: b.told }, 'voted').at(-1)?.message).toMatchObject({ granted: true });
    expect(sends({ effects: b.told }, 'voted').at(-1)?.message.time).toBe(time);
  });
});

/** A, restarted, with a no-op of B's tenure stamped `WALL` that its disk got `outage` before, by A's wall clock. */
function restarted(outage: number, planted: readonly PlantedBug[] = []): Actor {
  const entries = [stamped(actor('A'), epoch('1.B'), WALL)];
  const stored = { promised: epoch('1.B'), entries, wall: WALL - outage };
  const a = new Actor('A', { configuration: THREE, planted, stored });
  return a.knows(...['A', 'B', 'C'].map((node) => service(node)));
}

/** A campaigns, and B grants its vote and reports `time`. */
function elected(a: Actor, time: number | undefined): Actor {
  if (a.replica.election.phase.type === 'resting') a.wakesOnTime();
  a.hears('B', ok(a.replica.election.round)).syncs();
  return a.hears('B', vote('B', a, time));
}

function noopOf(a: Actor): number {
  return the(a.entries.find(({ epoch: by }) => by.nodeId === 'A')).wall;
}

describe('§7.8: a tenure', () => {
  test('begins where more than half of all votes say the time has come', () => {
    const began = noopOf(elected(restarted(3_600_000), WALL + 1_000_000));
    expect(began).toBe(WALL + 1_000_000);
  });

  test('begins at its last entry where one voter alone says so, however far that one is', () => {
    expect(noopOf(elected(restarted(3_600_000), undefined))).toBe(WALL);
    expect(noopOf(elected(restarted(0), WALL + 30 * DAY))).toBeLessThan(WALL + 10_000);
  });

  test.each([
    { since: 'the entry before its last', index: 1, planted: [] as const, isBelieved: false },
    { since: 'its last entry', index: 2, planted: [] as const, isBelieved: true },
    {
      since: 'the entry before its last',
      index: 1,
      planted: ['believes-time-since-earlier-entries'] as const,
      isBelieved: true,
    },
  ])(
    'begins later than by the own clock where others say so that measured since $since: $isBelieved ($planted)',
    (one) => {
      const configuration = cast({ A: 2, B: 1 }, { F: 2 });
      const a = new Actor('A', { configuration, planted: one.planted });
      a.knows(service('A'), service('B'), service('F', { kind: 'frontend' }));
      for (const wall of [WALL, WALL + 10]) {
        a.hears('B', append(epoch('1.B'), last(a), [stamped(a, epoch('1.B'), wall)])).syncs();
      }
      a.later(9_000).wakesOnTime();
      a.hears('B', ok(a.replica.election.round)).hears('F', ok(a.replica.election.round)).syncs();
      for (const voter of ['B', 'F']) a.hears(voter, vote(voter, a, WALL + 3_600_000, one.index));
      expect(noopOf(a)).toBe(one.isBelieved ? WALL + 3_600_000 : WALL + 9_010);
    },
  );

  test('begins no later than by the own wall clock, after a restart, where others lack its last entry', () => {
    expect(noopOf(elected(restarted(500_000), WALL + 1_000_000))).toBeLessThan(WALL + 510_000);
    expect(noopOf(elected(restarted(500_000), WALL + 400_000))).toBe(WALL + 400_000);
  });

  test('believes in no outage of more than a day', () => {
    expect(noopOf(elected(restarted(3 * DAY), WALL + OUTAGE_AT_MOST + 1))).toBe(WALL);
    expect(noopOf(elected(restarted(3 * DAY), WALL + OUTAGE_AT_MOST))).toBe(WALL + OUTAGE_AT_MOST);
  });

  test.each([
    { planted: [] as const, isMoved: false },
    { planted: ['raises-time-after-noop'] as const, isMoved: true },
  ])('is not moved by a report that comes after its no-op ($planted)', ({ planted, isMoved }) => {
    const a = elected(restarted(3_600_000, planted), undefined);
    a.hears('C', vote('C', a, WALL + 1_000_000));
    expect(timeAt(a) > WALL + 900_000).toBe(isMoved);
  });

  test('stamps by the monotonic clock whatever wall clocks do: never back, never ahead of what has passed', () => {
    const jump = fc.integer({ min: -2 * DAY, max: 2 * DAY });
    const deeds = fc.array(fc.record({ pause: fc.nat(90), own: fc.option(jump), others: jump }), { maxLength: 40 });
    fc.assert(
      fc.property(deeds, (script) => {
        const a = servingPrimary(actor('A'), 'B', 'C');
        const begin = a.millis;
        const stamps = [last(a).wall];
        for (const [number, { pause, own, others }] of script.entries()) {
          a.later(pause);
          if (own !== null) a.wall += own;
          for (const peer of ['B', 'C']) a.hears(peer, heardBy(a, peer, WALL + others));
          a.asked(adding(`u${number}`, 1, timeAt(a))).syncs();
          acknowledged(a, 'B', 'C');
          stamps.push(last(a).wall);
        }
        for (const [place, stamp] of stamps.entries()) expect(stamp).toBeGreaterThanOrEqual(stamps[place - 1] ?? 0);
        const passed = a.millis - begin;
        expect((stamps.at(-1) ?? 0) - (stamps[0] ?? 0)).toBeLessThanOrEqual(passed * 1.001 + 1);
      }),
      { numRuns: 50 },
    );
  });

  test('never stamps before its last entry, though that one is days ahead of all clocks', () => {
    const b = actor('A');
    b.hears('B', append(epoch('1.B'), last(b), [stamped(b, epoch('1.B'), WALL + 3 * DAY)])).syncs();
    b.later(10_000);
    elected(b, undefined).syncs();
    expect(noopOf(b)).toBeGreaterThanOrEqual(WALL + 3 * DAY);
  });
});
