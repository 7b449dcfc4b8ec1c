import { List, Map as PersistentMap } from 'immutable';

/**
 * A 32-bit hash of plain JSON, List and Map that finds candidates: values that are the same (same-value.ts) have the
 * same one, and so may others.
 *
 * Nearly all that is hashed turns out to be known and is dropped at once. So the hashes of objects are kept only on
 * `keepFingerprints`: to fill a WeakMap with short-lived objects costs more than to walk them.
 */
export function fingerprint(value: unknown): number {
  walked.length = 0;
  hashes.length = 0;
  return hashOf(value);
}

/** Keeps the hashes of all parts of the value that was hashed last: they are not walked again. */
export function keepFingerprints(): void {
  for (const [place, value] of walked.entries()) KEPT.set(value, hashes[place] ?? 0);
}

const KEPT = new WeakMap<object, number>();
const TEXTS = new Map<string, number>();

/** The objects walked since the last call of `fingerprint`, and their hashes. */
const walked: object[] = [];
const hashes: number[] = [];

function hashOf(value: unknown): number {
  if (typeof value === 'number') return mixed(value | 0, Math.trunc(value / 0x1_0000_0000) | 0);
  if (typeof value === 'string') return hashOfText(value);
  if (typeof value !== 'object' || value === null) return value === true ? 0x3c6ef372 : 0x1f83d9ab;
  const known = KEPT.get(value);
  if (known !== undefined) return known;
  const hash = hashOfObject(value);
  walked.push(value);
  hashes.push(hash);
  return hash;
}

function hashOfObject(value: object): number {
  let hash = 0x510e527f;
  if (Object.getPrototypeOf(value) === Object.prototype) return hashOfMembers(value);
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length; place += 1) hash = mixed(hash, hashOf(value[place]));
  } else if (List.isList(value)) {
    for (const item of value) hash = mixed(hash, hashOf(item));
  } else if (PersistentMap.isMap(value)) {
    for (const [key, item] of value) hash = (hash + mixed(hashOf(key), hashOf(item))) | 0;
  } else return hashOfMembers(value);
  return hash;
}

function hashOfMembers(value: object): number {
  let hash = 0x510e527f;
  if (!isRecord(value)) return hash;
  for (const key in value) {
    const member = value[key];
    // An undefined property is absent.
    if (member !== undefined) hash = (hash + mixed(hashOfText(key), hashOf(member))) | 0;
  }
  return hash;
}

/** Every other object may be read as a record. */
function isRecord(value: object): value is Readonly<Record<string, unknown>> {
  return !Array.isArray(value);
}

/** The texts of a model are few: names, and words of the protocol. */
function hashOfText(text: string): number {
  const known = TEXTS.get(text);
  if (known !== undefined) return known;
  let hash = text.length;
  for (let at = 0; at < text.length; at += 1) hash = mixed(hash, text.charCodeAt(at));
  TEXTS.set(text, hash);
  return hash;
}

/** One hash of two, as in a round of MurmurHash3. */
function mixed(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0xcc9e2d51), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0x1b873593);
  return hash ^ (hash >>> 13);
}
