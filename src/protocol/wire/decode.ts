import { List, Map as PersistentMap } from 'immutable';
import type { Decoded } from '../model/app.ts';
import { isHostPort } from '../model/host-port.ts';
import { type Json, NESTING_AT_MOST } from '../model/json.ts';
import { WORD_AT_MOST } from './bounds.ts';

/**
 * The shape of a value. A value is checked in place and never rebuilt: that is fast, and keeps the order of keys, which
 * the hash of an entry covers.
 */
export interface Shape<out Value> {
  /** Undefined for a `Value`; else the path and what was expected there, as `.epoch.counter: a whole number`. */
  readonly problem: (value: unknown) => string | undefined;
  /** The wire version that brought this field of a message; undefined for one as old as its message. */
  readonly since?: number;
  /** The value without the fields that came after `version`; undefined where none in it came later than the rest. */
  readonly without?: ((value: unknown, version: number) => unknown) | undefined;
  /** Never set; lets the compiler tell shapes of two types apart. */
  readonly of?: Value;
}

/** The shape of each field of `Value`; the compiler requires all of them, and no other. */
export type Fields<Value> = { readonly [Key in keyof Value]-?: Shape<Value[Key]> };

/** `value` as a `Value`, or where it is not one. */
export function decode<Value>(shape: Shape<Value>, value: unknown, name: string): Decoded<Value> {
  if (is(shape, value)) return { type: 'decoded', value };
  return { type: 'rejected', reason: `${name}${shape.problem(value)}` };
}

/** Parses JSON of at most `lengthAtMost` characters, or says why not. */
export function parseJson(text: string, lengthAtMost: number): Decoded<unknown> {
  if (text.length > lengthAtMost) {
    return { type: 'rejected', reason: `${text.length} characters are more than the ${lengthAtMost} allowed` };
  }
  try {
    return { type: 'decoded', value: JSON.parse(text) };
  } catch {
    return { type: 'rejected', reason: 'not JSON' };
  }
}

/**
 * The same for what a client wrote.
 * - JSON nested deeper than `NESTING_AT_MOST` is refused: a reviver, a decoder and JSON.stringify recurse.
 * - −0 is read as 0. JSON is written without −0, so replicas would apply different commands.
 */
export function parseClientJson(text: string, lengthAtMost: number): Decoded<unknown> {
  const parsed = parseJson(text, lengthAtMost);
  if (parsed.type === 'rejected') return parsed;
  if (!isNestedWithin(parsed.value, NESTING_AT_MOST)) {
    return { type: 'rejected', reason: `nested more than ${NESTING_AT_MOST} deep` };
  }
  if (!text.includes('-')) return parsed;
  return { type: 'decoded', value: JSON.parse(text, (_key, value: unknown) => (value === 0 ? 0 : value)) };
}

/** An index, a counter, a hash: a whole number from 0 to 2^53−1. */
export const whole: Shape<number> = expected(
  'a whole number from 0 to 2^53−1',
  (value) => isInteger(value) && value >= 0,
);

/** A rank: a whole number of either sign. */
export const integer: Shape<number> = expected('a whole number within ±2^53', isInteger);

/** An epoch counter or a Lamport time: the same, and 2^53, where a counter of an older release has stopped. */
export const upTo53: Shape<number> = expected(
  'a whole number from 0 to 2^53',
  (value) => (isInteger(value) && value >= 0) || value === 2 ** 53,
);

/** The greatest distance from 1970 that a date can have, in milliseconds (ECMAScript's time values). */
const INSTANT_AT_MOST = 8_640_000_000_000_000;

/** What a clock shows, in milliseconds since 1970. */
export const instant: Shape<number> = expected(
  'milliseconds within 100,000,000 days of 1970',
  (value) => isFiniteNumber(value) && Math.abs(value) <= INSTANT_AT_MOST,
);

/** A time or any other number; finite. */
export const finite: Shape<number> = expected('a finite number', isFiniteNumber);

export const text: Shape<string> = expected('a text', (value) => typeof value === 'string');

/** A name or an id: a text of at most `WORD_AT_MOST` characters. */
export const word: Shape<string> = expected(
  `a text of at most ${WORD_AT_MOST} characters`,
  (value) => typeof value === 'string' && value.length <= WORD_AT_MOST,
);

/** The address of a node, in its one form: others dial it. */
export const hostPort: Shape<string> = expected('host:port', (value) => typeof value === 'string' && isHostPort(value));

export const flag: Shape<boolean> = expected('true or false', (value) => typeof value === 'boolean');

/** JSON that can be written as it was read: finite numbers but −0, nested at most NESTING_AT_MOST deep. */
export const json: Shape<Json> = jsonWithin(NESTING_AT_MOST);

/** The same, nested at most `depth` deep. */
export function jsonWithin(depth: number): Shape<Json> {
  return expected(`JSON nested at most ${depth} deep`, (value) => isJson(value, depth));
}

/** Any value but undefined. */
export const anything: Shape<unknown> = expected('a value', (value) => value !== undefined);

export function oneOf<const Value extends string>(...values: readonly Value[]): Shape<Value> {
  const known = new Set<unknown>(values);
  return expected(`one of ${values.join(', ')}`, (value) => known.has(value));
}

/** An optional field. */
export function orAbsent<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  const { without } = shape;
  return {
    problem: (value) => (value === undefined ? undefined : shape.problem(value)),
    without: without && ((value, version) => (value === undefined ? undefined : without(value, version))),
  };
}

/** An optional field of a message that came with this version of the wire: older peers are not told it. */
export function since<Value>(version: number, shape: Shape<Value>): Shape<Value | undefined> {
  return { ...orAbsent(shape), since: version };
}

