import type { Json } from '../../protocol/model/json.ts';
import { isObject } from '../../protocol/wire/decode.ts';

/*
 * Random values of a JSON Schema, from a small set: clients that choose among a thousand names never collide.
 * `examples` of a schema are used instead.
 */

/** The source of random numbers: of the simulation, or a constant one. */
export interface Draws {
  /** A whole number from 0 up to (not including) `bound`. */
  below(bound: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True `perMille` times in a thousand. */
  chance(perMille: number): boolean;
  pick<Value>(first: Value, ...rest: readonly Value[]): Value;
}

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, Json>>;

/** The depth from which values are as small as the schema allows. */
const DEPTH_AT_MOST = 4;

/** The first three of each kind are drawn most of the time; the others are for what can be had only once. */
const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;

/** How many texts in a thousand are one of the first three. */
const COMMON = 700;

/** Texts of many forms, for patterns to match. */
const TEXTS = [
  'a b c A B C 1 2 3 A1 A2 B1 a1 a2 b1 aa ab ba AA AB BA 10 11 12 abc abd acd ABC ABD ACD 001 002 003',
  'A3 A4 A5 A6 B2 B3 B4 B5 C1 C2 C3 C4 a3 a4 a5 a6 b2 b3 b4 b5 c1 c2 c3 c4 13 14 15 16 20 21 22 23 100 101 102 103',
  'a-1 a-2 b-1 A-1 A-2 B-1 A01 A02 B01 AB1 AB2 1A 1B 2A #a #b @a @b a_b a_c 10:00 11:00 2026-01-01 2026-01-02',
].flatMap((line) => line.split(' '));

const FORMATS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  uuid: ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'],
  email: ['ann@example.com', 'bob@example.com', 'cem@example.com'],
  uri: ['https://example.com/a', 'https://example.com/b'],
  'date-time': ['2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z', '2026-01-02T10:00:00Z'],
  date: ['2026-01-01', '2026-01-02', '2026-01-03'],
  time: ['10:00:00', '11:00:00'],
  ipv4: ['127.0.0.1', '127.0.0.2'],
};

/** A value of `schema`, whose definitions are in `root`. Mostly valid: not every keyword is supported. */
export function drawValue(schema: Schema, root: Schema, dice: Draws, depth = 0): Json {
  const resolved = resolve(schema, root);
  const examples = listIn(resolved, 'examples') ?? listIn(resolved, 'enum');
  if (examples !== undefined) return choose(examples, dice.below(examples.length), null);
  if (resolved['const'] !== undefined) return resolved['const'];
  const choices = schemasIn(resolved, 'anyOf') ?? schemasIn(resolved, 'oneOf');
  if (choices !== undefined) return drawValue(choose(choices, dice.below(choices.length), {}), root, dice, depth);
  const parts = schemasIn(resolved, 'allOf');
  if (parts !== undefined) return joined(parts.map((part) => drawValue(part, root, dice, depth)));
  return drawTyped(resolved, root, dice, depth);
}

/** The fields of a schema of objects. */
export function fieldsOf(schema: Schema, root: Schema): Readonly<Record<string, Schema>> {
  const { properties } = resolve(schema, root);
  if (!isSchema(properties)) return {};
  return Object.fromEntries(Object.entries(properties).flatMap(([name, of]) => (isSchema(of) ? [[name, of]] : [])));
}

/** Whether `name` is optional. */
export function isOptional(schema: Schema, name: string): boolean {
  return listIn(schema, 'required')?.includes(name) !== true;
}

/** Whether `value` is of a type that `schema` takes; other keywords are ignored. */
export function isOfType(schema: Schema, root: Schema, value: Json): boolean {
  const resolved = resolve(schema, root);
  const choices = schemasIn(resolved, 'anyOf') ?? schemasIn(resolved, 'oneOf');
  if (choices !== undefined) return choices.some((choice) => isOfType(choice, root, value));
  const options = listIn(resolved, 'enum');
  if (options !== undefined) return options.includes(value);
  return resolved['type'] === (Number.isInteger(value) && resolved['type'] === 'integer' ? 'integer' : typeof value);
}

function drawTyped(schema: Schema, root: Schema, dice: Draws, depth: number): Json {
  const { type } = schema;
  switch (typeof type === 'string' ? type : '') {
    case 'string':
      return drawText(schema, dice);
    case 'integer':
    case 'number':
      return drawNumber(schema, dice);
    case 'boolean':
      return dice.chance(500);
    case 'array':
      return drawList(schema, root, dice, depth);
    case 'object':
      return drawObject(schema, root, dice, depth);
    default:
      return null;
  }
}

