import * as z from 'zod';
import { FRONT_END, GOSSIP } from '../protocol/model/address.ts';
import type { Decided } from '../protocol/model/app.ts';
import { assert } from '../protocol/model/assert.ts';
import { defaultRoutes, shapeOf } from './default-routes.ts';
import { requireStorable } from './require-storable.ts';
import { decodeWith } from './schemas.ts';
import type { FrontEndView, Route, RoutePlan, Service } from './service.ts';

/** A client's request on one path, decoded. */
export interface Asked<Parameters, Body> {
  readonly parameters: Parameters;
  readonly body: Body;
}

export interface RouteDefinition<Parameters, Body> {
  readonly method: 'GET' | 'POST';
  /** `/seats/:seatid/hold/:userid` */
  readonly path: string;
  /** For operators only; see `Route`. */
  readonly signed?: boolean;
  /** A GET that changes something; see `Route`. */
  readonly changes?: boolean;
  /** The schema of the path's parameters, which are texts; `nothing` for a path without any. */
  readonly parameters: z.ZodType<Parameters>;
  /** The schema of the parsed JSON body; `noBody` for a path that ignores it. */
  readonly body: z.ZodType<Body>;
  /** The schema of the body of a 200; `noAnswer` for an empty one, left out for any JSON. Not checked at run time. */
  readonly answer?: z.ZodType;
  /** The purpose of the path, in a few words. */
  readonly summary?: string;
  /** Other statuses than 200 and 400, with their causes; see `Route`. */
  readonly errors?: Readonly<Record<number, string>>;
  /** @deprecated The name of `errors` in earlier builds; gone after 0.1.0. */
  readonly refuses?: Readonly<Record<number, string>>;
  readonly plan: (asked: Asked<Parameters, Body>, outcomes: readonly Decided[], view: FrontEndView) => RoutePlan;
}

/** The schema of a path without parameters. */
export const nothing = z.object({});

/** The schema of a body that is ignored. */
export const noBody = z.unknown();

/** The schema of an answer without a body. */
export const noAnswer = z.undefined();

/** Defines a route, with schemas for its untrusted inputs, which are kept as `schemas`. */
export function defineRoute<Parameters, Body>(
  definition: RouteDefinition<Parameters, Body>,
): Route<Asked<Parameters, Body>> {
  const { method, path, signed = false, changes = false, parameters, body, answer, summary, plan } = definition;
  const errors = definition.errors ?? definition.refuses ?? {};
  return {
    method,
    path,
    ...(signed ? { signed } : {}),
    ...(changes ? { changes } : {}),
    summary,
    schemas: { parameters, body, answer },
    errors,
    decode(givenParameters, givenBody) {
      const decodedParameters = decodeWith(parameters, givenParameters, 'path');
      if (decodedParameters.type === 'rejected') return decodedParameters;
      const decodedBody = decodeWith(body, givenBody, 'body');
      if (decodedBody.type === 'rejected') return decodedBody;
      return { type: 'decoded', value: { parameters: decodedParameters.value, body: decodedBody.value } };
    },
    plan,
  };
}

/** The definition of a service: see `Service`. `routes` defaults to `defaultRoutes`, `invariants` to none. */
export interface ServiceDefinition extends Omit<Service, 'routes' | 'invariants'> {
  readonly routes?: readonly Route[];
  readonly invariants?: Service['invariants'];
}

/** Checks a definition, and adds the defaults. Throws if it is inconsistent. */
export function defineService(definition: ServiceDefinition): Service {
  const { apps, routes = defaultRoutes(apps), invariants = [] } = definition;
  const service = { ...definition, routes, invariants };
  const names = apps.map(({ name }) => name);
  assert(new Set(names).size === names.length, 'the groups of a service have different names');
  // Names are parts of tokens (`events=HISTORY:12`), addresses and folder names.
  assert(
    names.every((name) => /^[a-z][a-z0-9-]*$/.test(name) && name !== FRONT_END && name !== GOSSIP),
    'a group is named in lower-case letters, digits and dashes, and not like the front end or the gossip',
  );
  for (const app of apps) {
    requireStorable(app.name, app.initial);
    const calls: unknown = 'calls' in app ? app.calls : undefined;
    const groups: readonly unknown[] = Array.isArray(calls) ? calls : [];
    const unknown = groups.map(String).find((group) => !names.includes(group));
    assert(
      unknown === undefined,
      `\`${app.name}\` calls \`${unknown}\`, which is no group of this service; there are ${names.join(', ')}`,
    );
  }
  requireDistinct(service.routes);
  requireDistinct(service.serverRoutes ?? []);
  return service;
}

function requireDistinct(routes: readonly Route[]): void {
  const paths = routes.map(shapeOf);
  assert(new Set(paths).size === paths.length, 'no two routes answer the same method and path');
  assert(
    routes.every(({ path }) => path.startsWith('/')),
    'a path starts with a slash',
  );
}
