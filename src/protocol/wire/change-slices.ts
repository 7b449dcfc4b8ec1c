import { List, Map as PersistentMap } from 'immutable';
import type { Json } from '../model/json.ts';
import type { PlantedBug } from '../model/mutants.ts';
import type { InSlices } from './changed-members.ts';
import { type Change, type ChangeOptions, changesBetween, type Path } from './changes.ts';
import { isObject } from './decode.ts';
import { defineField, isKey, pack, unpack } from './pack.ts';

/*
 * Changes as texts. A text is a JSON list of groups, each the changes of one collection:
 * `{"at":["state","stocks"],"shift":0,"size":3,"del":["OLD"],"set":[["ACME",{…}]]}`. Values are packed (pack.ts).
 */

/** The texts of the changes from `before` to `after`. Resolves to the characters by which the value grows, about. */
export function* changeSlices(
  before: unknown,
  after: unknown,
  options: ChangeOptions & { readonly charactersAtMost: number },
): InSlices<string, number> {
  let groups: string[] = [];
  let group = newGroup([]);
  let characters = 0;
  let grows = 0;
  for (const change of changesBetween(before, after, options)) {
    if (change === undefined) {
      yield;
      continue;
    }
    if (change.at !== group.at) {
      groups.push(...textsOf(group));
      group = newGroup(change.at);
    }
    characters += addTo(group, change);
    grows += change.grows;
    if (characters < options.charactersAtMost) continue;
    yield `[${[...groups, ...textsOf(group)].join(',')}]`;
    groups = [];
    group = newGroup(change.at);
    characters = 0;
  }
  const rest = [...groups, ...textsOf(group)];
  if (rest.length > 0) yield `[${rest.join(',')}]`;
  return grows;
}

/** How many changes there are, up to `atMost`. */
export function* countChanges(
  before: unknown,
  after: unknown,
  options: ChangeOptions,
  atMost: number,
): InSlices<never, number> {
  let count = 0;
  for (const change of changesBetween(before, after, options)) {
    if (change === undefined) yield;
    else count += 1;
    if (count >= atMost) break;
  }
  return count;
}

/** The records of a value, about: the members of its collections, but not of those in large ones. */
export function countRecords(value: unknown): number {
  if (List.isList(value) || PersistentMap.isMap(value)) return value.size;
  if (typeof value !== 'object' || value === null) return 0;
  const members: readonly unknown[] = Object.values(value);
  if (members.length > LOOKED_INTO) return members.length;
  return members.reduce<number>((count, member) => count + countRecords(member), members.length);
}

/** The fields of an object that is no collection of records. */
const LOOKED_INTO = 64;

/** Carries out the changes of one parsed text; undefined where they do not fit the value. */
export function applyChanges(
  value: unknown,
  slice: unknown,
  planted?: ReadonlySet<PlantedBug>,
): { readonly value: unknown } | undefined {
  if (!Array.isArray(slice)) return undefined;
  const groups: readonly unknown[] = slice;
  let changed = value;
  for (const group of groups) {
    if (!isGroup(group)) return undefined;
    const next = changedAt(changed, group.at, (collection) => carryOut(collection, group, planted));
    if (next === undefined) return undefined;
    changed = next.value;
  }
  return { value: changed };
}

interface GroupOfTexts {
  readonly at: Path;
  readonly resized: string[];
  readonly deleted: string[];
  readonly set: string[];
}

function newGroup(at: Path): GroupOfTexts {
  return { at, resized: [], deleted: [], set: [] };
}

/** Returns the characters that the change takes. */
function addTo(group: GroupOfTexts, change: Change): number {
  if (change.type === 'resize') {
    group.resized.push(`"shift":${change.shift},"size":${change.size}`);
    return 0;
  }
  const key = JSON.stringify(change.key);
  if (change.type === 'delete') {
    group.deleted.push(key);
    return key.length;
  }
  const text = `[${key},${JSON.stringify(pack(change.value))}]`;
  group.set.push(text);
  return text.length;
}

function textsOf({ at, resized, deleted, set }: GroupOfTexts): readonly string[] {
  const parts = [
    ...resized,
    ...(deleted.length === 0 ? [] : [`"del":[${deleted.join(',')}]`]),
    ...(set.length === 0 ? [] : [`"set":[${set.join(',')}]`]),
  ];
  return parts.length === 0 ? [] : [`{"at":${JSON.stringify(at)},${parts.join(',')}}`];
}

