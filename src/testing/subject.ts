import type { App } from '../protocol/model/app.ts';
import { defineService } from '../service/define-service.ts';
import type { Service } from '../service/service.ts';
import type { ClientCall } from '../sim/base/history.ts';
import { defaultWorkload } from '../sim/workloads/default.ts';
import type { Probe, Workload } from '../sim/workloads/workload.ts';

/** What can be simulated: an app, a service, or a service with its workload. */
export type Subject = App | Service | Workload;

/** A service of bare apps, named after the first: its paths are `defaultRoutes`. */
export function serviceOf(first: App, ...others: readonly App[]): Service {
  return defineService({ name: first.name, apps: [first, ...others] });
}

/**
 * The workload of a subject. For an app or a service it is the default one: clients make requests by the schemas. With
 * a `script`, its first write and first read are the probes of the quiescent cluster, with any answer.
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
