/** The simulator: a plan in, a verdict out. Pure and deterministic; runs in a worker or a browser as well. */
export type { Fault } from './fault.ts';
export { decodePlan, type Plan, type PlanInput, planOf } from './plan.ts';
export { type RunOptions, type RunResult, runPlan } from './run.ts';
export { planOfSeed } from './swarm.ts';
