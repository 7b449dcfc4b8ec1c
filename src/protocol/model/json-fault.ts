import { isImmutable, List, Map } from 'immutable';
import { NESTING_AT_MOST } from './json.ts';

/*
 * What a service keeps or says must come back from a disk and from the wire as it was. Of a state only what a step made
 * new is walked: it is compared with the state before, which is trusted, by identity.
 */

/**
 * The first part of a state that plain JSON, List and Map cannot hold, with its path: `.holds[3].until is NaN`.
 * `before`: the state that the step began with.
 */
export function faultOfState(after: unknown, before: unknown): string | undefined {
  if (after === before) return undefined;
  const walk: Walk = { keys: [], what: '' };
  return heightOf(walk, after, before, NESTING_AT_MOST) === FAULTY ? said(walk) : undefined;
}

/** The same of plain JSON, such as an outcome. Values of more than `sizeAtMost` members are not walked to their end. */
export function faultOfJson(value: unknown, sizeAtMost: number): string | undefined {
  const walk: Walk = { keys: [], what: '' };
  return plainRoom(walk, value, NESTING_AT_MOST, sizeAtMost) === FAULTY ? said(walk) : undefined;
}

/** `keys`: the path to the fault, innermost first. */
interface Walk {
  readonly keys: string[];
  what: string;
}

const FAULTY = -1;

/**
 * How many containers deep each larger object is that was walked whole, so that what moves within a state is walked
 * once. Objects with a predecessor in their place are not kept: to keep one costs more than to compare it.
 */
const HEIGHTS = new WeakMap<object, number>();
const KEPT_FROM = 8;

function said({ keys, what }: Walk): string {
  return `${keys.toReversed().join('')} ${what}`;
}

function fail(walk: Walk, what: string): typeof FAULTY {
  walk.what = what;
  return FAULTY;
}

function named(walk: Walk, key: string): typeof FAULTY {
  walk.keys.push(key);
  return FAULTY;
}

/**
 * How many containers deep `value` is; FAULTY. `before`: what was in its place, and may share parts with it: of those
 * the height is not counted. `room`: the containers that may be nested from here on.
 */
