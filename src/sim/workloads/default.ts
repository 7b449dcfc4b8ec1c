import type { Json } from '../../protocol/model/json.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import { match, routerOf } from '../../service/router.ts';
import { drawValue, fieldsOf, isOfType, type Schema } from '../../service/schema-values/draw.ts';
import { describedBy, fieldsFor, pathWith } from '../../service/schema-values/sample.ts';
import type { Route, Service } from '../../service/service.ts';
import type { ClientCall } from '../base/history.ts';
import { choose, type Dice } from '../base/random.ts';
import { defineWorkload } from './define.ts';
import { type LearnedValues, learnedValuesOf, learnFrom } from './learned-values.ts';
import { get, type Known, post, type Workload } from './workload.ts';

/** Per mille of bodies that are nonsense. */
const NONSENSE = 20;

/** Per mille of requests that use a learned value, and then of their fields. */
const [FAMILIAR, FAMILIAR_FIELD] = [700, 850];

/**
 * The default workload of a service: every path with a schema is a kind of request, called by method and path (`POST
 * /seats/hold`), with fields drawn from small domains and from earlier answers. Paths for operators are left out. A
 * service without such paths has no kinds: its clients send what a script says.
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
  const parameters = describedBy(schemas.parameters);
  const body = describedBy(schemas.body);
  return (dice, known) => {
    const lesson = valuesFor(dice, known);
    const target = pathWith(path, drawFields(parameters, lesson, dice));
    return method === 'GET' ? get(target) : post(target, bodyFor(body, lesson, dice));
  };
}

/** Learned values for a request, if it uses any: mostly recent ones. */
function valuesFor(dice: Dice, known: Known): LearnedValues {
  const learned = learnedValuesOf(known);
  if (learned.length === 0 || !dice.chance(FAMILIAR)) return {};
  return choose(learned, Math.max(dice.below(learned.length), dice.below(learned.length)), {});
}

function drawFields(schema: Schema, lesson: LearnedValues, dice: Dice): Readonly<Record<string, Json>> {
  return fieldsFor(
    schema,
    (name, of) => fieldFor(name, of, schema, lesson, dice),
    () => dice.chance(500),
  );
}

function fieldFor(name: string, of: Schema, root: Schema, lesson: LearnedValues, dice: Dice): Json {
  const familiar = Object.hasOwn(lesson, name) ? lesson[name] : lesson[''];
  const fits = familiar !== undefined && isOfType(of, root, familiar);
  return fits && dice.chance(FAMILIAR_FIELD) ? familiar : drawValue(of, root, dice);
}

function bodyFor(schema: Schema, lesson: LearnedValues, dice: Dice): Json {
  const fields = fieldsOf(schema, schema);
  const names = Object.keys(fields);
  if (names.length === 0) return Object.keys(schema).length === 0 ? {} : drawValue(schema, schema, dice);
  const drawn = drawFields(schema, lesson, dice);
  return dice.chance(NONSENSE) ? { ...drawn, [choose(names, dice.below(names.length), '')]: null } : drawn;
}

function isFields(body: Json | undefined): body is { readonly [name: string]: Json } {
  return isObject(body);
}
