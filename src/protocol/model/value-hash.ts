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
