import * as z from 'zod';
import { isObject } from '../../protocol/decode.ts';
import type { Json } from '../../protocol/json.ts';
import { match, routerOf } from '../../frontend/router.ts';
import type { Route, Service } from '../../frontend/service.ts';
import type { ClientCall } from '../history.ts';
import { choose, type Dice } from '../random.ts';
import { queryString } from './calls.ts';
import { defineWorkload } from './define.ts';
import { drawValue, fieldsOf, isOfType, isOptional, type Schema } from './draw.ts';
import { learnFrom, type Lesson, lessonsOf } from './lessons.ts';
import { get, type Known, post, type Workload } from './workload.ts';

/** So many in a thousand bodies are nonsense. */
const NONSENSE = 20;

/** So many in a thousand requests are about something that was heard of before, and then so many of their fields. */
const [FAMILIAR, FAMILIAR_FIELD] = [700, 850];

/**
 * How clients use a service of which nobody has said how: every path that schemas describe is a kind of request, called by its
 * method and path (`POST /seats/hold`), with fields drawn from small domains and from what answers have taught. Paths for
 * operators are left alone. A service without such paths has no kinds: its clients ask what a script says.
 */
export function defaultWorkload(service: Service): Workload {
  const router = routerOf(service.routes);
  const kinds = service.routes.flatMap((route) => {
    const draw = route.signed === true ? undefined : drawOf(route);
    return draw === undefined ? [] : [[`${route.method} ${route.path}`, draw] as const];
  });
  return defineWorkload({
    service,
    kinds: Object.fromEntries(kinds),
    learn({ method, path, body }, status, answer, known) {
      if (status !== 200) return;
      const matched = match(router, method, path);
      const parameters = matched.type === 'route' ? matched.parameters : {};
      learnFrom({ ...parameters, ...(isFields(body) ? body : {}) }, answer, known);
    },
  });
}

function drawOf({ method, path, schemas }: Route): ((dice: Dice, known: Known) => ClientCall) | undefined {
  if (schemas === undefined) return undefined;
  const parameters = schemaOf(schemas.parameters);
  const body = schemaOf(schemas.body);
  return (dice, known) => {
    const lesson = lessonFor(dice, known);
    const { target, query } = placed(path, fieldsFor(parameters, lesson, dice));
    if (method === 'GET') return get(`${target}${query}`);
    return post(`${target}${query}`, bodyFor(body, lesson, dice));
  };
}

/** What a request is about, if it is about something familiar: rather something new than something old. */
function lessonFor(dice: Dice, known: Known): Lesson {
  const lessons = lessonsOf(known);
  if (lessons.length === 0 || !dice.chance(FAMILIAR)) return {};
  return choose(lessons, Math.max(dice.below(lessons.length), dice.below(lessons.length)), {});
}

function fieldsFor(schema: Schema, lesson: Lesson, dice: Dice): Readonly<Record<string, Json>> {
  const drawn: Record<string, Json> = {};
  for (const [name, of] of Object.entries(fieldsOf(schema, schema))) {
    if (isOptional(schema, name) && dice.chance(500)) continue;
    drawn[name] = fieldFor(name, of, schema, lesson, dice);
  }
  return drawn;
}

function fieldFor(name: string, of: Schema, root: Schema, lesson: Lesson, dice: Dice): Json {
  const familiar = Object.hasOwn(lesson, name) ? lesson[name] : lesson[''];
  const fits = familiar !== undefined && isOfType(of, root, familiar);
  return fits && dice.chance(FAMILIAR_FIELD) ? familiar : drawValue(of, root, dice);
}

function bodyFor(schema: Schema, lesson: Lesson, dice: Dice): Json {
  const fields = fieldsOf(schema, schema);
  const names = Object.keys(fields);
  if (names.length === 0) return Object.keys(schema).length === 0 ? {} : drawValue(schema, schema, dice);
  const drawn = fieldsFor(schema, lesson, dice);
  return dice.chance(NONSENSE) ? { ...drawn, [choose(names, dice.below(names.length), '')]: null } : drawn;
}

/** Parameters where they belong: in the path, or else behind it. */
function placed(
  path: string,
  fields: Readonly<Record<string, Json>>,
): { readonly target: string; readonly query: string } {
  const left = { ...fields };
  const target = path.replaceAll(/:([^/]+)/g, (_, name: string) => {
    const value = left[name] ?? 'a';
    delete left[name];
    return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value));
  });
  return { target, query: queryString(left) };
}

function schemaOf(schema: z.ZodType): Schema {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // It comes with getters and methods of its own; here it is JSON and nothing else.
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(described)));
}

function isFields(body: Json | undefined): body is { readonly [name: string]: Json } {
  return isObject(body);
}
