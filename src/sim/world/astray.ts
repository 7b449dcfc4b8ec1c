import type { App, EntryContext, GroupName, Step } from '../../protocol/model/app.ts';
import type { Service } from '../../service/service.ts';
import { isStrayed, type Strayed } from '../judges/strayed.ts';
import type { Plan } from '../plan/plan.ts';
import type { Workload } from '../workloads/workload.ts';
import { codeOver } from './code-over.ts';

/*
 * A server whose build applies some commands otherwise than the others do (PROTOCOL §11.8), as one that goes by a clock
 * would. Its state counts them, beside that of the service: every build of the plan has such states, since full copies
 * go from one server to another.
 */

/** The entries at which a server goes astray, and whether its migrations throw. */
export type Window = Omit<NonNullable<Plan['astray']>, 'server'>;

/** The workload of a plan with such a server; the judges' own code goes astray nowhere. */
export function inSight(workload: Workload, { astray }: Pick<Plan, 'astray'>): Workload {
  if (astray === undefined) return workload;
  return {
    ...workload,
    service: strayingService(workload.service, undefined),
    atRest: (states) => workload.atRest(innerOfAll(states)),
  };
}

/** The service as a server has it that goes astray in `window`, if anywhere. */
export function strayingService(service: Service, window: Window | undefined): Service {
  return {
    ...service,
    apps: service.apps.map((app) => straying(app, window)),
    invariants: service.invariants.map((invariant) => ({
      name: invariant.name,
      broken: (states) => invariant.broken(innerOfAll(states)),
    })),
  };
}

function straying(app: App, window: Window | undefined): App {
  const around = (state: unknown, made: Step<unknown>, { index }: EntryContext): Step<unknown> => {
    const isAstray = window !== undefined && index >= window.from && index <= window.to;
    if (!isAstray && made.state === innerOf(state)) return { ...made, state };
    return { ...made, state: { inner: made.state, strayed: asStrayed(state).strayed + (isAstray ? 1 : 0) } };
  };
  const migrate = (state: unknown): unknown => {
    if (window?.failsMigration === true) throw new Error('this server cannot migrate');
    return { ...asStrayed(state), inner: app.migrate?.(innerOf(state)) };
  };
  return {
    ...codeOver(app, { innerOf, around }),
    ...(app.previous === undefined ? {} : { previous: straying(app.previous, window) }),
    initial: { inner: app.initial, strayed: 0 },
    ...(app.migrate === undefined ? {} : { migrate }),
  };
}

function asStrayed(state: unknown): Strayed {
  return isStrayed(state) ? state : { inner: state, strayed: 0 };
}

function innerOf(state: unknown): unknown {
  return asStrayed(state).inner;
}

function innerOfAll(states: Readonly<Record<GroupName, unknown>>): Readonly<Record<GroupName, unknown>> {
  return Object.fromEntries(Object.entries(states).map(([group, state]) => [group, innerOf(state)]));
}
