import { describe, expect, test } from 'vitest';
import { NOTHING_PLANTED } from '../../../src/protocol/model/mutants.ts';
import { faultSchema } from '../../../src/sim/plan/fault.ts';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import { createClients } from '../../../src/sim/world/clients.ts';
import { FIRST_WALL, readClocksOf } from '../../../src/sim/world/clock.ts';
import { runNextEvent } from '../../../src/sim/world/events.ts';
import { inject } from '../../../src/sim/world/faults.ts';
import { recover } from '../../../src/sim/world/node-faults.ts';
import { start } from '../../../src/sim/world/process.ts';
import { nodeNamed, type SimNode, type World } from '../../../src/sim/world/world.ts';
import { createWorld, planOf, runPlan } from '../../support/sim/bundled.ts';

/** A cluster that has just been started. Its messages take a millisecond, its disks too. */
function cluster(input: PlanInput = {}): World {
  const plan = planOf({
    network: { delayMicros: [1_000] },
    disk: { syncMicros: [1_000], saveMicros: [1_000] },
    ...input,
  });
  const world = createWorld(plan, NOTHING_PLANTED, true);
  for (const node of world.nodes.values()) start(world, node);
  createClients(world);
  return world;
}

function pass(world: World, millis: number): void {
  const until = world.now + millis * 1_000;
  while (runNextEvent(world, until));
  world.now = until;
  expect(world.verdict).toBeUndefined();
}

function does(world: World, fault: Record<string, unknown>): void {
  inject(world, faultSchema.parse({ at: 0, ...fault }));
}

function isUp(world: World, node: string): boolean {
  return nodeNamed(world, node).host !== undefined;
}

function primary(world: World): SimNode {
  const found = [...world.nodes.values()].find((node) => node.seen.get('users')?.leading !== undefined);
  if (found === undefined) throw new Error('nobody leads');
  return found;
}

function note(world: World, key: string): number {
  return world.notes.get(key) ?? 0;
}

function lines(world: World, text: string): readonly string[] {
  return world.trace.lines?.filter((line) => line.includes(text)) ?? [];
}

type FaultInput = NonNullable<PlanInput['faults']>[number];

/** When the links called “loose” broke and healed in a run. */
function flapsOf(faults: readonly FaultInput[]): readonly string[] {
  const { trace } = runPlan(planOf({ horizon: 4_000, faults: [...faults] }), { trace: true });
  return (trace ?? []).filter((line) => / loose (breaks|heals)$/.test(line));
}

/** A user is made through f1. */
const ADA = {
  at: 2_000,
  client: 'c1',
  through: 'f1',
  method: 'POST',
  path: '/users/create',
  body: { username: 'Ada' },
} as const;

/** A write every 200 ms, by one client that asks until it is answered. */
const BUSY: PlanInput['workload'] = { clients: 1, requests: 60, think: 200, mix: { 'create-user': 1 }, keyed: 1_000 };

describe('a slow process', () => {
  test('takes one input after the other, each late, and catches up when it is fast again.', () => {
    const world = cluster();
    pass(world, 2_000);
    does(world, { type: 'slow-process', node: 's1', stepMicros: 80_000 });
    pass(world, 600);
    const slow = nodeNamed(world, 's1');
    expect(slow.backlog.length).toBeGreaterThan(5);
    const asked = slow.clock.asked;
    pass(world, 400);
    expect(slow.clock.asked - asked).toBe(5);
    const waiting = slow.backlog.filter(({ type }) => type === 'message').length;
    does(world, { type: 'fast-process', node: 's1' });
    expect(slow.backlog).toEqual([]);
    pass(world, 0);
    expect(slow.clock.asked - asked).toBeGreaterThanOrEqual(5 + waiting);
  });

  test('that crashes forgets what it had not taken yet.', () => {
    const world = cluster();
    pass(world, 2_000);
    does(world, { type: 'slow-process', node: 's1', stepMicros: 100_000 });
    pass(world, 500);
    does(world, { type: 'crash', node: 's1' });
    expect(nodeNamed(world, 's1').backlog).toEqual([]);
    does(world, { type: 'restart' });
    pass(world, 500);
    expect(isUp(world, 's1')).toBe(true);
  });
});

