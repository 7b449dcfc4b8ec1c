import type { App } from '../protocol/model/app.ts';
import { defineService } from '../service/define-service.ts';
import type { Service } from '../service/service.ts';
import type { ClientCall } from '../sim/base/history.ts';
import { defaultWorkload } from '../sim/workloads/default.ts';
import type { Probe, Workload } from '../sim/workloads/workload.ts';

/** What can be simulated: an app by itself, a service, or a service and how clients use it. */
export type Subject = App | Service | Workload;

/** A service made of bare apps, called like the first: its paths are `defaultRoutes`. */
export function serviceOf(first: App, ...others: readonly App[]): Service {
  return defineService({ name: first.name, apps: [first, ...others] });
}

/**
 * The workload of a subject. An app and a service come without one: their clients ask what schemas let them ask and, where
 * there is a `script`, the first write and the first read of it are what the cluster is probed with once it is at rest,
 * whatever those are answered.
 */
export function workloadOf(
  subject: Subject,
  script: readonly Pick<ClientCall, 'method' | 'path' | 'body'>[],
): Workload {
  if ('service' in subject) return subject;
  const workload = defaultWorkload('apps' in subject ? subject : serviceOf(subject));
  const asked = (['POST', 'GET'] as const).flatMap((method) => script.find((call) => call.method === method) ?? []);
  const probes = asked.map(({ method, path, body }): Probe => ({ method, path, body, session: false, expect: 'any' }));
  return probes.length === 0 ? workload : { ...workload, probes };
}
