import type { App, GroupName, Outcome } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import { type PlantedBug, type PlantedBugGiven, plantedBugsNamed } from '../protocol/model/mutants.ts';
import type { ClientOperation } from '../sim/base/history.ts';
import { type Plan, type PlanInput, planOf } from '../sim/plan/plan.ts';
import { type RunOptions, runPlan, type RunResult } from '../sim/verdict/run.ts';
import type { Workload } from '../sim/workloads/workload.ts';
import { type Subject, workloadOf } from './subject.ts';

export interface SimulateOptions extends Pick<RunOptions, 'strict' | 'trace' | 'recording'> {
  /** Planted bugs of Understudy itself, by name or by number. */
  readonly planted?: readonly PlantedBugGiven[];
}

/** A run, its plan, and its results. */
export interface Simulation extends RunResult {
  readonly plan: Plan;
  readonly planted: readonly PlantedBug[];
  readonly workload: Workload;
  /** Requests and answers, a line each, in the order of the requests: `c1 POST /locks {"type":…} → 200 {…}`. */
  readonly story: readonly string[];
  /** The result of `query` after the last entry that any server has committed. */
  read<Query extends Json>(
    app: Pick<App<unknown, Json, Query>, 'name' | 'decodeQuery'>,
    query: NoInfer<Query>,
  ): Outcome;
}

/**
 * Runs an app, a service or a workload under a plan, to its end or to the first broken rule. Everything in the plan is
 * optional; by default the clients of a workload make some requests all the same. An invalid plan is an error
 * (`TypeError`) with the path of what is wrong; so is an unknown planted bug.
 */
export function simulate(subject: Subject, input: PlanInput = {}, options: SimulateOptions = {}): Simulation {
  const script = input.workload?.script ?? [];
  const workload = workloadOf(
    subject,
    script.map(({ method, path, body }) => ({ method, path, body })),
  );
  const plan = planOf(completed(input, workload), [workload]);
  const { planted: given = [], ...others } = options;
  const planted = plantedBugsNamed(given);
  const result = runPlan(plan, { ...others, planted, states: true, workloads: [workload] });
  return {
    ...result,
    plan,
    planted: [...planted],
    workload,
    story: result.history.map(tell),
    read: (app, query) => readAt(workload, result.states ?? {}, app.name, query),
  };
}

/** The plan for this workload. Without a word about clients it has three, with ten requests each. */
function completed(input: PlanInput, workload: Workload): PlanInput {
  const asked = { ...input, service: workload.service.name };
  if (input.workload !== undefined || workload.kinds.length === 0) return asked;
  return { ...asked, workload: { clients: 3, requests: 10 } };
}

function readAt(
  { service }: Workload,
  states: Readonly<Record<GroupName, unknown>>,
  group: GroupName,
  query: Json,
): Outcome {
  const app = service.apps.find(({ name }) => name === group);
  if (app === undefined) throw new RangeError(`${service.name} has no group ${group}`);
  const decoded = app.decodeQuery(query);
  if (decoded.type === 'rejected') throw new TypeError(decoded.reason);
  return app.read(states[group], decoded.value);
}

function tell({ client, call, result }: ClientOperation): string {
  const body = call.body === undefined ? '' : ` ${JSON.stringify(call.body)}`;
  const asked = `${client} ${call.method} ${call.path}${body}`;
  if (result === undefined) return `${asked} → …`;
  return result.type === 'unknown' ? `${asked} → unknown` : `${asked} → ${result.status} ${result.body}`.trimEnd();
}
