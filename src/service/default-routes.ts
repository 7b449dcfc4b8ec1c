import * as z from 'zod';
import type { App, Decoded, Outcome } from '../protocol/model/app.ts';
import { assert } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import { isObject, parseClientJson } from '../protocol/wire/decode.ts';
import { readList } from './plans.ts';
import { type Kind, kindsIn, schemasOf, untypedIn } from './schemas.ts';
import type { Route, RoutePlan } from './service.ts';

/** The longest text in a path or query string that is parsed as JSON, in UTF-16 units. */
const TEXT_AT_MOST = 65_536;

/**
 * The default routes of apps: `own`, and those of the following that `own` does not replace.
 *
 * | path | request |
 * | --- | --- |
 * | `POST /GROUP/COMMAND` | a command of that type, with its other fields in the body |
 * | `GET /GROUP/QUERY?field=…` | a query of that type; fields that are no text are JSON |
 *
 * The answer is 200 and the value as JSON, or 400 and `{"error": reason}`. An app without schemas has `POST /GROUP` for
 * whole commands and `GET /GROUP/:query` for a query in JSON.
 */
export function defaultRoutes(apps: readonly App[], own: readonly Route[] = []): readonly Route[] {
  const taken = new Set(own.map(shapeOf));
  return [...own, ...apps.flatMap(routesOf).filter((route) => !taken.has(shapeOf(route)))];
}

/** The method, and the path without the names of its parameters: unique per route in a service. */
export function shapeOf({ method, path }: Route): string {
  return `${method} ${path.replaceAll(/:[^/]+/g, ':')}`;
}

function routesOf(app: App): readonly Route[] {
  const schemas = schemasOf(app);
  if (schemas === undefined) return bareRoutes(app);
  const { commands, queries, internal } = schemas;
  requireTyped(app, 'command', commands);
  requireTyped(app, 'query', queries);
  const open = kindsIn(commands).filter(({ type }) => !internal.includes(type));
  return [...open.map((kind) => commandRoute(app, kind)), ...kindsIn(queries).map((kind) => queryRoute(app, kind))];
}

/** Refuses a member without a type, which would have no path. */
function requireTyped(app: App, what: 'command' | 'query', schema: z.ZodType): void {
  const why = untypedIn(schema);
  assert(
    why === undefined,
    `a ${what} of \`${app.name}\` ${why}, so it has no path: give it a literal \`type\`, or give the service \`routes\` of its own in place of the default ones`,
  );
}

function commandRoute(app: App, { type, fields, summary }: Kind): Route<Json> {
  return {
    method: 'POST',
    path: pathOf(app, type),
    summary,
    schemas: { parameters: z.object({}), body: Object.keys(fields.shape).length === 0 ? z.unknown() : fields },
    decode(_, body = {}) {
      if (!isObject(body)) return rejected('body: expected object');
      if (body['type'] !== undefined && body['type'] !== type) return rejected(`type: the path says ${type}`);
      return app.decode({ ...body, type });
    },
    plan: (command, [outcome]) =>
      outcome === undefined ? { type: 'write', group: app.name, command } : answer(outcome),
  };
}

function queryRoute(app: App, { type, fields, summary }: Kind): Route<Json> {
  return {
    method: 'GET',
    path: pathOf(app, type),
    summary,
    schemas: { parameters: fields, body: z.unknown() },
    decode(parameters) {
      const asked = Object.entries<z.core.$ZodType>(fields.shape).flatMap(([name, schema]) => {
        const text = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
        return text === undefined ? [] : [[name, valueOf(schema, text)] as const];
      });
      return app.decodeQuery({ ...Object.fromEntries(asked), type });
    },
    plan: (query, [outcome]) => (outcome === undefined ? readList(app.name, query) : answer(outcome)),
  };
}

/** A text if the schema takes one; otherwise parsed as JSON. */
function valueOf(schema: z.core.$ZodType, text: string): unknown {
  if (z.safeParse(schema, text).success) return text;
  const parsed = parseClientJson(text, TEXT_AT_MOST);
  return parsed.type === 'decoded' ? parsed.value : text;
}

function pathOf(app: App, type: string): string {
  assert(/^[\w-]+$/.test(type), 'a command or query with a path is named in letters, digits, dashes and underscores');
  return `/${app.name}/${type}`;
}

function bareRoutes(app: App): readonly Route[] {
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
      const parsed = parseClientJson(parameters['query'] ?? '', TEXT_AT_MOST);
      return parsed.type === 'rejected' ? parsed : app.decodeQuery(parsed.value);
    },
    plan: (asked, [outcome]) => (outcome === undefined ? readList(group, asked) : answer(outcome)),
  };
  return [write, read];
}

function answer(outcome: Outcome): RoutePlan {
  return outcome.type === 'accepted'
    ? { type: 'answer', status: 200, body: outcome.value }
    : { type: 'answer', status: 400, body: { error: outcome.reason } };
}

function rejected(reason: string): Extract<Decoded<never>, { readonly type: 'rejected' }> {
  return { type: 'rejected', reason };
}