interface Group {
  readonly at: Path;
  readonly shift?: number;
  readonly size?: number;
  readonly del?: readonly unknown[];
  readonly set?: readonly unknown[];
}

function isGroup(value: unknown): value is Group {
  if (!isObject(value)) return false;
  const { at, shift, size, del, set } = value;
  return (
    Array.isArray(at) &&
    at.every(isKey) &&
    (shift === undefined || isPlace(shift)) &&
    (size === undefined || isPlace(size)) &&
    (del === undefined || Array.isArray(del)) &&
    (set === undefined || Array.isArray(set))
  );
}

function isPlace(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 2 ** 30;
}

/** A value, or undefined where there is none such. */
type Perhaps = { readonly value: unknown } | undefined;

/** `value` with the collection at `path` replaced by what `change` makes of it. */
function changedAt(value: unknown, path: Path, change: (collection: unknown) => Perhaps, depth = 0): Perhaps {
  const key = path[depth];
  if (key === undefined) return change(value);
  const held = memberOf(value, key);
  const next = held === undefined ? undefined : changedAt(held, path, change, depth + 1);
  return next && withMembers(value, [[key, next.value]], []);
}

function memberOf(value: unknown, key: string | number): unknown {
  if (PersistentMap.isMap(value)) return value.get(key);
  if (List.isList(value)) return isPlace(key) ? value.get(key) : undefined;
  if (Array.isArray(value)) return isPlace(key) ? value[key] : undefined;
  return isObject(value) && typeof key === 'string' && Object.hasOwn(value, key) ? value[key] : undefined;
}

function carryOut(
  collection: unknown,
  { shift, size, del = [], set = [] }: Group,
  planted?: ReadonlySet<PlantedBug>,
): Perhaps {
  const resized = size === undefined ? { value: collection } : resizedTo(collection, shift ?? 0, size);
  if (resized === undefined || !del.every(isKey)) return undefined;
  const pairs: (readonly [string | number, unknown])[] = [];
  for (const pair of set) {
    if (!isPackedPair(pair)) return undefined;
    if (planted?.has('keeps-older-values-at-load') === true && memberOf(collection, pair[0]) !== undefined) continue;
    pairs.push([pair[0], unpack(pair[1])]);
  }
  return withMembers(resized.value, pairs, del);
}

function isPackedPair(value: unknown): value is readonly [string | number, Json] {
  return Array.isArray(value) && value.length === 2 && isKey(value[0]);
}

function resizedTo(collection: unknown, shift: number, size: number): Perhaps {
  if (List.isList(collection)) return { value: collection.slice(shift).setSize(size) };
  if (!Array.isArray(collection)) return undefined;
  const items: unknown[] = collection.slice(shift, shift + size);
  items.length = size;
  return { value: items };
}

/** The collection without the keys `gone`, and with the `pairs`. */
function withMembers(
  collection: unknown,
  pairs: readonly (readonly [string | number, unknown])[],
  gone: readonly (string | number)[],
): Perhaps {
  if (PersistentMap.isMap(collection)) {
    const value = collection.withMutations((map) => {
      for (const key of gone) map.delete(key);
      for (const [key, held] of pairs) map.set(key, held);
    });
    return { value };
  }
  if (List.isList(collection)) {
    if (gone.length > 0 || !pairs.every(([key]) => isPlace(key) && key < collection.size)) return undefined;
    const value = collection.withMutations((list) => {
      for (const [key, held] of pairs) list.set(Number(key), held);
    });
    return { value };
  }
  if (Array.isArray(collection)) {
    const items: unknown[] = Array.from<unknown>(collection);
    if (gone.length > 0 || !pairs.every(([key]) => isPlace(key) && key < items.length)) return undefined;
    for (const [key, held] of pairs) items[Number(key)] = held;
    return { value: items };
  }
  if (!isObject(collection)) return undefined;
  const fields: { [key: string]: unknown } = {};
  const isGone = new Set<unknown>(gone);
  for (const [key, held] of Object.entries(collection)) if (!isGone.has(key)) defineField(fields, key, held);
  for (const [key, held] of pairs) defineField(fields, String(key), held);
  return { value: fields };
}