/** `value` as a peer reads it that speaks `version`: without the fields that came later. */
export function asOf<Value>(version: number, shape: Shape<Value>, value: Value): Value {
  if (shape.without === undefined) return value;
  const told = shape.without(value, version);
  return isStill(shape, told) ? told : value;
}

export function arrayOf<Value>(shape: Shape<Value>): Shape<readonly Value[]> {
  const { without } = shape;
  return {
    problem: (value) => (Array.isArray(value) ? problemOfItems(value, shape) : ': a list was expected'),
    without:
      without && ((value, version) => (Array.isArray(value) ? value.map((item) => without(item, version)) : value)),
  };
}

/** A list of at most so many items: of a longer one none is looked at. */
export function upTo<Value>(itemsAtMost: number, shape: Shape<Value>): Shape<readonly Value[]> {
  const { problem, without } = arrayOf(shape);
  const isTooLong = (value: unknown): boolean => Array.isArray(value) && value.length > itemsAtMost;
  return {
    problem: (value) => (isTooLong(value) ? `: at most ${itemsAtMost} items were expected` : problem(value)),
    without,
  };
}

/** immutable's List. */
export function listOf<Value>(shape: Shape<Value>): Shape<List<Value>> {
  return { problem: (value) => (List.isList(value) ? problemOfItems(value, shape) : ': a packed List was expected') };
}

/** immutable's Map. */
export function mapOf<Key, Value>(keys: Shape<Key>, values: Shape<Value>): Shape<PersistentMap<Key, Value>> {
  return {
    problem(value) {
      if (!PersistentMap.isMap(value)) return ': a packed Map was expected';
      for (const [key, member] of value) {
        const problem = keys.problem(key) ?? values.problem(member);
        if (problem !== undefined) return `[${String(key)}]${problem}`;
      }
      return undefined;
    },
  };
}

/** An object with any keys. */
export function dictionaryOf<Value>(shape: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return {
    problem: (value) => (isObject(value) ? problemOfItems(Object.values(value), shape) : ': an object was expected'),
  };
}

/** An object with these fields and no others. */
export function record<Value extends object>(fields: Fields<Value>): Shape<Value> {
  return { problem: problemOfFields(fields, 0), without: withoutLater(fields) };
}

/** A union closed by `type`: for each type, its other fields. */
export function tagged<Value extends { readonly type: string }>(cases: {
  readonly [Type in Value['type']]: Fields<Omit<Extract<Value, { readonly type: Type }>, 'type'>>;
}): Shape<Value> {
  const problems = new Map<unknown, (value: unknown) => string | undefined>();
  const withouts = new Map<unknown, NonNullable<Shape<unknown>['without']>>();
  for (const [type, fields] of Object.entries<{ readonly [key: string]: Shape<unknown> }>(cases)) {
    problems.set(type, problemOfFields(fields, 1));
    const without = withoutLater(fields);
    if (without !== undefined) withouts.set(type, without);
  }
  return {
    problem(value) {
      if (!isObject(value)) return ': an object was expected';
      const problem = problems.get(value['type']);
      return problem === undefined ? `.type: one of ${[...problems.keys()].join(', ')} was expected` : problem(value);
    },
    without:
      withouts.size === 0
        ? undefined
        : (value, version) => {
            const without = isObject(value) ? withouts.get(value['type']) : undefined;
            return without === undefined ? value : without(value, version);
          },
  };
}

export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is left out is optional in `Value`: `since` makes it so. A value not yet sent may have fields that are undefined. */
function isStill<Value>({ without }: Shape<Value>, told: unknown): told is Value {
  return without !== undefined && told !== undefined;
}

function is<Value>(shape: Shape<Value>, value: unknown): value is Value {
  return shape.problem(value) === undefined;
}

function expected<Value>(what: string, holds: (value: unknown) => boolean): Shape<Value> {
  const problem = `: ${what} was expected`;
  return { problem: (value) => (holds(value) ? undefined : problem) };
}

/** Checks an object with these fields and `others` more that have been checked already. */
function problemOfFields(
  fields: { readonly [key: string]: Shape<unknown> },
  others: number,
): (value: unknown) => string | undefined {
  const shapes = Object.entries(fields);
  return (value) => {
    if (!isObject(value)) return ': an object was expected';
    let found = others;
    for (const [key, shape] of shapes) {
      const field = value[key];
      const problem = shape.problem(field);
      if (problem !== undefined) return `.${key}${problem}`;
      if (field !== undefined) found += 1;
    }
    return countOf(value) === found ? undefined : ': unknown fields';
  };
}

/** Leaves out what came later among these fields and in them; undefined where nothing did. */
function withoutLater(fields: { readonly [key: string]: Shape<unknown> }): Shape<unknown>['without'] {
  const shapes = new Map(Object.entries(fields));
  if (![...shapes.values()].some(({ since: from, without }) => from !== undefined || without !== undefined)) {
    return undefined;
  }
  return (value, version) => {
    if (!isObject(value)) return value;
    const told = Object.entries(value).filter(([key]) => (shapes.get(key)?.since ?? 0) <= version);
    return Object.fromEntries(told.map(([key, field]) => [key, shapes.get(key)?.without?.(field, version) ?? field]));
  };
}

function countOf(value: object): number {
  return Object.keys(value).length;
}

function problemOfItems(items: Iterable<unknown>, shape: Shape<unknown>): string | undefined {
  let place = 0;
  for (const item of items) {
    const problem = shape.problem(item);
    if (problem !== undefined) return `[${place}]${problem}`;
    place += 1;
  }
  return undefined;
}

/** No −0: written anew it is 0. */
function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isNestedWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isNestedWithin(member, depth - 1));
}

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return isFiniteNumber(value);
  if (typeof value !== 'object' || depth === 0) return false;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return members.every((member) => isJson(member, depth - 1));
}