function heightOf(walk: Walk, value: unknown, before: unknown, room: number): number {
  if (typeof value !== 'object' || value === null) {
    const what = scalarFault(value);
    return what === undefined ? 0 : fail(walk, what);
  }
  if (value === before) return 0;
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  const size = Array.isArray(value) ? value.length : keys.length;
  const known = size < KEPT_FROM ? undefined : HEIGHTS.get(value);
  if (room < (known ?? 1)) return fail(walk, `is nested more than ${NESTING_AT_MOST} deep`);
  if (known !== undefined) return known;
  const old = typeof before === 'object' && before !== null ? before : undefined;
  if (Array.isArray(value)) return kept(value, size, old, itemsOf(walk, value, old, room - 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return isImmutable(value) ? above(collectionOf(walk, value, old, room - 1)) : fail(walk, `is ${nameOf(value)}`);
  }
  let highest = 0;
  for (const key of keys) {
    const member: unknown = Reflect.get(value, key);
    const height = heightOf(walk, member, old === undefined ? undefined : Reflect.get(old, key), room - 1);
    if (height === FAULTY) return named(walk, fieldNamed(key));
    highest = Math.max(highest, height);
  }
  return kept(value, size, old, highest);
}

/** The height of a container above its members. */
function above(height: number): number {
  return height === FAULTY ? FAULTY : height + 1;
}

/** Keeps the height of a larger object that was walked whole. */
function kept(value: object, size: number, before: object | undefined, height: number): number {
  if (height !== FAULTY && before === undefined && size >= KEPT_FROM) HEIGHTS.set(value, height + 1);
  return above(height);
}

/** The height of the highest item. What both arrays begin and end with is shared, wherever something was put between. */
function itemsOf(walk: Walk, items: readonly unknown[], before: object | undefined, room: number): number {
  const old: readonly unknown[] = Array.isArray(before) ? before : NONE;
  const behind = items.length - old.length;
  let [from, to] = [0, items.length];
  while (from < to && from < old.length && items[from] === old[from]) from += 1;
  while (to > from && to > behind + from && items[to - 1] === old[to - 1 - behind]) to -= 1;
  // What was moved within the array is found without its place.
  const others = to - from > KEPT_FROM && old.length > 0 ? new Set(old) : undefined;
  let highest = 0;
  for (let place = from; place < to; place += 1) {
    const item = items[place];
    if (others !== undefined && typeof item === 'object' && others.has(item)) continue;
    const height = heightOf(walk, item, place < old.length ? old[place] : undefined, room);
    if (height === FAULTY) return named(walk, `[${place}]`);
    highest = Math.max(highest, height);
  }
  return highest;
}

const NONE: readonly unknown[] = [];

/** The parts of a List or Map of immutable that hold its items: tries, of which versions share most nodes. */
type Inside = '_root' | '_tail' | '__ownerID';

function inside(collection: object | undefined, part: Inside): unknown {
  return collection === undefined ? undefined : Reflect.get(collection, part);
}

/** The height of the highest item. */
function collectionOf(walk: Walk, value: object, before: object | undefined, room: number): number {
  const isMap = Map.isMap(value);
  if (!isMap && !List.isList(value)) return fail(walk, `is ${nameOf(value)}`);
  if ('_map' in value) return fail(walk, 'is an ordered Map');
  if (inside(value, '__ownerID') !== undefined) return fail(walk, 'is a List or Map that may be changed in place');
  const old = before !== undefined && isImmutable(before) ? before : undefined;
  const nodeOf = isMap ? mapNodeOf : listNodeOf;
  const root = nodeOf(walk, inside(value, '_root'), inside(old, '_root'), room);
  if (root === FAULTY || isMap) return root;
  const tail = nodeOf(walk, inside(value, '_tail'), inside(old, '_tail'), room);
  return tail === FAULTY ? FAULTY : Math.max(root, tail);
}

/** The height of the highest item in a node of a List; of what it shares with `before`, not counted. */
function listNodeOf(walk: Walk, node: unknown, before: unknown, room: number): number {
  if (typeof node !== 'object' || node === null || node === before) return 0;
  const slots = slotsIn(node, 'array');
  const known = slots.length < KEPT_FROM ? undefined : HEIGHTS.get(node);
  if (known !== undefined && known <= room) return known;
  const old = slotsIn(before, 'array');
  let highest = 0;
  for (let place = 0; place < slots.length; place += 1) {
    const slot = slots[place];
    // Undefined: where items were taken away.
    if (slot === undefined || slot === old[place]) continue;
    const isNode = typeof slot === 'object' && slot !== null && slot.constructor === LIST_NODE;
    const height = (isNode ? listNodeOf : heightOf)(walk, slot, old[place], room);
    if (height === FAULTY) return isNode ? FAULTY : named(walk, '[…]');
    highest = Math.max(highest, height);
  }
  return keptNode(node, slots.length, before, highest);
}

/** What a List is made of inside. */
const LIST_NODE: unknown = inside(List([0]), '_tail')?.constructor;

/** The same of a Map, whose nodes hold nodes or entries. */
function mapNodeOf(walk: Walk, node: unknown, before: unknown, room: number): number {
  if (typeof node !== 'object' || node === null || node === before) return 0;
  const known = HEIGHTS.get(node);
  if (known !== undefined && known <= room) return known;
  const [nodes, oldNodes] = [slotsIn(node, 'nodes'), slotsIn(before, 'nodes')];
  const [pairs, oldPairs] = [pairsIn(node), pairsIn(before)];
  let highest = 0;
  for (let place = 0; place < nodes.length; place += 1) {
    const height = mapNodeOf(walk, nodes[place], oldNodes[place], room);
    if (height === FAULTY) return FAULTY;
    highest = Math.max(highest, height);
  }
  for (let place = 0; place < pairs.length; place += 1) {
    const height = pairs[place] === oldPairs[place] ? 0 : pairOf(walk, pairs[place], oldPairs[place], room);
    if (height === FAULTY) return FAULTY;
    highest = Math.max(highest, height);
  }
  return keptNode(node, nodes.length + pairs.length, before, highest);
}

function keptNode(node: object, size: number, before: unknown, height: number): number {
  if (before === undefined && size >= KEPT_FROM) HEIGHTS.set(node, height);
  return height;
}

/** An entry of a Map, `[key, value]`. */
function pairOf(walk: Walk, pair: unknown, before: unknown, room: number): number {
  const [key, value]: readonly unknown[] = Array.isArray(pair) ? pair : NONE;
  if (typeof key !== 'string' && !(typeof key === 'number' && Number.isFinite(key))) {
    return fail(walk, 'has a key that is no text and no number');
  }
  const old: unknown = Array.isArray(before) && before[0] === key ? before[1] : undefined;
  const height = heightOf(walk, value, old, room);
  return height === FAULTY ? named(walk, `.get(${JSON.stringify(key)})`) : height;
}

/** The entries in a node of a Map itself. */
function pairsIn(node: unknown): readonly unknown[] {
  if (typeof node !== 'object' || node === null) return NONE;
  return 'entry' in node ? [node.entry] : slotsIn(node, 'entries');
}

function slotsIn(node: unknown, name: 'array' | 'nodes' | 'entries'): readonly unknown[] {
  const slots: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined;
  return Array.isArray(slots) ? slots : NONE;
}

function fieldNamed(key: string): string {
  return /^[\p{L}_$][\p{L}\d_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 100))}]`;
}

/** What is wrong with a value that is no object. */
function scalarFault(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'object') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `is ${value}`;
  return value === undefined ? 'is undefined' : `is a ${typeof value}`;
}

/** `a Date`. */
function nameOf(value: object): string {
  const made: unknown = value.constructor;
  const name = typeof made === 'function' && made.name !== '' ? made.name : 'object of another kind';
  return /^[AEIOU]/i.test(name) ? `an ${name}` : `a ${name}`;
}

/** How many members more may be walked; FAULTY. Below 0, the rest is not walked. */
function plainRoom(walk: Walk, value: unknown, depth: number, room: number): number {
  if (typeof value !== 'object' || value === null) {
    const what = scalarFault(value);
    return what === undefined ? Math.max(0, room - 1) : fail(walk, what);
  }
  if (depth === 0) return fail(walk, `is nested more than ${NESTING_AT_MOST} deep`);
  let left = room;
  if (Array.isArray(value)) {
    for (let place = 0; place < value.length && left > 0; place += 1) {
      left = plainRoom(walk, value[place], depth - 1, left);
      if (left === FAULTY) return named(walk, `[${place}]`);
    }
    return left;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return fail(walk, `is ${nameOf(value)}`);
  for (const key of Object.keys(value)) {
    if (left <= 0) return left;
    left = plainRoom(walk, Reflect.get(value, key), depth - 1, left);
    if (left === FAULTY) return named(walk, fieldNamed(key));
  }
  return left;
}