describe('a stuck disk', () => {
  test('takes writes that come to no end, until it is freed.', () => {
    const world = cluster({ workload: BUSY, settings: { stallFor: 60_000 } });
    pass(world, 2_000);
    const leader = primary(world);
    does(world, { type: 'stick-disk', node: leader.id });
    const commit = leader.seen.get('users')?.commit;
    pass(world, 3_000);
    expect(leader.heldUp.length).toBeGreaterThan(0);
    expect([...leader.disks.values()].some((disk) => disk.writing !== undefined)).toBe(true);
    expect(leader.seen.get('users')?.commit).toBe(commit);
    does(world, { type: 'free-disk', node: leader.id });
    pass(world, 500);
    expect(leader.heldUp).toEqual([]);
    expect(leader.seen.get('users')?.agreed).toBeGreaterThan(commit ?? 0);
  });

  test('lets a process that starts wait for it.', () => {
    const world = cluster();
    does(world, { type: 'crash', node: 's2' });
    does(world, { type: 'stick-disk', node: 's2' });
    does(world, { type: 'restart', node: 's2' });
    pass(world, 100);
    expect(isUp(world, 's2')).toBe(false);
    does(world, { type: 'free-disk', node: 's2' });
    expect(isUp(world, 's2')).toBe(true);
  });
});

describe('a full disk', () => {
  test('stops the process at its next write and every process after it, until there is room.', () => {
    const world = cluster({ workload: BUSY });
    pass(world, 2_000);
    does(world, { type: 'fill-disk', node: 's2' });
    expect(isUp(world, 's2')).toBe(true);
    pass(world, 1_000);
    expect(isUp(world, 's2')).toBe(false);
    expect(note(world, 'disk-full at s2')).toBe(1);
    const { life } = nodeNamed(world, 's2');
    does(world, { type: 'restart', node: 's2' });
    expect(isUp(world, 's2')).toBe(false);
    expect(note(world, 'refuses-to-start at s2')).toBe(1);
    does(world, { type: 'empty-disk', node: 's2' });
    does(world, { type: 'restart', node: 's2' });
    expect(isUp(world, 's2')).toBe(true);
    expect(nodeNamed(world, 's2').life).toBe(life + 1);
  });
});

describe('a sync that fails', () => {
  test('stops the process once.', () => {
    const world = cluster({ workload: BUSY });
    pass(world, 2_000);
    does(world, { type: 'fail-sync', node: 's2' });
    pass(world, 1_000);
    expect(isUp(world, 's2')).toBe(false);
    expect(note(world, 'sync-failed at s2')).toBe(1);
    does(world, { type: 'restart' });
    pass(world, 3_000);
    expect(isUp(world, 's2')).toBe(true);
    expect(note(world, 'sync-failed')).toBe(1);
  });
});

