import { hunt, mutantPlan, workloadFor } from '../../sim/mutants/mutants.ts';
import { sizeOf } from '../../sim/plan/plan-size.ts';
import { shrinkPlan } from '../../sim/shrink/shrink.ts';
import type { FromHuntWorker, ToHuntWorker } from './messages.ts';
import { WORKLOADS } from './workloads.ts';

/* Looks for a planted bug under one seed after the other, or makes a plan that shows one small. Ended from outside. */

addEventListener('message', ({ data }: MessageEvent<ToHuntWorker>) => {
  try {
    if (data.type === 'hunt') look(data);
    else shrink(data);
  } catch (error) {
    tell({ type: 'broke', id: data.id, text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

function look({ id, bug, from, step, most }: ToHuntWorker & { readonly type: 'hunt' }): void {
  const workload = workloadFor(bug, WORKLOADS);
  for (let seed = from; seed <= most; seed += step) {
    const { found } = hunt(bug, seed, 1, workload);
    tell({ type: 'tried', id, seed });
    if (found === undefined) continue;
    tell({ type: 'found', id, plan: mutantPlan(bug, seed, workload), ...found });
    return;
  }
  tell({ type: 'exhausted', id });
}

function shrink({ id, bug, plan }: ToHuntWorker & { readonly type: 'shrink' }): void {
  let smallest = plan;
  const shrunk = shrinkPlan(plan, {
    planted: new Set([bug]),
    workloads: WORKLOADS,
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

function tell(message: FromHuntWorker): void {
  postMessage(message);
}
