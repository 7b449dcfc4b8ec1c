import { accepted, type GroupName } from '../../protocol/model/app.ts';
import type { Result } from '../../protocol/model/machine.ts';
import type { Operation } from '../base/history.ts';
import { type Branch, isSaid, type Replayer, type RouteCall } from '../workloads/replay-route.ts';
import type { CommitRecord, GroupRecord } from './record.ts';

/** No simulated front end keeps more items than this. */
const FORGOTTEN_AT_MOST = 8;

/** Which entries of each group an operation may have seen: from `low` to `high`, both included. */
export interface Bounds {
  low(group: GroupName): number;
  /** From where a read on counts that a cache may have answered (`RouteCall`). */
  kept(group: GroupName): number;
  /** From where a read on counts that must be fresh whatever the client is content with. */
  fresh(group: GroupName): number;
  /** What its own write stands behind. */
  called(group: GroupName): number;
  high(group: GroupName): number;
}

/** An answer that makes sense: the entries it rests on. */
export interface Explanation {
  readonly indexes: Readonly<Record<GroupName, number>>;
  /** From where on that was sought: of each group, the highest such bound. */
  readonly low: Readonly<Record<GroupName, number>>;
  /** The groups of the reads that a cache may have answered, in the order in which they were made. */
  readonly kept: readonly GroupName[];
  /** The entry of the operation's write, where it has one. */
  readonly write: { readonly group: GroupName; readonly index: number } | undefined;
  /** False: the route looked at its front end, of which the log says nothing; what comes after that is not explained. */
  readonly isWhole: boolean;
}

/**
 * Finds entries at which the service would have given `answer`, or nothing. Reads are tried from the oldest state they
 * may have seen on, so that what is found restrains later operations the least: then a search that takes operations in
 * the order of their calls and never goes back finds an explanation of a whole history whenever there is one.
 */
export function explain(
  record: CommitRecord,
  replayer: Replayer,
  { call, uuids }: Pick<Operation, 'call' | 'uuids'>,
  answer: { readonly status: number; readonly body: string },
  bounds: Bounds,
): Explanation | undefined {
  return replayer.replay(replayer.admit(call), NOTHING, {
    branches(asked, found) {
      if (asked.type === 'forget') return forgotten(found);
      const group = record.group(asked.app.name);
      return asked.type === 'write' ? written(group, uuids, bounds, found) : read(group, asked, bounds, found);
    },
    ended(ending, found) {
      if (ending === 'unknown') return { ...found, isWhole: false };
      return isSaid(ending, answer) ? found : undefined;
    },
  });
}

const NOTHING: Explanation = { indexes: {}, low: {}, kept: [], write: undefined, isWhole: true };

/** How much a front end had to forget is its own business: any number will do that explains the answer. */
function* forgotten(found: Explanation): Iterable<Branch<Explanation>> {
  for (let items = 0; items <= FORGOTTEN_AT_MOST; items += 1) yield [accepted(items), found];
}

/** The write had the outcome that its uuid has in the log. Its entry was made after the call. */
function* written(
  record: GroupRecord,
  uuids: readonly string[],
  bounds: Bounds,
  found: Explanation,
): Iterable<Branch<Explanation>> {
  const group = record.app.name;
  const after = bounds.called(group);
  for (const uuid of uuids) {
    const first = record.firstWriteOf(uuid);
    const result = first === undefined ? undefined : outcomeOf(record, uuid, first);
    if (first === undefined || result?.outcome === undefined || first <= after) continue;
    const indexes: Record<GroupName, number> = { ...found.indexes, [group]: result.index };
    for (const rest of result.rests) indexes[rest.group] = Math.max(indexes[rest.group] ?? 0, rest.index);
    const low = raised(found.low, group, after);
    yield [result.outcome, { ...found, indexes, low, write: { group, index: first } }];
  }
}

/** What the write came to: at its own entry, or at the one that settled its call. Later it may be forgotten again. */
function outcomeOf(record: GroupRecord, uuid: string, first: number): Result | undefined {
  for (let index = first; index <= record.last; index += 1) {
    const result = record.machineAt(index)?.results.get(uuid);
    if (result?.outcome !== undefined) return result;
  }
  return undefined;
}

/** The read saw one of the states within its bounds. Those that say the same are one. */
function* read(
  record: GroupRecord,
  { query, fresh, isKept }: Extract<RouteCall, { readonly type: 'read' }>,
  bounds: Bounds,
  found: Explanation,
): Iterable<Branch<Explanation>> {
  const group = record.app.name;
  const oldest = fresh ? bounds.fresh(group) : isKept ? bounds.kept(group) : bounds.low(group);
  const low = raised(found.low, group, oldest);
  const kept = isKept ? [...found.kept, group] : found.kept;
  let tried: string | undefined;
  for (let index = oldest; index <= bounds.high(group); index += 1) {
    const machine = record.machineAt(index);
    if (machine === undefined) return;
    const outcome = record.app.read(machine.state, query);
    const shown = JSON.stringify(outcome);
    if (shown === tried) continue;
    tried = shown;
    yield [outcome, { ...found, indexes: raised(found.indexes, group, index), low, kept }];
  }
}

function raised(
  indexes: Readonly<Record<GroupName, number>>,
  group: GroupName,
  index: number,
): Readonly<Record<GroupName, number>> {
  return { ...indexes, [group]: Math.max(indexes[group] ?? 0, index) };
}
