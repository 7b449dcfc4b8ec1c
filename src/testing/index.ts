/**
 * For tests of a service: whole simulated clusters in one call, plans and faults that fast-check makes and shrinks, and
 * laws that every app must keep. Needs fast-check; the matchers for vitest are `understudy/testing/vitest`.
 */
export { appCommands, serviceCommands, type Story, type StoryOptions } from './app-commands.ts';
export { checkApp, type CheckOptions } from './check-app.ts';
export { type FaultOptions, faultSchedules } from './faults.ts';
export { finiteNumber, hostileJson, hostileKey, hostileText } from './hostile-json.ts';
export { BrokenLaw } from './law.ts';
export { type Match, matchers, type Probe } from './matchers.ts';
export { type PlanOptions, plans, workloads } from './plans.ts';
export { planText } from './plan-text.ts';
export { showReplay, showVerdict } from './show.ts';
export { simulate, type SimulateOptions, type Simulation } from './simulate.ts';
export { DOES_NOT_MATTER } from './story-commands.ts';
export { type FaultInput, FOR_GOOD, type Ground, PASSING, type StrikeKind } from './strikes.ts';
export { command, query } from '../sim/workloads/calls.ts';
export { serviceOf, type Subject } from './subject.ts';
export type { GroupStory, Twin } from './twin.ts';