function drawText(schema: Schema, dice: Draws): string {
  const { format, pattern } = schema;
  const [least, most] = [numberIn(schema, 'minLength') ?? 0, numberIn(schema, 'maxLength') ?? Infinity];
  const known = typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (known !== undefined) return dice.pick(...known);
  const fitting = typeof pattern === 'string' ? TEXTS.filter((text) => new RegExp(pattern).test(text)) : LETTERS;
  const long = fitting.filter(({ length }) => length >= least && length <= most);
  const few = dice.chance(COMMON) ? long.slice(0, 3) : long;
  const letter = dice.pick(...LETTERS);
  const made = letter.repeat(Math.max(1, least)).slice(0, most);
  return choose(few, dice.below(Math.max(1, few.length)), made);
}

/** Mostly one of the four smallest, sometimes a larger one, so that limits are reached. */
function drawNumber(schema: Schema, dice: Draws): number {
  const step = numberIn(schema, 'multipleOf') ?? 1;
  const above = numberIn(schema, 'exclusiveMinimum');
  const below = numberIn(schema, 'exclusiveMaximum');
  const lowest = numberIn(schema, 'minimum') ?? (above === undefined ? -Infinity : above + step);
  const highest = numberIn(schema, 'maximum') ?? (below === undefined ? Infinity : below - step);
  // A far negative bound, such as that of a safe integer, counts as none.
  const low = lowest < -1_000_000 ? 0 : Math.ceil(lowest / step) * step;
  const high = Math.min(highest, low + step * (dice.chance(100) ? dice.pick(10, 100) : 3));
  return low + step * dice.below(Math.max(1, Math.floor((high - low) / step) + 1));
}

function drawList(schema: Schema, root: Schema, dice: Draws, depth: number): Json {
  const places = schemasIn(schema, 'prefixItems');
  if (places !== undefined) return places.map((of) => drawValue(of, root, dice, depth + 1));
  const { items } = schema;
  const least = numberIn(schema, 'minItems') ?? 0;
  const most = Math.min(numberIn(schema, 'maxItems') ?? Infinity, least + 3);
  const count = depth >= DEPTH_AT_MOST ? least : dice.between(least, Math.max(least, most));
  return isSchema(items) ? Array.from({ length: count }, () => drawValue(items, root, dice, depth + 1)) : [];
}

function drawObject(schema: Schema, root: Schema, dice: Draws, depth: number): Json {
  const drawn: Record<string, Json> = {};
  for (const [name, of] of Object.entries(fieldsOf(schema, root))) {
    if (isOptional(schema, name) && (depth >= DEPTH_AT_MOST || dice.chance(500))) continue;
    drawn[name] = drawValue(of, root, dice, depth + 1);
  }
  const { additionalProperties: others } = schema;
  if (isSchema(others) && Object.keys(others).length > 0 && depth < DEPTH_AT_MOST) {
    for (const name of LETTERS.slice(0, dice.below(3))) drawn[name] = drawValue(others, root, dice, depth + 1);
  }
  return drawn;
}

function choose<Value>(values: readonly Value[], place: number, otherwise: Value): Value {
  return values[place] ?? otherwise;
}

function joined(values: readonly Json[]): Json {
  const fields: Record<string, Json> = {};
  for (const value of values) if (isFields(value)) Object.assign(fields, value);
  return fields;
}

/** Resolves `{"$ref": "#/$defs/node"}`. */
function resolve(schema: Schema, root: Schema): Schema {
  const { $ref: reference } = schema;
  if (typeof reference !== 'string') return schema;
  let found: Json = root;
  for (const name of reference.split('/').slice(1)) found = isSchema(found) ? (found[name] ?? null) : null;
  return isSchema(found) ? found : {};
}

function listIn(schema: Schema, name: string): readonly Json[] | undefined {
  const found = schema[name];
  return isList(found) && found.length > 0 ? found : undefined;
}

function schemasIn(schema: Schema, name: string): readonly Schema[] | undefined {
  const found = listIn(schema, name)?.filter(isSchema);
  return found === undefined || found.length === 0 ? undefined : found;
}

function numberIn(schema: Schema, name: string): number | undefined {
  const found = schema[name];
  return typeof found === 'number' ? found : undefined;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isSchema(value: Json | undefined): value is Schema {
  return isFields(value);
}

function isFields(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return isObject(value);
}
