import { signal } from '@preact/signals';
import type { Plan } from '../../sim/plan/plan.ts';
import type { PlanSize } from '../../sim/plan/plan-size.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { bugCalled } from '../model/bugs.ts';
import { lessonCalled } from '../model/lessons/index.ts';
import type { FromHuntWorker, ToHuntWorker } from '../worker/messages.ts';
import { openRun } from './runs.ts';
import { lessonId, problem, tab } from './state.ts';

/** The search for a plan that shows a planted bug, and how small it has become. */
export interface HuntState {
  readonly bug: PlantedBug;
  readonly phase: 'looking' | 'shrinking' | 'done' | 'not found';
  readonly tried: number;
  readonly since: number;
  readonly until: number | undefined;
  readonly seed: number | undefined;
  readonly judge: string | undefined;
  readonly size: PlanSize | undefined;
  readonly runs: number;
  readonly isMinimal: boolean;
  /** The smallest plan so far. */
  readonly plan: Plan | undefined;
}

export const huntState = signal<HuntState | undefined>(undefined);

const SEEDS_AT_MOST = 400;

let workers: Worker[] = [];
let number = 0;

export function stopHunt(): void {
  for (const worker of workers) worker.terminate();
  workers = [];
  number += 1;
  huntState.value = undefined;
}

/** Looks for the bug under seeds from `from` on, in all workers; makes the first plan that shows it small; opens that. */
export function findBug(bug: PlantedBug, from = 1): void {
  stopHunt();
  const id = number;
  const count = Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1));
  const now = performance.now();
  huntState.value = {
    bug,
    phase: 'looking',
    tried: from - 1,
    since: now,
    until: undefined,
    seed: undefined,
    judge: undefined,
    size: undefined,
    runs: 0,
    isMinimal: false,
    plan: undefined,
  };
  let exhausted = 0;
  workers = Array.from({ length: count }, (_, place) => {
    const worker = new Worker(new URL('../worker/hunt-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<FromHuntWorker>) => {
      if (data.id !== number) return;
      if (data.type === 'exhausted') {
        exhausted += 1;
        if (exhausted === count) finish('not found');
        return;
      }
      hear(data, worker);
    });
    const first: ToHuntWorker = {
      type: 'hunt',
      id,
      bug,
      from: from + place,
      step: count,
      most: from + SEEDS_AT_MOST - 1,
    };
    worker.postMessage(first);
    return worker;
  });
}

function hear(told: Exclude<FromHuntWorker, { type: 'exhausted' }>, worker: Worker): void {
  const hunt = huntState.value;
  if (hunt === undefined) return;
  switch (told.type) {
    case 'tried':
      huntState.value = { ...hunt, tried: hunt.tried + 1 };
      return;
    case 'found': {
      if (hunt.phase !== 'looking') return;
      // They are in the middle of a seed: new ones help.
      const count = workers.length;
      for (const other of workers) if (other !== worker) other.terminate();
      workers = [worker];
      const helpers = Array.from({ length: count - 1 }, () => helperFor(told.id, hunt.bug, told.plan));
      huntState.value = { ...hunt, phase: 'shrinking', seed: told.seed, judge: told.judge };
      tab.value = 'lesson';
      const next: ToHuntWorker = { type: 'shrink', id: told.id, bug: hunt.bug, plan: told.plan, helpers };
      worker.postMessage(next, helpers);
      return;
    }
    case 'smaller':
      huntState.value = { ...hunt, size: told.size, runs: told.runs, plan: told.plan };
      return;
    case 'shrunk':
      huntState.value = { ...hunt, size: told.size, runs: told.runs, isMinimal: told.isMinimal, plan: told.plan };
      takeSmallest();
      return;
    case 'broke':
      stopHunt();
      problem.value = { title: 'The simulator itself fell over: please report it', text: told.text };
      return;
    default:
      return told;
  }
}

/** A worker that tries plans for the one that shrinks; what leads to it. */
function helperFor(id: number, bug: PlantedBug, plan: Plan): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('../worker/hunt-worker.ts', import.meta.url), { type: 'module' });
  workers.push(worker);
  const first: ToHuntWorker = { type: 'help', id, bug, plan, port: port2 };
  worker.postMessage(first, [port2]);
  return port1;
}

/** Ends the shrinking, and opens the smallest plan so far at its violation. */
export function takeSmallest(): void {
  const hunt = huntState.value;
  if (hunt?.plan === undefined) return;
  finish('done');
  // Of another lesson than one about this bug nothing is left on the page.
  const lesson = lessonCalled(lessonId.value ?? '')?.bug === hunt.bug ? lessonId.value : undefined;
  const title = `${bugCalled(hunt.bug)?.number ?? ''}, seed ${hunt.seed ?? '?'}, made small`;
  void openRun({ title, plan: { ...hunt.plan, name: title }, bug: hunt.bug, isFound: true, lesson }, 'violation');
}

function finish(phase: 'done' | 'not found'): void {
  const hunt = huntState.value;
  for (const worker of workers) worker.terminate();
  workers = [];
  if (hunt !== undefined) huntState.value = { ...hunt, phase, until: performance.now() };
}
