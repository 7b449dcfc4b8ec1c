import { List, Map } from 'immutable';
import { assert } from './assert.ts';
import { hashText, mix } from './hash.ts';

const KNOWN = new WeakMap<object, number>();

/**
 * A structural 53-bit hash of plain JSON, List and Map, nested at will. Equal values have equal hashes however they
 * were built, and 0 equals -0. Lists and arrays are hashed in order, Maps and objects in any; an undefined property is
 * absent.
 *
 * Hashes of objects are cached, so a hashed value must never be changed (application state never is). Hashing a state
 * that shares most parts with an earlier one costs little: only what changed, and its containers, are walked again.
 */
export function hashValue(value: unknown): number {
  if (typeof value === 'string') return hashText(value, TAGS.string);
  if (typeof value === 'number') return hashNumber(value);
  if (typeof value === 'boolean') return value ? TAGS.true : TAGS.false;
  if (value === undefined) return TAGS.absent;
  if (value === null) return TAGS.null;
  assert(typeof value === 'object', 'a hashed value is JSON, a List or a Map');
  const known = KNOWN.get(value);
  if (known !== undefined) return known;
  const hash = hashObject(value);
  KNOWN.set(value, hash);
  return hash;
}

/**
 * The same hash, made in slices: the generator yields after every `atOnce` values, so that a process can take inputs in
 * between. The value must not change until it is done. Nothing is cached: weak references to all parts of a large state
 * cost the garbage collector more than the walk does.
 */
export function* hashingInSlices(value: unknown, atOnce = 500): Generator<undefined, number> {
  return yield* sliced(value, { left: atOnce, atOnce });
}

function* sliced(value: unknown, slice: { left: number; readonly atOnce: number }): Generator<undefined, number> {
  if (Array.isArray(value) || List.isList(value)) {
    let hash = Array.isArray(value) ? TAGS.array : TAGS.list;
    let length = 0;
    for (const item of value) {
      if (isUsedUp(slice)) yield;
      hash = mix(hash, isFlat(item) ? hashValue(item) : yield* sliced(item, slice));
      length += 1;
    }
    return mix(hash, length);
  }
  if (typeof value !== 'object' || value === null) return hashValue(value);
  const isMap = Map.isMap(value);
  const pairs: Iterable<[unknown, unknown]> = isMap ? value : Object.entries(value);
  let sum = 0;
  for (const [key, held] of pairs) {
    if (isUsedUp(slice)) yield;
    if (held === undefined) continue;
    sum = add(sum, mix(hashValue(key), isFlat(held) ? hashValue(held) : yield* sliced(held, slice)));
  }
  return mix(isMap ? TAGS.map : TAGS.record, sum);
}

function isFlat(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function isUsedUp(slice: { left: number; readonly atOnce: number }): boolean {
  slice.left -= 1;
  if (slice.left > 0) return false;
  slice.left = slice.atOnce;
  return true;
}

const TAGS = {
  absent: hashText('absent'),
  null: hashText('null'),
  true: hashText('true'),
  false: hashText('false'),
  number: hashText('number'),
  string: hashText('string'),
  array: hashText('array'),
  list: hashText('list'),
  map: hashText('map'),
  record: hashText('record'),
};

function hashNumber(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? mix(TAGS.number, value) : hashText(String(value), TAGS.number);
}

function hashObject(value: object): number {
  if (Array.isArray(value)) return hashSequence(value, TAGS.array);
  if (List.isList(value)) return hashSequence(value, TAGS.list);
  if (Map.isMap(value)) return hashPairs(value, TAGS.map);
  return hashPairs(Object.entries(value), TAGS.record);
}

function hashSequence(items: Iterable<unknown>, tag: number): number {
  let hash = tag;
  let length = 0;
  for (const item of items) {
    hash = mix(hash, hashValue(item));
    length += 1;
  }
  return mix(hash, length);
}

function hashPairs(pairs: Iterable<[unknown, unknown]>, tag: number): number {
  let sum = 0;
  for (const [key, value] of pairs) {
    if (value !== undefined) sum = add(sum, mix(hashValue(key), hashValue(value)));
  }
  return mix(tag, sum);
}

/** Addition modulo 2^53, exact at every step: rounding would make the sum depend on the order. */
function add(a: number, b: number): number {
  const room = Number.MAX_SAFE_INTEGER - b;
  return a > room ? a - room - 1 : a + b;
}
