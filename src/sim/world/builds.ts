import type { App, GroupName, Step } from '../../protocol/model/app.ts';
import { versionOf } from '../../protocol/model/app-versions.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import type { Service } from '../../service/service.ts';
import type { Build, Plan } from '../plan/plan.ts';
import type { Workload } from '../workloads/workload.ts';
import { codeOver } from './code-over.ts';

/*
 * Builds of a service with several versions (PROTOCOL §11), made from a service that has one. Version 1 is the service
 * itself, whatever version it has itself, and others follow. From version 2 on, a state is that of the service with a
 * count of the commands that this version has carried out: what another version's code had done with the same entries
 * would be another state, and clients see no difference.
 */

/** What a node runs unless the plan says otherwise. */
export const FIRST_BUILD: Build = { oldest: 1, newest: 1 };

/** The newest version that any node of the plan may run. */
export function newestIn({ builds, faults }: Pick<Plan, 'builds' | 'faults'>): number {
  const deployed = faults.map((fault) => (fault.type === 'deploy' ? fault.newest : 1));
  return Math.max(1, ...Object.values(builds).map(({ newest }) => newest), ...deployed);
}

/** The workload whose service has versions 1 to `newest`; the judges' own code. */
export function inVersions(workload: Workload, newest: number): Workload {
  if (newest === 1) return workload;
  return {
    ...workload,
    service: serviceOfBuild(workload.service, { oldest: 1, newest }),
    atRest: (states) => workload.atRest(unversioned(states)),
  };
}

/** The service as one build has it. */
export function serviceOfBuild(
  service: Service,
  { oldest, newest }: Build,
  how: 'with migrations' | 'without migrations' = 'with migrations',
): Service {
  if (newest === 1) return service;
  return {
    ...service,
    apps: service.apps.map((app) => codeOfVersion(app, newest, { oldest, how })),
    invariants: service.invariants.map((invariant) => ({
      name: invariant.name,
      broken: (states) => invariant.broken(unversioned(states)),
    })),
  };
}

interface Versioned {
  readonly ofVersion: number;
  /** Commands carried out by this version. */
  readonly carriedOut: number;
  readonly inner: unknown;
}

interface Making {
  readonly oldest: number;
  readonly how: 'with migrations' | 'without migrations';
}

function codeOfVersion(app: App, place: number, making: Making): App {
  if (place === 1) return app;
  const version = versionOf(app) - 1 + place;
  const previous = place > making.oldest ? { previous: codeOfVersion(app, place - 1, making) } : {};
  const migrate = (state: unknown): Versioned => ({ ofVersion: version, carriedOut: 0, inner: innerOf(state) });
  return {
    ...codeOver(app, { innerOf, around: (before, step) => counted(version, before, step) }),
    version,
    ...previous,
    initial: { ofVersion: version, carriedOut: 0, inner: app.initial },
    ...(making.how === 'with migrations' ? { migrate } : {}),
  };
}

/**
 * The step of the service itself, over the state that counts; in a model without migrations it may be of version 1 still.
 * What a refusal leaves as it was stays the same value.
 */
function counted(version: number, before: unknown, step: Step<unknown>): Step<unknown> {
  const { ofVersion, carriedOut, inner } = isVersioned(before)
    ? before
    : { ofVersion: version, carriedOut: 0, inner: before };
  if (step.state === inner) return { ...step, state: before };
  return { ...step, state: { ofVersion, carriedOut: carriedOut + 1, inner: step.state } };
}

function innerOf(state: unknown): unknown {
  return isVersioned(state) ? state.inner : state;
}

function unversioned(states: Readonly<Record<GroupName, unknown>>): Readonly<Record<GroupName, unknown>> {
  return Object.fromEntries(Object.entries(states).map(([group, state]) => [group, innerOf(state)]));
}

function isVersioned(state: unknown): state is Versioned {
  return isObject(state) && typeof state['ofVersion'] === 'number' && typeof state['carriedOut'] === 'number';
}
