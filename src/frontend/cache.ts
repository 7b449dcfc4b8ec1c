import { OrderedMap } from 'immutable';
import type { GroupName } from '../protocol/model/app.ts';
import type { Token } from '../protocol/model/messages.ts';
import type { CachedItem } from '../service/service.ts';

/**
 * The cache of a front end (PROTOCOL §10.5). Persistent: every function takes a cache and returns the next one.
 *
 * Invariant of each item: its outcome is what the state of its group at `index` answers, and no entry after it, up to
 * the group's `through`, has changed that. Every function keeps the invariant, in whatever order and however often
 * messages arrive.
 */
export interface Cache {
  /** By group and key, least recently used first. */
  readonly items: OrderedMap<string, CachedItem>;
  readonly groups: Readonly<Record<GroupName, Knowledge>>;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly invalidations: number;
}

/** Per group with items, now or before. */
interface Knowledge {
  readonly historyId: string;
  /** The index up to which changes are known. */
  readonly through: number;
  /** A primary has confirmed that what was visible at this time, by this node's clock, is no further than `through`. */
  readonly confirmedAt: number | undefined;
  /** The number of items of this group. */
  readonly kept: number;
}

export const EMPTY_CACHE: Cache = {
  items: OrderedMap<string, CachedItem>(),
  groups: {},
  hits: 0,
  misses: 0,
  evictions: 0,
  invalidations: 0,
};

/** A change: entries after `from`, up to `to`, invalidate `keys`; undefined: any key. */
export interface Change {
  readonly historyId: string;
  readonly from: number;
  readonly to: number;
  readonly keys: readonly string[] | undefined;
  /** When the question was sent that this answers, if any. */
  readonly askedAt: number | undefined;
}

/** The conditions of a read for an answer from the cache. */
export interface Demand {
  /** The tokens it must not be behind: the client's, and the front end's own. */
  readonly seen: readonly (Token | undefined)[];
  /** The group must have been confirmed at this time, or later. */
  readonly confirmedSince: number;
}

/** The result of a lookup: an item with the index at which it is known to hold, or a miss. */
export type Found =
  | { readonly type: 'hit'; readonly item: CachedItem; readonly token: Token }
  /** `isUnconfirmed`: there is an item, but its group was not confirmed recently enough. */
  | { readonly type: 'miss'; readonly isUnconfirmed: boolean };

/** Looks a key up; a hit makes it the most recently used. */
export function look(cache: Cache, group: GroupName, key: string, demand: Demand): readonly [Cache, Found] {
  const place = placeOf(group, key);
  const item = cache.items.get(place);
  const known = knowledgeOf(cache, group);
  const token = item === undefined || known === undefined ? undefined : validAt(item, known);
  const isEnough = token !== undefined && demand.seen.every((seen) => seen === undefined || covers(token, seen));
  const isConfirmed = known?.confirmedAt !== undefined && known.confirmedAt >= demand.confirmedSince;
  if (item === undefined || token === undefined || !isEnough || !isConfirmed) {
    return [
      { ...cache, misses: cache.misses + 1 },
      { type: 'miss', isUnconfirmed: isEnough && !isConfirmed },
    ];
  }
  const items = cache.items.delete(place).set(place, item);
  return [
    { ...cache, items, hits: cache.hits + 1 },
    { type: 'hit', item, token },
  ];
}

/**
 * Caches an outcome that was read at `item.index`, as the most recently used of at most `size`. If the group's
 * `through` is further, the outcome is late, since changes between were told before it came, and it is not cached.
 * `evenLate` caches it all the same: planted bug `fills-cache-after-invalidation`.
 */
export function fill(
  cache: Cache,
  size: number,
  item: CachedItem,
  historyId: string,
  evenLate = false,
): readonly [Cache, 'kept' | 'late'] {
  const { group, index } = item;
  const before = inHistory(cache, group, historyId);
  const known = knowledgeOf(before, group) ?? { historyId, through: 0, confirmedAt: undefined, kept: 0 };
  if (index < known.through && !evenLate) return [before, 'late'];
  const place = placeOf(group, item.key);
  const older = before.items.get(place);
  if (older !== undefined && older.index >= index) return [before, 'kept'];
  const through = known.kept === 0 ? Math.max(known.through, index) : known.through;
  const kept = known.kept + (older === undefined ? 1 : 0);
  const filled: Cache = {
    ...before,
    items: before.items.delete(place).set(place, item),
    groups: { ...before.groups, [group]: { ...known, through, kept } },
  };
  return [withinSize(filled, size), 'kept'];
}

