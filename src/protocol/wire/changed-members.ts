import type { List, Map as PersistentMap } from 'immutable';

/*
 * What differs between two versions of a collection, in time that grows with the difference. Versions of a persistent
 * collection share the nodes that they have in common, and shared nodes are passed over. immutable has no public way to
 * ask for its nodes, so this file alone knows their private fields, of the version that package.json pins. Where a field
 * is not as expected, all members are compared: the answer is the same, and takes as long as the collection is large.
 */

/** A member that differs; undefined on the side that lacks it. Packed values are never undefined. */
export interface ChangedMember<Key> {
  readonly key: Key;
  readonly before: unknown;
  readonly after: unknown;
}

/** Undefined between two of them: the work so far was much, and a caller may let others work. */
export type InSlices<Item, Result = void> = Generator<Item | undefined, Result, undefined>;

/** Nodes or members that are looked at between two pauses. */
const PAUSES_EVERY = 2_000;

/** The keys whose values are not identical, in any order; a key may come twice, with the same values. */
export function* changedInMap(
  before: PersistentMap<unknown, unknown>,
  after: PersistentMap<unknown, unknown>,
): InSlices<ChangedMember<unknown>> {
  if (before === after) return;
  const isDone = yield* changedInNodes(before, after);
  if (!isDone) yield* changedInPairs(before, after);
}

/** The beginning that a later version of a List has lost. */
export interface ListShift {
  /** How many of the first items are gone; the keys of changed members are places behind them. */
  readonly shift: number;
  /** Whether both versions number their items alike inside, so that their nodes can be compared. */
  readonly isAligned: boolean;
}

/** How many of the first items of `before` are gone in `after`; any answer is right, the best one makes least changes. */
export function shiftOf(before: List<unknown>, after: List<unknown>): ListShift {
  const [old, now] = [insideOf(before), insideOf(after)];
  const shift = old === undefined || now === undefined ? Number.NaN : now.origin - old.origin;
  if (shift >= 0 && shift < before.size && (shift === 0 || before.get(shift) === after.first())) {
    return { shift, isAligned: true };
  }
  const first = after.first();
  const found = first === undefined ? before.size : before.indexOf(first);
  return { shift: Math.max(0, found), isAligned: false };
}

/** The items of `after` that are not identical to those of `before`, by their places in `after`; none of those that are gone. */
export function* changedInList(
  before: List<unknown>,
  after: List<unknown>,
  { shift, isAligned }: ListShift,
): InSlices<ChangedMember<number>> {
  if (before === after) return;
  const [old, now] = isAligned ? [insideOf(before), insideOf(after)] : [];
  const isDone = old !== undefined && now !== undefined && (yield* changedInLeaves(old, now));
  if (!isDone) yield* changedInItems(before, after, shift);
}

/** The same of two arrays, or of two Lists whose nodes cannot be compared. */
export function* changedInItems(
  before: Iterable<unknown>,
  after: Iterable<unknown>,
  shift = 0,
): InSlices<ChangedMember<number>> {
  const old = before[Symbol.iterator]();
  for (let gone = 0; gone < shift; gone += 1) old.next();
  let key = 0;
  for (const item of after) {
    const was = old.next();
    const held: unknown = was.done === true ? undefined : was.value;
    if (held !== item) yield { key, before: held, after: item };
    key += 1;
    if (key % PAUSES_EVERY === 0) yield;
  }
}

function* changedInPairs(
  before: PersistentMap<unknown, unknown>,
  after: PersistentMap<unknown, unknown>,
): InSlices<ChangedMember<unknown>> {
  let seen = 0;
  for (const [key, value] of after) {
    const held = before.get(key);
    if (held !== value) yield { key, before: held, after: value };
    if ((seen += 1) % PAUSES_EVERY === 0) yield;
  }
  for (const [key, value] of before) {
    if (!after.has(key)) yield { key, before: value, after: undefined };
    if ((seen += 1) % PAUSES_EVERY === 0) yield;
  }
}

/** False where a node is of a kind that is not known; what it has yielded by then is right. */
function* changedInNodes(before: object, after: object): InSlices<ChangedMember<unknown>, boolean> {
  if (!('_root' in before) || !('_root' in after)) return false;
  const [{ _root: first }, { _root: second }] = [before, after];
  const open: unknown[] = [first, second];
  let seen = 0;
  while (open.length > 0) {
    const now = open.pop();
    const old = open.pop();
    if ((seen += 1) % PAUSES_EVERY === 0) yield;
    if (old === now) continue;
    const [wasBranch, isBranch] = [branchOf(old), branchOf(now)];
    if (wasBranch !== undefined && isBranch !== undefined) {
      pushChildren(open, wasBranch, isBranch);
      continue;
    }
    const [one, other] = [pairIn(old), pairIn(now)];
    if (one !== undefined && other !== undefined && one[0] === other[0]) {
      if (one[1] !== other[1]) yield { key: one[0], before: one[1], after: other[1] };
      continue;
    }
    const [was, is] = [pairsUnder(old), pairsUnder(now)];
    if (was === undefined || is === undefined) return false;
    yield* changedAmong(was, is);
  }
  return true;
}

type Pair = readonly [unknown, unknown];

function* changedAmong(before: readonly Pair[], after: readonly Pair[]): InSlices<ChangedMember<unknown>> {
  const gone = new Map(before);
  for (const [key, value] of after) {
    const held = gone.get(key);
    gone.delete(key);
    if (held !== value) yield { key, before: held, after: value };
  }
  for (const [key, value] of gone) yield { key, before: value, after: undefined };
}