describe('a disk that cannot be trusted', () => {
  test('shows its rot to the next process only, which refuses to start, for good.', () => {
    const world = cluster();
    pass(world, 1_000);
    does(world, { type: 'rot-disk', node: 's2' });
    pass(world, 1_000);
    expect(isUp(world, 's2')).toBe(true);
    expect(nodeNamed(world, 's2').isLost).toBe(false);
    does(world, { type: 'crash', node: 's2' });
    expect(nodeNamed(world, 's2').isLost).toBe(true);
    does(world, { type: 'restart', node: 's2' });
    recover(world, nodeNamed(world, 's2'));
    expect(isUp(world, 's2')).toBe(false);
    expect(lines(world, 'does not start: what its disk held is lost')).toHaveLength(2);
  });

  test('takes its process along when it is lost, and no other one starts without it.', () => {
    const world = cluster();
    pass(world, 1_000);
    does(world, { type: 'lose-disk', node: 's2' });
    expect(isUp(world, 's2')).toBe(false);
    recover(world, nodeNamed(world, 's2'));
    expect(isUp(world, 's2')).toBe(false);
  });

  test('takes a front end along, too, even one without a vote: it may have been given one, and promised.', () => {
    const world = cluster({ servers: 1 });
    pass(world, 1_000);
    does(world, { type: 'lose-disk', node: 'f1' });
    expect(isUp(world, 'f1')).toBe(false);
    recover(world, nodeNamed(world, 'f1'));
    expect(isUp(world, 'f1')).toBe(false);
  });

  test('is survived by the rest: two of three servers lose their disks one after the other, and the third serves.', () => {
    const plan = planOf({
      faults: [
        { type: 'lose-disk', at: 3_000, node: 'primary of events' },
        { type: 'rot-disk', at: 7_000, node: 'primary of events' },
        { type: 'crash', at: 7_100, node: 'primary of events' },
        { type: 'restart', at: 7_500 },
      ],
      workload: BUSY,
      horizon: 12_000,
      ending: 'all',
    });
    const { verdict, liveness, notes } = runPlan(plan);
    expect({ verdict, liveness }).toEqual({ verdict: 'ok', liveness: 'served' });
    expect(notes['refuses-to-start']).toBe(2);
  });
});

describe('clocks', () => {
  test('jump, and are set right again.', () => {
    const world = cluster({ clocks: { wallSpread: 50 } });
    const { clock } = nodeNamed(world, 's1');
    const wrong = clock.wallMillis;
    does(world, { type: 'jump-clock', node: 's1', byMillis: -90_000 });
    expect(readClocksOf(clock, 5_000_000).wall).toBe(FIRST_WALL + wrong - 90_000 + 5_000);
    does(world, { type: 'set-clock', node: 's1' });
    expect(readClocksOf(clock, 5_000_000).wall).toBe(FIRST_WALL + 5_000);
  });

  test.each([
    ['runs', 1_000],
    ['stops', 0],
  ] as const)('a monotonic clock that %s in a pause shows %i ms more after a second of it.', (how, more) => {
    const world = cluster();
    pass(world, 500);
    const { clock } = nodeNamed(world, 's3');
    const before = readClocksOf(clock, world.now);
    does(world, { type: 'pause', node: 's3', clock: how });
    pass(world, 1_000);
    does(world, { type: 'resume', node: 's3' });
    const after = readClocksOf(clock, world.now);
    expect(Math.round(after.millis - before.millis)).toBe(more);
    expect(after.wall - before.wall).toBe(1_000);
  });

  test('a crash in the middle of a pause ends it, for the clock too.', () => {
    const world = cluster();
    does(world, { type: 'pause', node: 's3', clock: 'stops' });
    pass(world, 1_000);
    does(world, { type: 'crash', node: 's3' });
    does(world, { type: 'restart', node: 's3' });
    pass(world, 1_000);
    expect(nodeNamed(world, 's3').clock.standsSince).toBeUndefined();
    expect(note(world, 'follows at s3')).toBeGreaterThan(0);
  });

  test.each([-7_200_000, 7_200_000])(
    'that jump by hours at a primary and a front end are told apart from bugs: %i ms.',
    (byMillis) => {
      const { violation } = runPlan(
        planOf({
          faults: [
            { type: 'jump-clock', at: 2_500, node: 'f1', byMillis },
            { type: 'set-clock', at: 4_000, node: 'f1' },
          ],
          workload: { ...BUSY, clients: 2, keyed: 0 },
          horizon: 4_500,
        }),
      );
      expect(violation).toBeUndefined();
    },
  );
});

