import { hunt, mutantPlan, workloadFor } from '../../sim/mutants/mutants.ts';
import { sizeOf } from '../../sim/plan/plan-size.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { type Trial, trialsOf } from '../../sim/shrink/hunt.ts';
import { shrinkAhead } from '../../sim/shrink/shrink-ahead.ts';
import { shrinkPlan } from '../../sim/shrink/shrink.ts';
import type { Workload } from '../../sim/workloads/workload.ts';
import type { FromHuntWorker, ToHuntWorker } from './messages.ts';
import { everyWorkload } from './workloads.ts';

/* Looks for a planted bug under one seed after the other, or makes a plan that shows one small. Ended from outside. */

/** The smallest plan so far may be taken at any time. */
const RUNS_AT_MOST = 5_000;

addEventListener('message', ({ data }: MessageEvent<ToHuntWorker>) => {
  void answer(data);
});

async function answer(asked: ToHuntWorker): Promise<void> {
  try {
    const workloads = await everyWorkload();
    if (asked.type === 'hunt') look(asked, workloads);
    else if (asked.type === 'help') help(asked, workloads);
    else if (asked.helpers.length === 0) shrink(asked, workloads);
    else await shrinkTogether(asked, workloads);
  } catch (error) {
    tell({
      type: 'broke',
      id: asked.id,
      text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

function look(
  { id, bug, from, step, most }: ToHuntWorker & { readonly type: 'hunt' },
  workloads: readonly Workload[],
): void {
  const workload = workloadFor(bug, workloads);
  for (let seed = from; seed <= most; seed += step) {
    const { found } = hunt(bug, seed, 1, workload);
    tell({ type: 'tried', id, seed });
    if (found === undefined) continue;
    tell({ type: 'found', id, plan: mutantPlan(bug, seed, workload), ...found });
    return;
  }
  tell({ type: 'exhausted', id });
}

function shrink({ id, bug, plan }: ToHuntWorker & { readonly type: 'shrink' }, workloads: readonly Workload[]): void {
  let smallest = plan;
  const shrunk = shrinkPlan(plan, {
    planted: new Set([bug]),
    runsAtMost: RUNS_AT_MOST,
    workloads,
    onRun: ({ plan: now, runs }) => {
      if (now === smallest && runs % 10 !== 0) return;
      smallest = now;
      tell({ type: 'smaller', id, size: sizeOf(now), runs, plan: now });
    },
  });
  if (shrunk.type === 'holds') throw new RangeError('the plan to be shrunk breaks no rule');
  const { plan: minimal, after, runs, isMinimal } = shrunk;
  tell({ type: 'shrunk', id, plan: minimal, size: after, runs, isMinimal });
}

/** The same, with as many trials at a time as there are workers. */
async function shrinkTogether(
  { id, bug, plan, helpers }: ToHuntWorker & { readonly type: 'shrink' },
  workloads: readonly Workload[],
): Promise<void> {
  const trials = trialsOf(plan, { planted: new Set([bug]), workloads });
  if (trials === undefined) throw new RangeError('the plan to be shrunk breaks no rule');
  const ahead = shrinkAhead(trials, { workloads, runsAtMost: RUNS_AT_MOST });
  for (let wanted = ahead.next(helpers.length + 1); wanted.length > 0; wanted = ahead.next(helpers.length + 1)) {
    tell({ type: 'smaller', id, size: sizeOf(ahead.plan), runs: ahead.runs, plan: ahead.plan });
    const [own, ...others] = wanted;
    const theirs = others.map((other, place) => trialBy(helpers[place], other));
    if (own !== undefined) ahead.tell(own, trials.trial(own));
    for (const [place, trial] of theirs.entries()) {
      const other = others[place];
      if (other !== undefined) ahead.tell(other, await trial);
    }
  }
  const { shrunk } = ahead;
  if (shrunk === undefined) return;
  const { plan: minimal, after, runs, isMinimal } = shrunk;
  tell({ type: 'shrunk', id, plan: minimal, size: after, runs, isMinimal });
}

function trialBy(helper: MessagePort | undefined, plan: Plan): Promise<Trial> {
  return new Promise((resolve) => {
    helper?.addEventListener('message', ({ data }: MessageEvent<Trial>) => resolve(data), { once: true });
    helper?.start();
    helper?.postMessage(plan);
  });
}

function help({ bug, plan, port }: ToHuntWorker & { readonly type: 'help' }, workloads: readonly Workload[]): void {
  const trials = trialsOf(plan, { planted: new Set([bug]), workloads });
  port.addEventListener('message', ({ data }: MessageEvent<Plan>) => {
    const { result, runs } = trials?.trial(data) ?? { result: undefined, runs: 0 };
    const told: Trial = { result: result && { violation: result.violation, history: result.history }, runs };
    port.postMessage(told);
  });
  port.start();
}

function tell(message: FromHuntWorker): void {
  postMessage(message);
}
