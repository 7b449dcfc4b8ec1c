import { plainPlan } from '../../sim/plan/plain-plan.ts';
import { decodePlan, type Plan } from '../../sim/plan/plan.ts';
import { openRun, type OpenRun } from '../../sim/verdict/open-run.ts';
import { modelOf } from '../model/run-model.ts';
import type { Workload } from '../../sim/workloads/workload.ts';
import type { Asked, FromRunWorker, Replayed, ToRunWorker } from './messages.ts';
import { workloadsOf } from './workloads.ts';

/*
 * Runs plans, and shows the state of nodes at an event. A run advances in slices, and takes messages in between, so that
 * it can be cancelled.
 */

const SLICE = 2_000;
const VIEWS_KEPT = 32;

const cancelled = new Set<number>();
const views = new Map<string, FromRunWorker & { readonly type: 'view' }>();
/** The run that answered the last question for a state: the next one is often about a later event of it. */
let shown: { readonly key: string; readonly run: OpenRun } | undefined;

addEventListener('message', ({ data }: MessageEvent<ToRunWorker>) => {
  void answer(data);
});

async function answer(asked: ToRunWorker): Promise<void> {
  try {
    if (asked.type === 'cancel') cancelled.add(asked.id);
    else if (asked.type === 'open') await open(asked);
    else if (asked.type === 'replay') tell(await replayed(asked));
    else if ('records' in asked) await showRecords(asked);
    else await show(asked);
  } catch (error) {
    tell({
      type: 'broke',
      id: asked.id,
      text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

async function open(asked: ToRunWorker & { readonly type: 'open' }): Promise<void> {
  const { id } = asked;
  const workloads = await workloadsOf(asked.plan);
  const plan = planOf(asked, workloads);
  if (plan === undefined) return;
  const run = runOf(plan, asked, workloads, true);
  while (run.result === undefined) {
    run.advanceTo({ event: run.events + SLICE });
    await turn();
    if (cancelled.delete(id)) return;
    tell({ type: 'progress', id, events: run.events, millis: run.now / 1_000 });
  }
  tell({ type: 'ran', id, plan, plain: plainPlan(plan), model: modelOf(run.result) });
}

async function replayed(asked: ToRunWorker & { readonly type: 'replay' }): Promise<FromRunWorker> {
  const { replay } = await import('./replay-records.ts');
  return replay(asked);
}

async function showRecords(asked: ToRunWorker & { readonly type: 'view' } & Replayed): Promise<void> {
  const { id, event } = asked;
  const { viewOfRecords } = await import('./replay-records.ts');
  const view = viewOfRecords(asked.records, event);
  if (view !== undefined) tell({ type: 'view', id, view });
}

async function show(asked: ToRunWorker & { readonly type: 'view' } & Asked): Promise<void> {
  const { id, event, bug } = asked;
  const workloads = await workloadsOf(asked.plan);
  const plan = planOf(asked, workloads);
  if (plan === undefined) return;
  const key = JSON.stringify([plan, bug]);
  const kept = views.get(`${event} ${key}`);
  if (kept !== undefined) return tell({ ...kept, id });
  if (shown?.key !== key || shown.run.events > event) shown = { key, run: runOf(plan, asked, workloads, false) };
  shown.run.advanceTo({ event });
  const told = { type: 'view', id, view: shown.run.view() } as const;
  views.set(`${event} ${key}`, told);
  const [oldest] = views.keys();
  if (views.size > VIEWS_KEPT && oldest !== undefined) views.delete(oldest);
  tell(told);
}

function planOf({ id, plan }: ToRunWorker & Asked, workloads: readonly Workload[]): Plan | undefined {
  const decoded = decodePlan(plan, workloads);
  if (decoded.type === 'decoded') return decoded.value;
  tell({ type: 'refused', id, reason: decoded.reason });
  return undefined;
}

function runOf(plan: Plan, { bug }: Asked, workloads: readonly Workload[], recording: boolean): OpenRun {
  const planted = new Set(bug === undefined ? [] : [bug]);
  return openRun(plan, { workloads, strict: false, recording, planted });
}

/** Lets messages in that have come meanwhile. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(undefined);
  });
}

function tell(message: FromRunWorker): void {
  postMessage(message);
}