describe('links', () => {
  test('that flap break and heal by turns, no state shorter than said, until they are healed.', () => {
    const world = cluster();
    does(world, { type: 'flap', name: 'loose', from: ['s1'], downMillis: 100, upMillis: 40 });
    const changes: (readonly [number, number])[] = [];
    for (let count = 0; count < 1_000; count += 1) {
      const cuts = world.network.cuts.length;
      if (changes.at(-1)?.[1] !== cuts) changes.push([world.now / 1_000, cuts]);
      pass(world, 1);
    }
    expect(changes.length).toBeGreaterThan(6);
    changes.slice(1).forEach(([at, cuts], place) => {
      const lasted = at - (changes[place]?.[0] ?? 0);
      expect(lasted).toBeGreaterThanOrEqual(cuts === 0 ? 99 : 39);
      expect(lasted).toBeLessThanOrEqual(cuts === 0 ? 202 : 82);
    });
    does(world, { type: 'heal', name: 'loose' });
    pass(world, 1_000);
    expect(world.network.cuts).toEqual([]);
    expect(world.network.flaps.size).toBe(0);
  });

  test('that flap do so at the same times whatever else happens.', () => {
    const flap: FaultInput = { type: 'flap', at: 1_000, name: 'loose', from: ['s1'], downMillis: 50, upMillis: 50 };
    const alone = flapsOf([flap]);
    expect(alone.length).toBeGreaterThan(20);
    expect(flapsOf([{ type: 'crash', at: 1_500, node: 's2' }, flap])).toEqual(alone);
  });

  test.each([
    ['refuses, and is suspected', true, false, ['s2']],
    ['is silent where the plan says so', false, false, []],
    ['is silent behind a cut', true, true, []],
  ])('to a crashed server: it %s.', (_, refusals, isCut, suspected) => {
    const world = cluster({ network: { refusals, delayMicros: [1_000] } });
    pass(world, 1_500);
    expect(primary(world).id).not.toBe('s2');
    if (isCut) does(world, { type: 'partition', from: ['s2'] });
    does(world, { type: 'crash', node: 's2' });
    pass(world, 300);
    expect(primary(world).seen.get('users')?.election.suspected).toEqual(suspected);
  });

  test('to a crashed front end refuse its clients, who ask elsewhere at once; silence is waited for.', () => {
    const client = { method: 'POST', path: '/users/create', body: { username: 'Ada' } } as const;
    const asks = (refusals: boolean, faults: readonly FaultInput[]): readonly string[] => {
      const plan = planOf({
        network: { refusals, delayMicros: [1_000] },
        workload: { script: [{ at: 2_000, client: 'c1', through: 'f1', ...client }], attemptFor: 700 },
        faults: [...faults],
        horizon: 3_500,
      });
      const { trace, violation } = runPlan(plan, { trace: true });
      expect(violation).toBeUndefined();
      return (trace ?? []).filter((line) => / c1 {2}→ /.test(line)).map((line) => line.slice(0, 7).trim());
    };
    const crash: FaultInput = { type: 'crash', at: 1_500, node: 'f1' };
    const cut: FaultInput = { type: 'partition', at: 1_500, from: ['clients'], to: ['f1'] };
    expect(asks(true, [crash])).toEqual(['2.00', '2.05']);
    expect(asks(false, [crash])).toEqual(['2.00', '2.75']);
    // Behind a cut there is silence, crashed or not.
    expect(asks(true, [cut])).toEqual(['2.00', '2.75']);
    expect(asks(true, [crash, cut])).toEqual(['2.00', '2.75']);
  });

  test('of which only the way back is cut lose the answer: the write is done, and the client asks again for it.', () => {
    const { violation, history, notes } = runPlan(
      planOf({
        workload: {
          script: [ADA],
          attemptFor: 700,
        },
        faults: [{ type: 'partition', at: 1_500, from: ['f1'], to: ['clients'], oneWay: true }],
        horizon: 4_000,
      }),
    );
    expect(violation).toBeUndefined();
    expect(history[0]).toMatchObject({ attempts: 2, result: { status: 200, body: '{"userid":0}' } });
    expect(notes['suppresses-duplicate of users']).toBe(1);
  });

  test('between clients and a front end are reset: both ends are told, and the client asks elsewhere.', () => {
    const { violation, history, notes } = runPlan(
      planOf({
        network: { delayMicros: [1_000] },
        workload: {
          script: [ADA],
          attemptFor: 5_000,
        },
        faults: [
          { type: 'partition', at: 1_900, from: ['f1'], to: ['servers'] },
          { type: 'reset', at: 2_100, node: 'f1' },
        ],
        horizon: 4_000,
      }),
    );
    expect(violation).toBeUndefined();
    expect(history[0]).toMatchObject({ attempts: 2, result: { status: 200 } });
    expect(history[0]?.result?.at).toBeLessThan(2_300_000);
    expect(notes['gives-up']).toBeUndefined();
  });

  test('hold requests and answers of clients, too.', () => {
    for (const [from, to] of [
      ['c1', 'f1'],
      ['f1', 'c1'],
    ] as const) {
      const { violation, history } = runPlan(
        planOf({
          workload: {
            script: [{ at: 2_000, client: 'c1', through: 'f1', method: 'GET', path: '/users/0', expect: 400 }],
            attemptFor: 5_000,
          },
          faults: [
            { type: 'hold', at: 1_900, from: [from], to: [to] },
            { type: 'release', at: 3_000 },
          ],
          horizon: 4_000,
        }),
      );
      expect(violation).toBeUndefined();
      expect(history[0]?.attempts).toBe(1);
      expect(history[0]?.result?.at).toBeGreaterThan(3_000_000);
    }
  });
});

