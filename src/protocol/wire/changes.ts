import { List, Map as PersistentMap } from 'immutable';
import type { PlantedBug } from '../model/mutants.ts';
import {
  changedInItems,
  type ListShift,
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

/** Two versions of the collection `at`, of the same kind, that are still to be compared. */
interface Pair {
  readonly at: Path;
  readonly before: unknown;
  readonly after: unknown;
}

/** The changes that turn `before` into `after`, which are collections of the same kind. */
export function* changesBetween(before: unknown, after: unknown, options: ChangeOptions): InSlices<Change> {
  // Members that are compared in their turn wait here: generators inside each other would cost as much as the rest.
  const open: Pair[] = [{ at: [], before, after }];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const { at } = pair;
    const shift = shiftIn(pair);
    const resized = shift === undefined ? undefined : yield* resize(pair, shift.shift, options);
    if (resized !== undefined) yield resized;
    for (const member of changedMembers(pair, shift, options)) {
      if (member === undefined) {
        yield;
        continue;
      }
      const key = keyOf(member.key);
      const size = sizeWithin(member.after, options.valuesAtMost);
      if (leavesOut(member, options) || (size === undefined && comparesMembers(open, at, key, member))) continue;
      const gone = sizeWithin(member.before, MEMBERS_AT_ONCE) ?? (yield* sizeOf(member.before));
      if (member.after === undefined) yield { type: 'delete', at, key, grows: -gone };
      else if (size !== undefined) yield { type: 'set', at, key, value: member.after, grows: size - gone };
      else {
        const empty = emptyLike(member.after);
        open.push({ at: [...at, key], before: empty, after: member.after });
        yield { type: 'set', at, key, value: empty, grows: -gone };
      }
    }
  }
}

/** Has a large member compared with what it was before, where that is of the same kind. */
function comparesMembers(open: Pair[], at: Path, key: string | number, member: ChangedMember<unknown>): boolean {
  const { before, after } = member;
  if (!isAlike(before, after) || isReordered(before, after)) return false;
  open.push({ at: [...at, key], before, after });
  return true;
}

/** What planted bugs leave out. */
function leavesOut({ before, after }: ChangedMember<unknown>, { planted }: ChangeOptions): boolean {
  if (planted === undefined || planted.size === 0) return false;
  if (after === undefined) return planted.has('omits-deletions-from-changes');
  return before !== undefined && planted.has('writes-only-new-keys') && !isAlike(before, after);
}

function changedMembers(
  { before, after }: Pair,
  shift: ListShift | undefined,
  { planted }: ChangeOptions,
): InSlices<ChangedMember<unknown>> {
  if (isCollection(before) && isCollection(after) && before.size === after.size) {
    if (planted?.has('compares-collections-by-size') === true) return changedInItems([], []);
  }
  if (PersistentMap.isMap(before) && PersistentMap.isMap(after)) return changedInMap(before, after);
  if (List.isList(before) && List.isList(after) && shift !== undefined) return changedInList(before, after, shift);
  if (Array.isArray(before) && Array.isArray(after)) return changedInItems(before, after);
  return isPlain(before) && isPlain(after) ? changedInFields(before, after) : changedInItems([], []);
}

function shiftIn({ before, after }: Pair): ListShift | undefined {
  if (List.isList(before) && List.isList(after)) return shiftOf(before, after);
  return Array.isArray(before) && Array.isArray(after) ? { shift: 0, isAligned: false } : undefined;
}

function* resize(
  { at, before, after }: Pair,
  shift: number,
  { planted }: ChangeOptions,
): InSlices<never, Change | undefined> {
  const [old, now] = [itemsOf(before), itemsOf(after)];
  if (shift === 0 && old.size === now.size) return undefined;
  const isShrunk = old.size - shift > now.size;
  if (planted?.has('omits-shrinking-from-changes') === true && (isShrunk || shift > 0)) return undefined;
  let gone = 0;
  for (let place = 0; place < shift; place += 1) gone += yield* sizeOf(old.get(place));
  for (let place = shift + now.size; place < old.size; place += 1) gone += yield* sizeOf(old.get(place));
  return { type: 'resize', at, shift, size: now.size, grows: -gone };
}

function itemsOf(value: unknown): List<unknown> {
  if (List.isList(value)) return value;
  return Array.isArray(value) ? List<unknown>(value) : List();
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

/** Beyond this many members, a value is measured in slices. */
const MEMBERS_AT_ONCE = 1_000;

/** About the characters of a value as packed JSON: enough to compare with a quota. */
function* sizeOf(value: unknown): InSlices<never, number> {
  const small = sizeWithin(value, MEMBERS_AT_ONCE);
  if (small !== undefined || typeof value !== 'object' || value === null) return small ?? 0;
  let size = BRACKETS;
  const pairs: Iterable<[unknown, unknown]> = isCollection(value) ? value.entries() : Object.entries(value);
  for (const [key, item] of pairs) {
    size += (List.isList(value) || Array.isArray(value) ? 0 : textSize(key)) + 1 + (yield* sizeOf(item));
    yield;
  }
  return size;
}

/** `{"$map":[]}`, and the like. */
const BRACKETS = 11;

/** The same; undefined where the value holds more than `valuesAtMost` values, and it looks at no more than that. */
function sizeWithin(value: unknown, valuesAtMost: number): number | undefined {
  if (typeof value !== 'object' || value === null) return textSize(value);
  const room = { left: valuesAtMost };
  const size = sizeInRoom(value, room);
  return room.left < 0 ? undefined : size;
}

/** For every value of every changed record: so without lists of its members. */
function sizeInRoom(value: unknown, room: { left: number }): number {
  room.left -= 1;
  if (typeof value !== 'object' || value === null) return textSize(value);
  if (room.left < 0) return 0;
  if (isCollection(value)) {
    if (value.size > room.left) room.left = -1;
    return room.left < 0 ? 0 : sizeOfItems(value, room);
  }
  let size = 2;
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length && room.left >= 0; place += 1) size += sizeInRoom(value[place], room);
    return size;
  }
  const fields = fieldsOf(value);
  for (const key in fields) {
    if (room.left < 0) break;
    const field = fields[key];
    if (field !== undefined) size += key.length + 3 + sizeInRoom(field, room);
  }
  return size;
}

function sizeOfItems(value: List<unknown> | PersistentMap<unknown, unknown>, room: { left: number }): number {
  let size = BRACKETS;
  const isMap = PersistentMap.isMap(value);
  for (const [key, item] of value.entries()) size += (isMap ? textSize(key) + 2 : 0) + sizeInRoom(item, room);
  return size;
}

/** A plain object as one whose fields can be read by their names. */
function fieldsOf(value: object): Plain {
  return isPlain(value) ? value : {};
}

function textSize(value: unknown): number {
  if (typeof value === 'string') return value.length + 3;
  if (typeof value === 'number') return String(value).length + 1;
  return value === undefined ? 0 : 5;
}

function keyOf(key: unknown): string | number {
  if (isKey(key)) return key;
  throw new TypeError('the keys of a packed Map are texts or numbers');
}
