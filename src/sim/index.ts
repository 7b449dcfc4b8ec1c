export { compareRuns, type Comparison } from './verdict/determinism.ts';
export { SHIVIZ_PARSER, shivizLog } from './diagram/shiviz.ts';
export { type SpaceTimeOptions, spaceTimeSvg } from './diagram/svg.ts';
export type { Fault } from './plan/fault.ts';
export {
  addGoals,
  countGoals,
  type GoalCounts,
  type GoalName,
  GOALS,
  goalsHit,
  goalsNeverHit,
} from './coverage/goals.ts';
export type { ClientCall, ClientOperation } from './base/history.ts';
export { decodePlan, type Plan, type PlanInput, planOf } from './plan/plan.ts';
export { planSchemaAsJson } from './plan/plan-schema.ts';
export type { Dice } from './base/random.ts';
export { openRun, type OpenRun } from './verdict/open-run.ts';
export { type RunOptions, type RunResult, runPlan } from './verdict/run.ts';
export type { EntryView, NodeView, ReplicaView, RunView } from './verdict/view.ts';
export { type PlanSize, sizeOf } from './plan/plan-size.ts';
export { type Shrunk, type ShrinkOptions, shrinkPlan } from './shrink/shrink.ts';
export { type Focus, planOfSeed } from './plan/swarm.ts';
export type { Recording, RecordedEvent } from './recording/recording.ts';
export { command, query } from './workloads/calls.ts';
export { defaultWorkload } from './workloads/default.ts';
export { defineWorkload, type WorkloadDefinition } from './workloads/define.ts';
export { get, getFresh, type Known, post, type Probe, type Workload } from './workloads/workload.ts';
export type { Core } from './world/core.ts';
export type { Pending } from './world/core.ts';
