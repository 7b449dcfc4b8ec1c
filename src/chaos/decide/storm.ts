import type { Service } from '../../service/service.ts';
import { type Dice, diceOf, streamOf } from '../../sim/base/random.ts';
import type { Fault } from '../../sim/plan/fault.ts';
import { type Plan, type PlanInput, planOf } from '../../sim/plan/plan.ts';
import type { Workload } from '../../sim/workloads/workload.ts';

type FaultInput = NonNullable<PlanInput['faults']>[number];

/** The size of a storm. */
export interface StormSize {
  readonly seed: number;
  readonly clients: number;
  /** Milliseconds in which clients ask and faults strike. */
  readonly lasts: number;
}

/** The greatest number of servers that a storm lets join; each needs a port. */
export const JOINS_AT_MOST = 2;

/**
 * A plan for live processes alone: tens of clients that ask without a break, and a fault every few seconds, drawn from
 * the seed. Faults of membership (a server joins, leaves, is removed, comes back on an empty disk) strike while the rest
 * is whole: what N−1 deaths may destroy is not destroyed by the plan.
 */
export function stormPlan(service: Service, { seed, clients, lasts }: StormSize, workloads: readonly Workload[]): Plan {
  return planOf(
    {
      name: `storm of ${service.name}`,
      service: service.name,
      seed,
      settings: { readmitAfter: 500 },
      faults: faultsOf(service, seed, lasts),
      workload: { clients, requests: 100_000, think: 20, keyed: 850, tokens: 600, session: 400, doubled: 50 },
      horizon: lasts,
    },
    workloads,
  );
}

/** A fault with its end, and how long the two take, in milliseconds. */
interface Episode {
  readonly faults: readonly FaultInput[];
  readonly lasts: number;
}

/** Between two episodes, so that a server has its vote back. */
const QUIET = 1_500;

/** Before and after a change of the members. */
const CALM = 2_500;

function faultsOf(service: Service, seed: number, lasts: number): FaultInput[] {
  const dice = diceOf(streamOf(seed, 'storm'));
  const faults: FaultInput[] = [];
  let [at, joined] = [1_000, 0];
  for (let number = 1; ; number += 1) {
    const isMembership = number % 2 === 0;
    const group = service.apps[dice.below(service.apps.length)]?.name ?? '';
    const change = isMembership ? membership(dice, group, joined) : undefined;
    const begins = at + (isMembership ? CALM : 0);
    const episode = change ?? disturbance(dice, group, number);
    const ends = begins + episode.lasts;
    if (ends + CALM > lasts) return faults;
    joined += episode.faults.filter(({ type }) => type === 'join').length;
    for (const fault of episode.faults) faults.push({ ...fault, at: begins + fault.at });
    at = ends + (isMembership ? CALM : QUIET);
  }
}

function disturbance(dice: Dice, group: string, number: number): Episode {
  const primary = `primary of ${group}`;
  const node = dice.pick(primary, primary, `secondaries of ${group}`, 'last server', 'f1');
  const name = `cut ${number}`;
  const lasts = dice.between(400, 2_500);
  const one = node.startsWith('secondaries') ? 'last server' : node;
  switch (dice.below(9)) {
    case 0:
    case 1:
      return { faults: [{ type: 'crash', at: 0, node }, restart(lasts)], lasts };
    case 2:
      return { faults: [{ type: 'stop', at: 0, node: one }, restart(lasts)], lasts };
    case 3:
      return {
        faults: [
          { type: 'pause', at: 0, node: one },
          { type: 'resume', at: lasts },
        ],
        lasts,
      };
    case 4: {
      const [from, to] = dice.chance(500) ? [[one], ['others']] : [['others'], [one]];
      return {
        faults: [{ type: 'partition', at: 0, name, from, to, oneWay: dice.chance(500) }, heal(lasts, name)],
        lasts,
      };
    }
    case 5: {
      const times = { downMillis: dice.between(50, 400), upMillis: dice.between(100, 800) };
      return {
        faults: [{ type: 'flap', at: 0, name, from: [one], to: ['others'], ...times }, heal(lasts, name)],
        lasts,
      };
    }
    case 6:
      return {
        faults: [{ type: 'slow-disk', at: 0, node: 'last server', syncMicros: 100_000 }, fast(lasts)],
        lasts,
      };
    case 7:
      return {
        faults: [
          { type: 'transfer', at: 0, group },
          { type: 'reset', at: 100, node: 'f2' },
        ],
        lasts: 500,
      };
    default:
      return {
        faults: [{ type: 'crash', at: 0, node: 'f1' }, { type: 'crash', at: 100, node }, restart(lasts)],
        lasts,
      };
  }
}

function membership(dice: Dice, group: string, joined: number): Episode {
  const draw = joined === 0 ? 0 : dice.below(joined < JOINS_AT_MOST ? 4 : 3);
  switch (draw) {
    case 0:
      if (joined < JOINS_AT_MOST) return { faults: [{ type: 'join', at: 0 }], lasts: 2_000 };
      return { faults: [{ type: 'leave', at: 0, node: 'last server' }], lasts: 3_000 };
    case 1:
      return {
        faults: [{ type: 'replace', at: 0, node: dice.pick('last server', `primary of ${group}`) }],
        lasts: 4_000,
      };
    case 2:
      return {
        faults: [
          { type: 'lose-disk', at: 0, node: 'last server' },
          { type: 'rejoin', at: 1_500 },
        ],
        lasts: 4_000,
      };
    default:
      return { faults: [{ type: 'leave', at: 0, node: 'last server' }], lasts: 3_000 };
  }
}

function restart(at: number): FaultInput {
  return { type: 'restart', at };
}

function heal(at: number, name: string): FaultInput {
  return { type: 'heal', at, name };
}

function fast(at: number): FaultInput {
  return { type: 'fast-disk', at, node: 'servers' };
}

/** How many servers and front ends a plan lets join. */
export function joinsOf(faults: readonly Fault[]): { readonly servers: number; readonly frontEnds: number } {
  const joins = faults.flatMap((fault) => (fault.type === 'join' ? [fault.kind] : []));
  const servers = joins.filter((kind) => kind === 'server').length;
  return { servers, frontEnds: joins.length - servers };
}