test('What a write takes does not depend on what happens elsewhere.', () => {
  const plan = planOf({ seed: 5, disk: { syncMicros: [100, 300, 2_000, 9_000] }, workload: BUSY, horizon: 3_000 });
  const durations = (faults: readonly FaultInput[]): readonly number[] => {
    const { recording } = runPlan(planOf({ ...plan, faults: [...faults] }), { recording: true });
    const own = (recording?.events ?? []).filter(
      (event) =>
        (event.type === 'writes' || event.type === 'written') && event.node === 's1' && event.group === 'users',
    );
    return own.flatMap((event, place) => (event.type === 'written' ? [event.at - (own[place - 1]?.at ?? 0)] : []));
  };
  const alone = durations([]);
  const beside = durations([{ type: 'crash', at: 1_000, node: 's3', afterActions: 0 }]);
  const both = Math.min(alone.length, beside.length);
  expect(both).toBeGreaterThan(10);
  expect(beside.slice(0, both)).toEqual(alone.slice(0, both));
});

/** What 40 crashes leave of one disk, with crashes elsewhere in between or without. */
function falls(elsewhere: boolean): readonly string[] {
  const world = cluster({ seed: 3 });
  const node = nodeNamed(world, 's2');
  const disk = node.disks.get('users');
  if (disk === undefined) throw new Error('a data server has a disk for each group');
  return Array.from({ length: 40 }, (_, life) => {
    if (elsewhere) does(world, { type: 'crash', node: life % 2 === 0 ? 's1' : 'f1' });
    const operations = [1, 2, 3].map((counter) => ({ counter: life * 3 + counter, nodeId: 's2' }));
    disk.writing = operations.map((epoch) => ({ type: 'promise', epoch }));
    does(world, { type: 'crash', node: 's2' });
    const left = `${disk.promised.counter - life * 3} ${disk.tail.map(({ fate }) => fate).join(' ')}`;
    does(world, { type: 'restart' });
    return left;
  });
}

test('How a crash falls out depends on the disk and the life that ends, not on what happens elsewhere.', () => {
  const alone = falls(false);
  expect(falls(true)).toEqual(alone);
  expect(new Set(alone).size).toBeGreaterThan(8);
});
