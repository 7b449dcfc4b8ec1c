import cliProgress from 'cli-progress';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { sizeOf } from '../../sim/plan/plan-size.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { shrinkPlan, type Shrunk } from '../../sim/shrink/shrink.ts';
import { knownWorkloads } from '../shared/services.ts';

/** Shrinks a plan, with a bar of runs and size on standard error, if that is a terminal. */
export function shrinkWithBar(plan: Plan, planted: readonly PlantedBug[], runsAtMost: number, quiet: boolean): Shrunk {
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value} of at most {total} runs, size {size}',
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
    // The runs block the event loop, so the bar must draw itself synchronously.
    synchronousUpdate: true,
  });
  const showsBar = !quiet && process.stderr.isTTY;
  if (showsBar) bar.start(runsAtMost, 0, { size: sizeOf(plan).total });
  try {
    return shrinkPlan(plan, {
      planted: new Set(planted),
      workloads: knownWorkloads(),
      runsAtMost,
      onRun: (hunt) => {
        if (showsBar) bar.update(hunt.runs, { size: sizeOf(hunt.plan).total });
      },
    });
  } finally {
    if (showsBar) bar.stop();
  }
}
