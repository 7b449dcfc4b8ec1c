import cliProgress from 'cli-progress';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { type MutantReport, reportOf } from '../../sim/mutants/mutant-report.ts';
import { type Hunt, isHarmless } from '../../sim/mutants/mutants.ts';
import { openPool } from '../shared/worker-pool.ts';
import carryOutHunt, { type HuntOrder } from './mutant-worker.ts';

/** Least distance of starting points in seeds: no plan is run in two hunts. */
const APART = 1_000;

/** Plans of each starting point that a harmless change must pass: more than the median bug needs. */
const HARMLESS_SEEDS = 10;

export interface HuntingPlan {
  readonly ids: readonly PlantedBug[];
  /** Starting points, and the seeds tried from each. */
  readonly starts: number;
  readonly seeds: number;
  /** The service for all hunts. Default: for each bug the first one it can be planted in. */
  readonly service: string | undefined;
  readonly jobs: number;
  /** Shows no progress. */
  readonly quiet: boolean;
}

/** Hunts for each planted bug from every starting point, and passes each report to `each` in the order of the ids. */
export async function huntAll(plan: HuntingPlan, each: (report: MutantReport) => void): Promise<void> {
  const { ids, starts, seeds, service, jobs, quiet } = plan;
  const pool = jobs > 1 ? openPool<HuntOrder, Hunt>('sim/mutant-worker', jobs) : undefined;
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} hunts, {id}, {eta_formatted} to go',
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
  });
  const showsBar = !quiet && process.stderr.isTTY;
  if (showsBar) bar.start(ids.length * starts, 0, { id: '' });
  const orders = ids.flatMap((id) => ordersFor(id, starts, seeds, service));
  const hunts = new Map<PlantedBug, Hunt[]>(ids.map((id) => [id, []]));
  const waiting = [...ids];
  let next = 0;
  // One hunt at a time for each thread, in order: the pool's own queue does not keep the order.
  const work = async (): Promise<void> => {
    for (let order = orders[next++]; order !== undefined; order = orders[next++]) {
      const hunt = pool === undefined ? carryOutHunt(order) : await pool.run(order);
      hunts.get(order.id)?.push(hunt);
      if (showsBar) bar.increment(1, { id: order.id });
      for (let id = waiting[0]; id !== undefined && hunts.get(id)?.length === starts; id = waiting[0]) {
        waiting.shift();
        each(reportOf(id, hunts.get(id) ?? []));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    if (showsBar) bar.stop();
    await pool?.destroy();
  }
}

function ordersFor(id: PlantedBug, starts: number, seeds: number, service: string | undefined): readonly HuntOrder[] {
  const apart = Math.max(APART, seeds);
  const seedsAtMost = isHarmless(id) ? Math.min(seeds, HARMLESS_SEEDS) : seeds;
  return Array.from({ length: starts }, (_, place) => ({ id, from: 1 + place * apart, seedsAtMost, service }));
}
