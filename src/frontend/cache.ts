import { OrderedMap } from 'immutable';
import type { GroupName } from '../protocol/model/app.ts';
import type { Token } from '../protocol/model/messages.ts';
import type { CachedItem } from '../service/service.ts';

/**
 * What a front end keeps of earlier answers (PROTOCOL §10.5). Persistent, and a value like any other: every function here
 * takes a cache and gives the next one.
 *
 * Of each item it is true that its outcome is what the state of its group at `index` says, and that no entry from there up to
 * the group's `through` has changed that, as long as `through` is further. All that is done here keeps it true, whatever comes
 * in which order and how often.
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

/** What is known of a group of which answers are kept, or were. */
interface Knowledge {
  readonly historyId: string;
  /** The index up to which it is known what has changed. */
  readonly through: number;
  /** A primary has said that what was visible at this time, by our clock, is no further than `through`. */
  readonly confirmedAt: number | undefined;
  /** How many items are of this group. */
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

/** The group has entries behind `from`, up to `to`, that change what is kept under `keys`; undefined: or under any. */
export interface Change {
  readonly historyId: string;
  readonly from: number;
  readonly to: number;
  readonly keys: readonly string[] | undefined;
  /** When the question that it answers was sent, if it answers one. */
  readonly askedAt: number | undefined;
}

/** What a read must rest on to be answered from the cache. */
export interface Demand {
  /** What was seen of the group by whoever asks, and by whoever else it must not be behind. */
  readonly seen: readonly (Token | undefined)[];
  /** The group must have been confirmed at this time, or later. */
  readonly confirmedSince: number;
}

/** What is kept, and the index at which it is known to hold. */
export type Found =
  | { readonly type: 'hit'; readonly item: CachedItem; readonly token: Token }
  /** `unconfirmed`: there is something that would do, were it known to be young enough. */
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
 * Keeps an outcome that was read at `item.index`, as the most recently used of at most `size`, unless what is known of the
 * group is further: whether the entries between have changed it was said before it came. `evenLate` keeps it all the same,
 * which is planted bug M33.
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
 * Takes in what has changed, if it continues what is known of the group: then what it names is dropped. Said again, or late,
 * it changes nothing. One with entries missing before it is not believed.
 */
export function change(
  cache: Cache,
  group: GroupName,
  { historyId, from, to, keys, askedAt }: Change,
): readonly [Cache, 'believed' | 'gap'] {
  const before = inHistory(cache, group, historyId);
  const known = knowledgeOf(before, group) ?? { historyId, through: 0, confirmedAt: undefined, kept: 0 };
  // Where nothing is kept, nothing can be missed.
  if (from > known.through && known.kept > 0) return [before, 'gap'];
  const isNews = to > known.through;
  const after = isNews && known.kept > 0 ? withoutOlder(before, group, to, keys) : before;
  const confirmedAt = askedAt === undefined ? known.confirmedAt : Math.max(askedAt, known.confirmedAt ?? askedAt);
  const through = Math.max(known.through, to);
  const kept = knowledgeOf(after, group)?.kept ?? 0;
  return [{ ...after, groups: { ...after.groups, [group]: { historyId, through, confirmedAt, kept } } }, 'believed'];
}

/** Drops what is kept under `key` in any group; everything, where it is undefined. Says how many items that were. */
export function forget(cache: Cache, key: string | undefined): readonly [Cache, number] {
  const doomed = cache.items.filter((item) => key === undefined || item.key === key).keySeq();
  const after = without(cache, doomed.toArray());
  return [after, cache.items.size - after.items.size];
}

/** How far it is known what has changed in the group, and how many of its answers are kept. */
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

/** The cache for another history of the group: an index of one means nothing in the other. */
function inHistory(cache: Cache, group: GroupName, historyId: string): Cache {
  const known = knowledgeOf(cache, group);
  if (known === undefined || known.historyId === historyId) return cache;
  const after = withoutOlder(cache, group, Number.POSITIVE_INFINITY, undefined);
  return {
    ...after,
    groups: { ...after.groups, [group]: { historyId, through: 0, confirmedAt: undefined, kept: 0 } },
  };
}

/** Drops what was read before `to` under one of `keys`; what was read there or later has seen the change. */
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
