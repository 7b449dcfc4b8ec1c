import { List, Map as PersistentMap } from 'immutable';
import type { PlantedBug } from '../model/mutants.ts';
import {
  changedInItems,
  changedInList,
  changedInMap,
  type ChangedMember,
  type InSlices,
  shiftOf,
} from './changed-members.ts';
import { isKey } from './pack.ts';

/*
 * The changes from one version of a value to another, of everything that `pack` takes: plain JSON, List and Map, nested
 * at will. What is identical in both is passed over, so nothing in either may be changed in place.
 */

/** Keys from the root of the value to one of its collections. */
export type Path = readonly (string | number)[];

/** One change, of the collection `at` (the same array for all changes of one); carried out in order. */
export type Change = {
  readonly at: Path;
  /** By how many characters of JSON, about, the value grows. */
  readonly grows: number;
} & (
  | { readonly type: 'set'; readonly key: string | number; readonly value: unknown }
  | { readonly type: 'delete'; readonly key: string | number }
  /** A List or an array loses its first `shift` items, and then has `size` of them. Before its other changes. */
  | { readonly type: 'resize'; readonly shift: number; readonly size: number }
);

export interface ChangeOptions {
  /** A member with more values than this, at any depth, is not written whole where only a part of it differs. */
  readonly valuesAtMost: number;
  /** Planted bugs; only simulations have any. */
  readonly planted?: ReadonlySet<PlantedBug> | undefined;
}

/** The changes that turn `before` into `after`, which are collections of the same kind. */
export function* changesBetween(
  before: unknown,
  after: unknown,
  options: ChangeOptions,
  at: Path = [],
): InSlices<Change> {
  if (before === after) return;
  if (PersistentMap.isMap(before) && PersistentMap.isMap(after)) {
    if (options.planted?.has('compares-collections-by-size') === true && before.size === after.size) return;
    for (const member of changedInMap(before, after)) {
      if (member === undefined) yield;
      else yield* changesOf(at, { ...member, key: keyOf(member.key) }, options);
    }
  } else if (List.isList(before) && List.isList(after)) {
    if (options.planted?.has('compares-collections-by-size') === true && before.size === after.size) return;
    const shift = shiftOf(before, after);
    if (shift.shift > 0 || before.size !== after.size) yield* resize(at, before, after, shift.shift, options);
    yield* changesOfAll(at, changedInList(before, after, shift), options);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) yield* resize(at, List(before), List(after), 0, options);
    yield* changesOfAll(at, changedInItems(before, after), options);
  } else if (isPlain(before) && isPlain(after)) {
    yield* changesOfAll(at, changedInFields(before, after), options);
  }
}

function* changesOfAll(
  at: Path,
  members: InSlices<ChangedMember<string | number>>,
  options: ChangeOptions,
): InSlices<Change> {
  for (const member of members) {
    if (member === undefined) yield;
    else yield* changesOf(at, member, options);
  }
}

function* changesOf(
  at: Path,
  { key, before, after }: ChangedMember<string | number>,
  options: ChangeOptions,
): InSlices<Change> {
  if (after === undefined) {
    if (options.planted?.has('omits-deletions-from-changes') === true) return;
    yield { type: 'delete', at, key, grows: -(yield* sizeOf(before)) };
    return;
  }
  if (before !== undefined && options.planted?.has('writes-only-new-keys') === true) return;
  if (isSmall(after, options.valuesAtMost)) {
    const gone = before === undefined ? 0 : yield* sizeOf(before);
    yield { type: 'set', at, key, value: after, grows: (yield* sizeOf(after)) - gone };
    return;
  }
  const below = [...at, key];
  if (isAlike(before, after) && !isReordered(before, after)) {
    yield* changesBetween(before, after, options, below);
    return;
  }
  const empty = emptyLike(after);
  yield { type: 'set', at, key, value: empty, grows: -(before === undefined ? 0 : yield* sizeOf(before)) };
  yield* changesBetween(empty, after, options, below);
}

function* resize(
  at: Path,
  before: List<unknown>,
  after: List<unknown>,
  shift: number,
  { planted }: ChangeOptions,
): InSlices<Change> {
  const isShrunk = before.size - shift > after.size;
  if (planted?.has('omits-shrinking-from-changes') === true && (isShrunk || shift > 0)) return;
  let gone = 0;
  for (let place = 0; place < shift; place += 1) gone += yield* sizeOf(before.get(place));
  for (let place = shift + after.size; place < before.size; place += 1) gone += yield* sizeOf(before.get(place));
  yield { type: 'resize', at, shift, size: after.size, grows: -gone };
}

