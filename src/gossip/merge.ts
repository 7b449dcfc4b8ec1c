import type { GroupView, ServiceEntry } from '../protocol/model/directory.ts';
import type { Configuration, Member } from '../protocol/model/configuration.ts';
import { compareEpochs } from '../protocol/model/epoch.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../protocol/model/mutants.ts';

// The order of entries of one node, and of views of one group, is total: nodes that have received the same set have
// equal directories, in whatever order and however often it arrived.

/** Merges two directories. Both, and the result, are sorted by node id and name each node once. */
export function mergeServices(
  some: readonly ServiceEntry[],
  others: readonly ServiceEntry[],
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): readonly ServiceEntry[] {
  return merge(
    some,
    others,
    ({ nodeId }) => nodeId,
    (one, other) => compareEntries(one, other, planted),
  );
}

/** Merges two lists of views, sorted by group. */
export function mergeViews(some: readonly GroupView[], others: readonly GroupView[]): readonly GroupView[] {
  return merge(some, others, ({ group }) => group, compareViews);
}

/** A list from an untrusted peer, sorted, with the newest entry of each node. */
export function inOrder(
  services: readonly ServiceEntry[],
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): readonly ServiceEntry[] {
  return [...services]
    .sort((a, b) => compareTexts(a.nodeId, b.nodeId) || compareEntries(b, a, planted))
    .filter((entry, place, sorted) => entry.nodeId !== sorted[place - 1]?.nodeId);
}

/**
 * Positive when `one` is newer than `other`, an entry of the same node; zero only when they are equal.
 * - A removed disk stays removed, whatever its process says later: only a new disk of a later generation brings the
 *   node id back.
 * - Within one incarnation, `away` is final.
 */
export function compareEntries(
  one: ServiceEntry,
  other: ServiceEntry,
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): number {
  const isForgetful = planted.has('readmits-removed-disk-after-restart');
  return (
    one.generation - other.generation ||
    compareTexts(one.diskId, other.diskId) ||
    (isForgetful ? 0 : Number(one.standing === 'removed') - Number(other.standing === 'removed')) ||
    one.incarnation - other.incarnation ||
    FINALITY[one.standing] - FINALITY[other.standing] ||
    one.beat - other.beat ||
    // One incarnation has one address, but a total order must not rely on it.
    compareTexts(one.address, other.address) ||
    compareTexts(one.kind, other.kind) ||
    compareTexts(one.proof ?? '', other.proof ?? '')
  );
}

const FINALITY = { member: 0, away: 1, removed: 2 } as const;

/**
 * Compares two views of a group. One index of an epoch has one configuration, so the last line only decides between
 * views that no correct primary made.
 */
function compareViews(one: GroupView, other: GroupView): number {
  if (one === other) return 0;
  return (
    compareEpochs(one.epoch, other.epoch) ||
    one.index - other.index ||
    compareTexts(one.primary ?? '', other.primary ?? '') ||
    compareConfigurations(one.configuration, other.configuration)
  );
}

function compareConfigurations(one: Configuration, other: Configuration): number {
  if (one === other || (isSame(one.voters, other.voters) && isSame(one.learners, other.learners))) return 0;
  return compareTexts(JSON.stringify(one), JSON.stringify(other));
}

function isSame(some: readonly Member[], others: readonly Member[]): boolean {
  return some.length === others.length && some.every((member, place) => isSameMember(member, others[place]));
}

function isSameMember(one: Member, other: Member | undefined): boolean {
  return (
    one === other ||
    (one.nodeId === other?.nodeId &&
      one.diskId === other.diskId &&
      one.kind === other.kind &&
      one.votes === other.votes &&
      one.rank === other.rank)
  );
}

/** Negative, zero or positive, by code units. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** `some` itself where nothing in `others` is newer. */
function merge<Item>(
  some: readonly Item[],
  others: readonly Item[],
  nameOf: (item: Item) => string,
  compare: (one: Item, other: Item) => number,
): readonly Item[] {
  const merged: Item[] = [];
  let [at, otherAt] = [0, 0];
  let isNews = false;
  for (;;) {
    const [one, other] = [some[at], others[otherAt]];
    if (one === undefined && other === undefined) return isNews ? merged : some;
    const order = one === undefined ? 1 : other === undefined ? -1 : compareTexts(nameOf(one), nameOf(other));
    if (order <= 0) at += 1;
    if (order >= 0) otherAt += 1;
    const newest = newerOf(order < 0 ? undefined : other, order > 0 ? undefined : one, compare);
    if (newest !== undefined) merged.push(newest);
    isNews ||= newest !== one;
  }
}

/** `one` when both are equal, so that a known object is kept. */
function newerOf<Item>(
  other: Item | undefined,
  one: Item | undefined,
  compare: (one: Item, other: Item) => number,
): Item | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return compare(one, other) >= 0 ? one : other;
}
