import { parseJson } from '../protocol/decode.ts';
import type { App, Outcome } from '../protocol/app.ts';
import type { Json } from '../protocol/json.ts';
import { defineService } from '../frontend/define.ts';
import type { Plan as Next, Route, Service } from '../frontend/service.ts';
import type { ClientCall } from '../sim/history.ts';
import { defineWorkload } from '../sim/workloads/define.ts';
import { get, post, type Probe, type Workload } from '../sim/workloads/workload.ts';

/** What can be simulated: an app by itself, a service, or a service and how clients use it. */
export type Subject = App | Service | Workload;

/** A service made of bare apps, for their tests: `POST /locks` takes a command, `GET /locks/:query` a query in JSON. */
export function serviceOf(first: App, ...others: readonly App[]): Service {
  const apps = [first, ...others];
  return defineService({ name: first.name, apps, routes: apps.flatMap(routesOf), invariants: [] });
}

/** The request that gives `command` to a bare app. */
export function command(app: Pick<App, 'name'>, what: Json): ClientCall {
  return post(`/${app.name}`, what);
}

/** The request that asks a bare app. */
export function query(app: Pick<App, 'name'>, what: Json): ClientCall {
  return get(`/${app.name}/${encodeURIComponent(JSON.stringify(what))}`);
}

/**
 * The workload of a subject. An app and a service come without one: their clients ask what a plan's script says, and once
 * at rest they are probed with the first write and the first read of `script`, whatever those are answered.
 */
export function workloadOf(
  subject: Subject,
  script: readonly Pick<ClientCall, 'method' | 'path' | 'body'>[],
): Workload {
  if ('service' in subject) return subject;
  const service = 'apps' in subject ? subject : serviceOf(subject);
  const asked = (['POST', 'GET'] as const).flatMap((method) => script.find((call) => call.method === method) ?? []);
  const probes = asked.map(({ method, path, body }): Probe => ({ method, path, body, session: false, expect: 'any' }));
  return defineWorkload({ service, kinds: {}, probes });
}

function routesOf(app: App): readonly Route[] {
  const group = app.name;
  const write: Route<Json> = {
    method: 'POST',
    path: `/${group}`,
    decode: (_, body) => app.decode(body),
    plan: (asked, [outcome]) => (outcome === undefined ? { type: 'write', group, command: asked } : answer(outcome)),
  };
  const read: Route<Json> = {
    method: 'GET',
    path: `/${group}/:query`,
    decode(parameters) {
      const parsed = parseJson(parameters['query'] ?? '', 65_536);
      return parsed.type === 'rejected' ? parsed : app.decodeQuery(parsed.value);
    },
    plan: (asked, [outcome]) => (outcome === undefined ? { type: 'read', group, query: asked } : answer(outcome)),
  };
  return [write, read];
}

function answer(outcome: Outcome): Next {
  return outcome.type === 'accepted'
    ? { type: 'answer', status: 200, body: outcome.value }
    : { type: 'answer', status: 400, body: { error: outcome.reason } };
}