function* changedInFields(before: Plain, after: Plain): InSlices<ChangedMember<string>> {
  for (const [key, value] of Object.entries(after)) {
    const held = fieldOf(before, key);
    if (held !== value) yield { key, before: held, after: value };
  }
  for (const [key, value] of Object.entries(before)) {
    if (value !== undefined && !Object.hasOwn(after, key)) yield { key, before: value, after: undefined };
  }
}

interface Plain {
  readonly [key: string]: unknown;
}

function fieldOf(plain: Plain, key: string): unknown {
  return Object.hasOwn(plain, key) ? plain[key] : undefined;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isCollection(value);
}

function isCollection(value: unknown): value is List<unknown> | PersistentMap<unknown, unknown> {
  return List.isList(value) || PersistentMap.isMap(value);
}

/** Whether both are collections of the same kind, so that one can be made of the other by changes. */
function isAlike(before: unknown, after: unknown): boolean {
  return (
    (PersistentMap.isMap(before) && PersistentMap.isMap(after)) ||
    (List.isList(before) && List.isList(after)) ||
    (Array.isArray(before) && Array.isArray(after)) ||
    (isPlain(before) && isPlain(after))
  );
}

/** Whether changes would leave the fields of an object in another order than they are in. */
function isReordered(before: unknown, after: unknown): boolean {
  if (!isPlain(before) || !isPlain(after)) return false;
  const now = orderedKeys(after);
  const kept = orderedKeys(before).filter((key) => fieldOf(after, key) !== undefined);
  return kept.some((key, place) => now[place] !== key);
}

/** The keys whose order is that in which they were given: those that look like indexes come first in any object, sorted. */
function orderedKeys(plain: Plain): readonly string[] {
  return Object.keys(plain).filter((key) => plain[key] !== undefined && !/^\d+$/.test(key));
}

function emptyLike(value: unknown): unknown {
  if (PersistentMap.isMap(value)) return PersistentMap();
  if (List.isList(value)) return List();
  return Array.isArray(value) ? [] : {};
}

/** Whether a value holds at most `valuesAtMost` values; looks at no more than that. */
function isSmall(value: unknown, valuesAtMost: number): boolean {
  return typeof value !== 'object' || value === null || leftAfter(value, valuesAtMost) >= 0;
}

function leftAfter(value: unknown, room: number): number {
  let left = room - 1;
  if (typeof value !== 'object' || value === null || left < 0) return left;
  if (isCollection(value) && value.size > left) return -1;
  for (const item of membersOf(value)) {
    left = leftAfter(item, left);
    if (left < 0) return left;
  }
  return left;
}

function membersOf(value: object): Iterable<unknown> {
  if (List.isList(value)) return value;
  return PersistentMap.isMap(value) ? value.values() : Object.values(value);
}

/** Beyond this many members, a value is measured in slices. */
const MEMBERS_AT_ONCE = 1_000;

/** About the characters of a value as packed JSON: enough to compare with a quota. */
function* sizeOf(value: unknown): InSlices<never, number> {
  if (isSmall(value, MEMBERS_AT_ONCE)) return sizeOfSmall(value);
  if (typeof value !== 'object' || value === null) return 0;
  let size = BRACKETS;
  for (const [key, item] of pairsOf(value)) {
    size += sizeOfSmall(key) + 1 + (yield* sizeOf(item));
    yield;
  }
  return size;
}

/** `{"$map":[]}`, and the like. */
const BRACKETS = 11;

function sizeOfSmall(value: unknown): number {
  if (typeof value === 'string') return value.length + 3;
  if (typeof value === 'number') return String(value).length + 1;
  if (typeof value !== 'object' || value === null) return value === undefined ? 0 : 5;
  let size = isCollection(value) ? BRACKETS : 2;
  for (const [key, item] of pairsOf(value)) {
    if (item !== undefined)
      size += sizeOfSmall(item) + (key === undefined ? 0 : sizeOfSmall(key) + (isCollection(value) ? 2 : 0));
  }
  return size;
}

function pairsOf(value: object): Iterable<readonly [unknown, unknown]> {
  if (PersistentMap.isMap(value)) return value;
  if (List.isList(value) || Array.isArray(value)) return [...value].map((item) => [undefined, item]);
  return Object.entries(value);
}

function keyOf(key: unknown): string | number {
  if (isKey(key)) return key;
  throw new TypeError('the keys of a packed Map are texts or numbers');
}