/** An inner node: which of its 32 places are taken, and the nodes there; with all bits, `nodes` has a hole for each free one. */
interface Branch {
  readonly bitmap: number | undefined;
  readonly nodes: readonly unknown[];
}

function branchOf(node: unknown): Branch | undefined {
  if (typeof node !== 'object' || node === null || !('nodes' in node)) return undefined;
  const { nodes } = node;
  if (!Array.isArray(nodes)) return undefined;
  if ('bitmap' in node && typeof node.bitmap === 'number') return { bitmap: node.bitmap, nodes };
  return 'count' in node ? { bitmap: undefined, nodes } : undefined;
}

const WIDTH = 32;

function pushChildren(open: unknown[], before: Branch, after: Branch): void {
  let [old, now] = [0, 0];
  for (let slot = 0; slot < WIDTH; slot += 1) {
    const wasThere = hasSlot(before, slot);
    const isThere = hasSlot(after, slot);
    const was = wasThere ? before.nodes[before.bitmap === undefined ? slot : old++] : undefined;
    const is = isThere ? after.nodes[after.bitmap === undefined ? slot : now++] : undefined;
    if (was !== is) open.push(was, is);
  }
}

function hasSlot({ bitmap, nodes }: Branch, slot: number): boolean {
  return bitmap === undefined ? nodes[slot] !== undefined : ((bitmap >>> slot) & 1) === 1;
}

/** The pair of a node that has one alone: most leaves. */
function pairIn(node: unknown): Pair | undefined {
  return typeof node === 'object' && node !== null && 'entry' in node && isPair(node.entry) ? node.entry : undefined;
}

/** All pairs in a node and below; undefined where a node is of a kind that is not known. */
function pairsUnder(node: unknown): readonly Pair[] | undefined {
  if (node === undefined || node === null) return [];
  if (typeof node !== 'object') return undefined;
  if ('entry' in node) return isPair(node.entry) ? [node.entry] : undefined;
  if ('entries' in node) return isPairs(node.entries) ? node.entries : undefined;
  const branch = branchOf(node);
  if (branch === undefined) return undefined;
  const pairs: Pair[] = [];
  for (const child of branch.nodes) {
    const below = pairsUnder(child);
    if (below === undefined) return undefined;
    pairs.push(...below);
  }
  return pairs;
}

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2;
}

function isPairs(value: unknown): value is readonly Pair[] {
  return Array.isArray(value) && value.every(isPair);
}

/** A List inside: a tree of nodes with 32 places each, of which the last leaf is kept apart. */
interface Inside {
  /** The first and the end of the places that are taken. */
  readonly origin: number;
  readonly capacity: number;
  /** Bits of a place that the nodes below the root use. */
  readonly level: number;
  readonly root: unknown;
  readonly tail: unknown;
  readonly tailFrom: number;
}

const BITS = 5;

function insideOf(list: object): Inside | undefined {
  if (!('_origin' in list && '_capacity' in list && '_level' in list && '_root' in list && '_tail' in list)) {
    return undefined;
  }
  const { _origin: origin, _capacity: capacity, _level: level, _root: root, _tail: tail } = list;
  if (typeof origin !== 'number' || typeof capacity !== 'number' || typeof level !== 'number') return undefined;
  const tailFrom = capacity < WIDTH ? 0 : ((capacity - 1) >>> BITS) << BITS;
  return { origin, capacity, level, root, tail, tailFrom };
}

/** The same for two Lists that number their items alike. */
function* changedInLeaves(before: Inside, after: Inside): InSlices<ChangedMember<number>, boolean> {
  const open: (readonly [number, number])[] = [[Math.max(before.level, after.level), 0]];
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [level, start] = next;
    const span = WIDTH << level;
    if (start >= after.capacity || start + span <= after.origin) continue;
    if ((seen += 1) % PAUSES_EVERY === 0) yield;
    const [old, now] = [nodeAt(before, level, start, span), nodeAt(after, level, start, span)];
    if (old !== undefined && old === now) continue;
    if (level > 0) {
      for (let child = WIDTH - 1; child >= 0; child -= 1) open.push([level - BITS, start + (child << level)]);
      continue;
    }
    const [was, is] = [itemsOf(old), itemsOf(now)];
    if (is === undefined) return false;
    const end = Math.min(start + span, after.capacity);
    for (let place = Math.max(start, after.origin); place < end; place += 1) {
      const held = place >= before.origin && place < before.capacity ? was?.[place - start] : undefined;
      const item = is[place - start];
      if (held !== item) yield { key: place - after.origin, before: held, after: item };
    }
  }
  return true;
}

/** The node that holds the places from `start` on, and nothing else; undefined where there is none. */
function nodeAt({ level: top, root, tail, tailFrom }: Inside, level: number, start: number, span: number): unknown {
  if (level === 0 && start >= tailFrom) return start === tailFrom ? tail : undefined;
  if (level > top || start + span > tailFrom || start >>> (top + BITS) > 0) return undefined;
  let node = root;
  for (let above = top; above > level; above -= BITS) node = itemsOf(node)?.[(start >>> above) & (WIDTH - 1)];
  return node ?? undefined;
}

function itemsOf(node: unknown): readonly unknown[] | undefined {
  if (typeof node !== 'object' || node === null || !('array' in node)) return undefined;
  return Array.isArray(node.array) ? node.array : undefined;
}
