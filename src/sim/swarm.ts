import type { Fault, FaultType } from './fault.ts';
import { type Plan, type PlanInput, planOf } from './plan.ts';
import { swarmFaults } from './swarm-faults.ts';
import { type Dice, diceOf, streamOf } from './random.ts';
import { workloadOf } from './workloads/index.ts';
import type { Workload } from './workloads/workload.ts';

/**
 * What a hunt for something particular insists on. The rest stays as wild as ever: a focus raises the odds, it does not
 * write the story.
 */
export interface Focus {
  /** `tickets` unless said. */
  readonly service?: string;
  readonly servers?: readonly [low: number, high: number];
  readonly frontEnds?: readonly [low: number, high: number];
  readonly settings?: PlanInput['settings'];
  readonly network?: PlanInput['network'];
  readonly workload?: PlanInput['workload'];
  /** Only these kinds of fault, all of them. */
  readonly faults?: readonly SwarmFault[];
  /** How many faults, opposites not counted. */
  readonly strikes?: readonly [low: number, high: number];
  readonly horizon?: number;
}

/** Faults as the swarm chooses them; each brings its opposite. */
export type SwarmFault =
  Extract<FaultType, 'crash' | 'pause' | 'partition' | 'hold' | 'slow-disk' | 'suspect'> | 'one-way';

const FAULTS: readonly SwarmFault[] = ['crash', 'pause', 'partition', 'one-way', 'hold', 'slow-disk', 'suspect'];

/**
 * The plan of a seed. For each seed a random part of all kinds of fault and request is switched off and the rest gets
 * wildly different rates, because what hides one mistake brings out another (Groce et al. 2012, swarm testing).
 * `workloads`: services beside those that come along.
 */
export function planOfSeed(seed: number, focus: Focus = {}, workloads: readonly Workload[] = []): Plan {
  const service = focus.service ?? 'tickets';
  const used = workloadOf(service, workloads);
  const groups = used.service.apps.map(({ name }) => name);
  const dice = diceOf(streamOf(seed, 'swarm'));
  const servers = within(dice, focus.servers, () => dice.pick(1, 2, 3, 3, 3, 3, 4, 5, 5, 7));
  const frontEnds = within(dice, focus.frontEnds, () => dice.pick(1, 2, 2, 2, 3));
  const horizon = focus.horizon ?? dice.between(3, 10) * 1_000;
  const kinds = focus.faults ?? FAULTS.filter(() => dice.chance(500));
  const strikes = within(dice, focus.strikes, () => dice.pick(0, 2, 4, 6, 10, 16));
  const settings = swarmSettings(dice);
  const network = swarmNetwork(dice);
  const disk = {
    syncMicros: dice.pick([0, 100, 300], [200, 400, 900], [1_000, 5_000, 20_000], [500, 500, 500, 500, 80_000]),
    saveMicros: dice.pick([1_000], [5_000, 50_000], [10_000, 400_000]),
  };
  const workload = swarmWorkload(dice, used.kinds);
  const faults: readonly Fault[] = swarmFaults(dice, kinds, strikes, { servers, frontEnds, groups, horizon });
  const input: PlanInput = {
    name: `seed ${seed}`,
    service,
    seed,
    servers,
    frontEnds,
    settings: { ...settings, ...focus.settings },
    network: { ...network, ...focus.network },
    disk,
    clocks: { wallSpread: dice.pick(0, 0, 5, 2_000) },
    workload: { ...workload, ...focus.workload },
    faults: [...faults],
    horizon,
  };
  return planOf(input, workloads);
}

function swarmSettings(dice: Dice): NonNullable<PlanInput['settings']> {
  const beat = dice.pick(40, 50, 100, 100);
  const electAfter = beat * dice.between(4, 8);
  return {
    heartbeatEvery: beat,
    suspectAfter: beat * dice.between(3, 4),
    electAfter,
    rankDelay: dice.pick(0, 20, 100),
    jitter: dice.pick(20, 50, 200),
    answerWithin: beat * dice.between(1, 3),
    penaltyFor: dice.between(2, 20) * 100,
    quorumWithin: electAfter,
    removeAfter: electAfter + beat * dice.between(1, 12),
    readmitAfter: dice.between(1, 20) * 100,
    lagAtMost: dice.pick(10, 100, 100_000),
    lagFor: dice.between(5, 30) * 100,
    resendAfter: beat * dice.between(2, 6),
    copyWithin: beat * dice.between(10, 40),
    batchAtMost: dice.pick(1, 1, 2, 8, 512),
    inFlightAtMost: dice.pick(1, 2, 4),
    uncommittedAtMost: dice.pick(3, 50, 20_000),
    readsAtMost: dice.pick(3, 20_000),
    readWithin: dice.between(3, 20) * 100,
    snapshotEvery: dice.pick(3, 5, 10, 25, 1_000),
    keepEntries: dice.pick(0, 0, 1, 5, 20),
    callsAtMost: dice.pick(1, 2, 256),
    stallFor: dice.between(5, 50) * 100,
    dedupeFor: dice.pick(5_000, 600_000, 600_000, 600_000),
    dedupeMargin: dice.pick(2_500, 60_000),
    acknowledge: dice.chance(200) ? 'majority' : 'in-sync',
    holdFor: dice.between(2, 20) * 1_000,
    heldAtMost: dice.pick(2, 10_000),
    retryAfter: dice.between(2, 10) * 100,
    locateEvery: dice.pick(20, 50, 200),
    reads: dice.pick('primary', 'spread'),
  };
}

function swarmNetwork(dice: Dice): NonNullable<PlanInput['network']> {
  return {
    delayMicros: dice.pick(
      [200, 300, 500],
      [500, 800, 1_000, 1_500, 2_000],
      [1_000, 5_000, 10_000, 20_000],
      [100, 1_000, 2_000, 60_000],
    ),
    tail: { perMille: dice.pick(0, 5, 40), delayMicros: dice.pick(20_000, 200_000, 1_500_000) },
    drop: dice.pick(0, 0, 5, 30, 150),
    duplicate: dice.pick(0, 0, 10, 150),
    ordered: dice.chance(300),
    refusals: dice.chance(700),
  };
}

function swarmWorkload(dice: Dice, kinds: readonly string[]): NonNullable<PlanInput['workload']> {
  const mix: Record<string, number> = {};
  for (const kind of kinds) if (dice.chance(750)) mix[kind] = dice.pick(1, 1, 3, 10);
  return {
    clients: dice.between(1, 6),
    requests: dice.between(4, 30),
    think: dice.pick(0, 20, 100, 300),
    mix,
    keyed: dice.pick(0, 500, 1_000),
    tokens: dice.pick(0, 500, 1_000),
    session: dice.pick(0, 300, 900),
    attemptFor: dice.between(3, 30) * 100,
    giveUpAfter: dice.between(3, 15) * 1_000,
  };
}

function within(dice: Dice, range: readonly [number, number] | undefined, otherwise: () => number): number {
  return range === undefined ? otherwise() : dice.between(range[0], range[1]);
}
