import { plantedBugsNamed } from '../../protocol/model/mutants.ts';
import { type Liveness, reachQuiescence } from '../liveness/quiescence.ts';
import type { Plan } from '../plan/plan.ts';
import { createRecorder } from '../recording/recording.ts';
import { createClients } from '../world/clients.ts';
import { reportEvent, runNextEvent } from '../world/events.ts';
import { start } from '../world/process.ts';
import { createWorld, type World } from '../world/world.ts';
import { judgeEnd } from './judge-end.ts';
import { resultOf, type RunOptions, type RunResult, statesOf } from './result.ts';
import { type RunView, viewOf } from './view.ts';

/** A run that is advanced step by step. */
export interface OpenRun {
  readonly plan: Plan;
  /** The number of the last event. */
  readonly events: number;
  /** Its time, in microseconds since the start. */
  readonly now: number;
  /** The result once the run has come to its end, or to a violation. */
  readonly result: RunResult | undefined;
  /** Runs on to that event, or to the first one at that time (in microseconds); or to the end, if that is before. */
  advanceTo(to: { readonly event: number } | { readonly at: number }): void;
  finish(): RunResult;
  /** The state of every node now: frozen plain data, which later steps do not change. */
  view(): RunView;
  /**
   * A second run, as far as this one is: to the same event under the same plan, to the same time under another one. Where
   * the plans differ only in what comes later, all before is the same.
   */
  fork(plan?: Plan): OpenRun;
}

/** Begins to run a plan; nothing has happened yet but the start of its nodes. An unknown planted bug is a `TypeError`. */
export function openRun(plan: Plan, options: RunOptions): OpenRun {
  const world = begin(plan, options);
  const steps = stepsOf(world, options);
  let result: RunResult | undefined;
  const step = (): void => {
    const next = steps.next();
    if (next.done === true) result = next.value;
  };
  const run: OpenRun = {
    plan,
    get events() {
      return world.trace.events;
    },
    get now() {
      return world.now;
    },
    get result() {
      return result;
    },
    advanceTo(to) {
      while (result === undefined && ('at' in to ? world.now < to.at : world.trace.events < to.event)) step();
    },
    finish() {
      while (result === undefined) step();
      return result;
    },
    view: () => viewOf(world),
    fork(other = plan) {
      const fork = openRun(other, options);
      fork.advanceTo(other === plan ? { event: world.trace.events } : { at: world.now });
      return fork;
    },
  };
  return run;
}

function begin(plan: Plan, options: RunOptions): World {
  const planted = plantedBugsNamed(options.planted ?? []);
  const world = createWorld(plan, planted, options.trace ?? false, options.workloads, options.without);
  world.isStrict = options.strict ?? true;
  if (options.recording === true) {
    world.recording = createRecorder(
      () => world.now,
      () => world.trace.events,
    );
  }
  world.watch = options.watch;
  for (const node of world.nodes.values()) start(world, node);
  createClients(world);
  for (const fault of plan.faults) world.agenda.put(fault.at * 1_000, { type: 'fault', fault });
  return world;
}

/** Yields after every event. */
function* stepsOf(world: World, options: RunOptions): Generator<undefined, RunResult> {
  reportEvent(world);
  const horizon = world.plan.horizon * 1_000;
  let liveness: Liveness | undefined;
  while (world.verdict === undefined && runNextEvent(world, horizon)) yield;
  if (world.verdict === undefined) {
    world.now = horizon;
    liveness = yield* reachQuiescence(world);
  }
  if (world.verdict === undefined) judgeEnd(world, options.goals ?? true);
  const result = resultOf(world, liveness);
  return options.states === true ? { ...result, states: statesOf(world) } : result;
}
