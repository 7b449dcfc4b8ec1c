/**
 * Effect of the shrinker: for each planted bug, the first plan of the hunt that finds it, before and after. Size is
 * faults + requests + nodes + knobs that are not at their default; events are those up to the verdict.
 *
 *     node --import tsx bench/shrink.ts [--json] [--only M05,M06] [--budget RUNS]
 */
import { parseArgs } from 'node:util';
import { WORKLOADS } from '../src/apps/simulated.ts';
import type { PlantedBug } from '../src/protocol/model/mutants.ts';
import { medianOf } from '../src/sim/mutants/mutant-report.ts';
import { hunt, mutantPlan, MUTANTS, workloadFor } from '../src/sim/mutants/mutants.ts';
import { shrinkPlan } from '../src/sim/shrink/shrink.ts';
import { runPlan } from '../src/sim/verdict/run.ts';

/** Seeds of a hunt, at most. */
const SEEDS = 500;

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string' }, budget: { type: 'string', default: '1000' } },
});

interface Row {
  readonly id: PlantedBug;
  readonly seed: number;
  readonly judge: string;
  readonly before: number;
  readonly after: number;
  readonly eventsBefore: number;
  readonly eventsAfter: number;
  readonly runs: number;
  readonly isMinimal: boolean;
  readonly cpuSeconds: number;
}

function measure(id: PlantedBug): Row | undefined {
  const workload = workloadFor(id, WORKLOADS);
  const { found } = hunt(id, 1, SEEDS, workload);
  if (found === undefined) return undefined;
  const { seed, judge } = found;
  const plan = mutantPlan(id, seed, workload);
  const planted = new Set([id]);
  const workloads = [workload];
  const startedAt = process.cpuUsage().user;
  const shrunk = shrinkPlan(plan, { planted, workloads, runsAtMost: Number(values.budget) });
  const cpuSeconds = (process.cpuUsage().user - startedAt) / 1_000_000;
  if (shrunk.type === 'holds') return undefined;
  return {
    id,
    seed,
    judge,
    before: shrunk.before.total,
    after: shrunk.after.total,
    eventsBefore: runPlan(plan, { planted, workloads }).events,
    eventsAfter: shrunk.result.events,
    runs: shrunk.runs,
    isMinimal: shrunk.isMinimal,
    cpuSeconds,
  };
}

function show(row: Row): string {
  const { id, before, after, eventsBefore, eventsAfter, runs, cpuSeconds, judge } = row;
  const numbers = [before, after, eventsBefore, eventsAfter, runs].map((number) => String(number).padStart(6));
  return `${id}  ${numbers.join('  ')}  ${cpuSeconds.toFixed(1).padStart(6)}  ${judge}`;
}

const ids = values.only === undefined ? MUTANTS : MUTANTS.filter((id) => values.only?.split(',').includes(id));
const rows: Row[] = [];
if (values.json !== true) console.log('bug  before   after  events   after    runs   cpu s  judge');
for (const id of ids) {
  const row = measure(id);
  if (row === undefined) {
    console.log(values.json === true ? JSON.stringify({ bench: 'shrink', id, found: false }) : `${id}  not found`);
    continue;
  }
  rows.push(row);
  console.log(values.json === true ? JSON.stringify({ bench: 'shrink', ...row }) : show(row));
}

const median = (of: (row: Row) => number): number | undefined => medianOf(rows.map(of));
const summary = {
  bench: 'shrink',
  bugs: rows.length,
  before: median((row) => row.before),
  after: median((row) => row.after),
  eventsBefore: median((row) => row.eventsBefore),
  eventsAfter: median((row) => row.eventsAfter),
  runs: median((row) => row.runs),
};
if (values.json === true) console.log(JSON.stringify(summary));
else {
  console.log(`median of ${summary.bugs}: size ${summary.before} before, ${summary.after} after;`);
  console.log(`events ${summary.eventsBefore} before, ${summary.eventsAfter} after; ${summary.runs} runs`);
}
