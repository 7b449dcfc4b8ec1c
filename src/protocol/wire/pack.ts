import { List, Map } from 'immutable';
import { assert } from '../model/assert.ts';
import type { Json } from '../model/json.ts';
import { isObject } from './decode.ts';

/** A List or Map inside a value that is being packed. */
export type Collection = List<unknown> | Map<unknown, unknown>;

/**
 * The number under which a collection is packed elsewhere, or undefined to pack it in place. Used to pack a large value
 * in slices (snapshot-slices.ts).
 */
export type Spill = (collection: Collection) => number | undefined;

/** The collection that was packed elsewhere under `number`; undefined when there is none. */
export type Fill = (number: number) => Collection | undefined;

/**
 * Packs plain JSON and immutable's List and Map, nested at will, as JSON: `{"$list":[…]}`, and
 * `{"$map":[[key,value],…]}` sorted by key, numbers before strings. An object's own key that starts with `$` gets
 * another `$` in front; undefined properties are left out. Any other value (a Set, a Date, a draft, NaN) is a bug, and
 * asserted against.
 */
export function pack(value: unknown, spill?: Spill): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    assert(Number.isFinite(value), 'a packed number is finite');
    return value;
  }
  assert(typeof value === 'object', 'a packed value is JSON, a List or a Map');
  if (Array.isArray(value)) return value.map((item) => pack(item, spill));
  if (isCollection(value)) {
    const number = spill?.(value);
    if (number !== undefined) return { $spilled: number };
    return Map.isMap(value) ? { $map: packItems(inOrder(value), spill) } : { $list: packItems(value, spill) };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, 'a packed value is JSON, a List or a Map');
  const packed: { [key: string]: Json } = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) defineField(packed, key.startsWith('$') ? `$${key}` : key, pack(member, spill));
  }
  return packed;
}

/** The elements of a List, or the pairs of a Map, each packed. */
function packItems(items: Iterable<unknown>, spill?: Spill): Json[] {
  const packed: Json[] = [];
  for (const item of items) packed.push(pack(item, spill));
  return packed;
}

/**
 * The inverse of `pack`. Total: JSON that `pack` never makes, such as `{"$list":3}`, becomes a plain object, which the
 * decoder refuses. Nesting must be bounded by then (`json` in decode.ts).
 */
export function unpack(json: Json, fill?: Fill): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (isArray(json)) return json.map((item) => unpack(item, fill));
  const keys = Object.keys(json);
  if (keys.length === 1) {
    const collection = unpackCollection(json, fill);
    if (collection !== undefined) return collection;
  }
  const unpacked: { [key: string]: unknown } = {};
  for (const key of keys)
    defineField(unpacked, key.startsWith('$') ? key.slice(1) : key, unpack(json[key] ?? null, fill));
  return unpacked;
}

/** `start` with the packed elements appended. */
export function unpackList(items: Iterable<Json>, fill?: Fill, start = List<unknown>()): List<unknown> {
  return start.withMutations((list) => {
    for (const item of items) list.push(unpack(item, fill));
  });
}

/** `start` with the packed pairs added; undefined if one of them is no pair. */
export function unpackMap(
  pairs: Iterable<Json>,
  fill?: Fill,
  start = Map<unknown, unknown>(),
): Map<unknown, unknown> | undefined {
  const map = start.asMutable();
  for (const pair of pairs) {
    if (!isArray(pair) || pair.length !== 2) return undefined;
    const [key = null, value = null] = pair;
    if (!isKey(key)) return undefined;
    map.set(key, unpack(value, fill));
  }
  return map.asImmutable();
}

function unpackCollection(json: { readonly [key: string]: Json }, fill: Fill | undefined): Collection | undefined {
  const { $list: items, $map: pairs, $spilled: number } = json;
  if (items !== undefined && isArray(items)) return unpackList(items, fill);
  if (pairs !== undefined && isArray(pairs)) return unpackMap(pairs, fill);
  return typeof number === 'number' ? fill?.(number) : undefined;
}

function isCollection(value: object): value is Collection {
  return List.isList(value) || Map.isMap(value);
}

function inOrder(map: Map<unknown, unknown>): [unknown, unknown][] {
  return [...map].sort(([a], [b]) => compareKeys(a, b));
}

/** Whether a value can be the key of a packed Map. */
export function isKey(key: unknown): key is string | number {
  return typeof key === 'string' || typeof key === 'number';
}

function compareKeys(a: unknown, b: unknown): number {
  assert(isKey(a) && isKey(b), 'the keys of a packed Map are texts or numbers');
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === 'number' ? -1 : 1;
}

/** `target[key] = value`, except that `__proto__` is a key like any other. */
export function defineField<Value>(target: { [key: string]: Value }, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** `Array.isArray` that narrows a readonly array. */
function isArray(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** An unpacked machine; those written before a group's code had versions are of version 1. */
export function withVersion(machine: unknown): unknown {
  return isObject(machine) && machine['version'] === undefined ? { ...machine, version: 1 } : machine;
}