/**
 * Applies a change that continues `through`: drops the items it names. A repeated or late one changes nothing. One with
 * entries missing before it is a gap, and ignored.
 */
export function change(
  cache: Cache,
  group: GroupName,
  { historyId, from, to, keys, askedAt }: Change,
): readonly [Cache, 'believed' | 'gap'] {
  const before = inHistory(cache, group, historyId);
  const known = knowledgeOf(before, group) ?? { historyId, through: 0, confirmedAt: undefined, kept: 0 };
  // A group without items has no gap.
  if (from > known.through && known.kept > 0) return [before, 'gap'];
  const isNews = to > known.through;
  const after = isNews && known.kept > 0 ? withoutOlder(before, group, to, keys) : before;
  const confirmedAt = askedAt === undefined ? known.confirmedAt : Math.max(askedAt, known.confirmedAt ?? askedAt);
  const through = Math.max(known.through, to);
  const kept = knowledgeOf(after, group)?.kept ?? 0;
  return [{ ...after, groups: { ...after.groups, [group]: { historyId, through, confirmedAt, kept } } }, 'believed'];
}

/** Drops the items under `key` in every group; undefined: all items. Returns how many were dropped. */
export function forget(cache: Cache, key: string | undefined): readonly [Cache, number] {
  const doomed = cache.items.filter((item) => key === undefined || item.key === key).keySeq();
  const after = without(cache, doomed.toArray());
  return [after, cache.items.size - after.items.size];
}

/** Up to which index changes of the group are known, and how many items it has. */
export function extentOf(cache: Cache, group: GroupName): { readonly through: number; readonly kept: number } {
  return knowledgeOf(cache, group) ?? { through: 0, kept: 0 };
}

/** The index at which `item` is known to hold. */
function validAt({ index }: CachedItem, { historyId, through }: Knowledge): Token {
  return { historyId, index: Math.max(index, through) };
}

function covers(token: Token, seen: Token): boolean {
  return token.historyId === seen.historyId && token.index >= seen.index;
}

/** The cache for another history of the group: indexes of two histories are not comparable. */
function inHistory(cache: Cache, group: GroupName, historyId: string): Cache {
  const known = knowledgeOf(cache, group);
  if (known === undefined || known.historyId === historyId) return cache;
  const after = withoutOlder(cache, group, Number.POSITIVE_INFINITY, undefined);
  return {
    ...after,
    groups: { ...after.groups, [group]: { historyId, through: 0, confirmedAt: undefined, kept: 0 } },
  };
}

/** Drops items under `keys` that were read before `to`; later reads have seen the change. */
function withoutOlder(cache: Cache, group: GroupName, to: number, keys: readonly string[] | undefined): Cache {
  const places =
    keys === undefined
      ? cache.items
          .filter((item) => item.group === group)
          .keySeq()
          .toArray()
      : [...new Set(keys)].map((key) => placeOf(group, key));
  const doomed = places.filter((place) => (cache.items.get(place)?.index ?? Number.POSITIVE_INFINITY) < to);
  if (doomed.length === 0) return cache;
  return { ...without(cache, doomed), invalidations: cache.invalidations + doomed.length };
}

function withinSize(cache: Cache, size: number): Cache {
  const oldest = cache.items.size > size ? cache.items.keySeq().first() : undefined;
  if (oldest === undefined) return cache;
  return withinSize({ ...without(cache, [oldest]), evictions: cache.evictions + 1 }, size);
}

function without(cache: Cache, places: readonly string[]): Cache {
  const groups: Record<GroupName, Knowledge> = { ...cache.groups };
  for (const place of places) {
    const group = cache.items.get(place)?.group;
    const known = group === undefined ? undefined : groups[group];
    if (group !== undefined && known !== undefined) groups[group] = { ...known, kept: known.kept - 1 };
  }
  return { ...cache, groups, items: cache.items.deleteAll(places) };
}

function knowledgeOf(cache: Cache, group: GroupName): Knowledge | undefined {
  return Object.hasOwn(cache.groups, group) ? cache.groups[group] : undefined;
}

/** Group names have no slash. */
function placeOf(group: GroupName, key: string): string {
  return `${group}/${key}`;
}
