import { PLANTED_BUGS, type PlantedBug } from '../protocol/planted.ts';
import type { Plan } from './plan.ts';
import { runPlan, type RunResult } from './run.ts';
import { type Focus, planOfSeed } from './swarm.ts';

/**
 * What came of looking for one planted bug. A bug no judge finds is a hole in the judges; a judge that finds something in
 * the same plans without the bug would find anything anywhere.
 */
export interface MutantReport {
  readonly id: PlantedBug;
  readonly title: string;
  readonly killed: boolean;
  /** Who found it first. */
  readonly judge: string | undefined;
  readonly reason: string | undefined;
  /** How many seeds it took. */
  readonly seeds: number;
  /** The first of those seeds whose plan breaks a rule without the bug, too; there must be none. */
  readonly falseAlarm: number | undefined;
}

/** All planted bugs, in the order of their ids. */
export const MUTANTS: readonly PlantedBug[] = Object.keys(PLANTED_BUGS).filter(isPlantedBug).sort();

export function isPlantedBug(id: string): id is PlantedBug {
  return Object.hasOwn(PLANTED_BUGS, id);
}

/** The plan in which bug `id` is looked for under `seed`. */
function mutantPlan(id: PlantedBug, seed: number): Plan {
  return planOfSeed(seed, FOCUS[id]);
}

/** Runs plans of seeds from 1 on, with and without the bug, until a judge finds it or `seedsAtMost` have been tried. */
export function huntMutant(id: PlantedBug, seedsAtMost: number): MutantReport {
  const title = PLANTED_BUGS[id];
  let falseAlarm: number | undefined;
  for (let seed = 1; seed <= seedsAtMost; seed += 1) {
    const plan = mutantPlan(id, seed);
    const { violation }: RunResult = runPlan(plan, { planted: new Set([id]) });
    if (violation === undefined) continue;
    if (runPlan(plan).verdict === 'violation') falseAlarm ??= seed;
    else {
      const { judge, reason } = violation;
      return { id, title, killed: true, judge, reason, seeds: seed, falseAlarm };
    }
  }
  return { id, title, killed: false, judge: undefined, reason: undefined, seeds: seedsAtMost, falseAlarm };
}

/**
 * What makes each bug likely to matter; the rest stays as the swarm has it. Without a focus most are found as well, some
 * of them late.
 */
const FOCUS: Readonly<Record<PlantedBug, Focus>> = {
  M05: {},
  // An entry of an old epoch must come to be on a majority while its new primary has nothing of its own there, and a third
  // server must hold an entry of an epoch between: short reigns, cut off at any moment, one entry at a time. One front
  // end holds all witness votes, so that few voters decide.
  M06: {
    servers: [3, 5],
    frontEnds: [1, 1],
    faults: ['crash', 'partition', 'one-way'],
    strikes: [30, 60],
    horizon: 12_000,
    settings: {
      heartbeatEvery: 40,
      suspectAfter: 120,
      electAfter: 160,
      quorumWithin: 160,
      jitter: 100,
      rankDelay: 0,
      answerWithin: 60,
      penaltyFor: 200,
      resendAfter: 60,
      removeAfter: 5_000,
      batchAtMost: 1,
      inFlightAtMost: 1,
      acknowledge: 'majority',
      holdFor: 2_000,
      retryAfter: 100,
    },
    network: {
      delayMicros: [2_000, 5_000, 10_000, 20_000],
      tail: { perMille: 10, delayMicros: 50_000 },
      drop: 150,
    },
    workload: {
      clients: 6,
      requests: 60,
      think: 20,
      mix: { 'create-user': 3, purchase: 1 },
      attemptFor: 500,
      giveUpAfter: 3_000,
    },
  },
  // Somebody must fall so far behind that it takes a full copy, and then be asked again for what it does not remember.
  M11: {
    servers: [3, 5],
    faults: ['crash', 'partition'],
    strikes: [4, 12],
    settings: { snapshotEvery: 4, keepEntries: 0 },
  },
  // A primary that does not know it is deposed, and clients that still reach it.
  M13: {
    servers: [3, 5],
    faults: ['partition', 'one-way', 'pause'],
    strikes: [6, 14],
    settings: { reads: 'primary' },
  },
  M28: { servers: [3, 5], faults: ['crash', 'partition', 'one-way', 'pause'], strikes: [6, 16] },
  M29: { servers: [3, 5], faults: ['partition', 'one-way'], strikes: [4, 12] },
  M30: { workload: { clients: 4, requests: 20, think: 50, mix: { 'create-user': 1, purchase: 1 }, keyed: 0 } },
};
