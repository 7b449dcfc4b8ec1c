import { applyEntry } from '../../protocol/model/apply.ts';
import { resultOf } from '../../protocol/model/write-sessions.ts';
import { accepted, type GroupName } from '../../protocol/model/app.ts';
import type { Result } from '../../protocol/model/machine.ts';
import type { ClientOperation } from '../base/history.ts';
import { readIn } from '../workloads/read-in.ts';
import { type Branch, isSaid, type Replayer, type RouteCall } from '../workloads/replay-route.ts';
import type { CommitRecord, GroupRecord } from './record.ts';

/** Items in the cache of a simulated front end, at most: the greatest outcome of a `forget`. */
const FORGOTTEN_AT_MOST = 8;

/** The entries of each group that an operation may have seen: from `low` to `high`, both included. */
export interface Bounds {
  low(group: GroupName): number;
  /** The least index of a cacheable read (`RouteCall`). */
  kept(group: GroupName): number;
  /** The least index of a read that must be fresh. */
  fresh(group: GroupName): number;
  /** The index that its own write comes after. */
  called(group: GroupName): number;
  high(group: GroupName): number;
}

/** An explanation of an answer: the entries it rests on. */
export interface Explanation {
  readonly indexes: Readonly<Record<GroupName, number>>;
  /** The index where the search began: of each group, the highest such bound. */
  readonly low: Readonly<Record<GroupName, number>>;
  /** The groups of the cacheable reads, in the order of the reads. */
  readonly kept: readonly GroupName[];
  /** The entry of the operation's write, if it has one. */
  readonly write: { readonly group: GroupName; readonly index: number } | undefined;
  /** False: the route went by what it saw of its front end, and the log lacks that; the calls after are not explained. */
  readonly isWhole: boolean;
}

/**
 * Finds entries at which the service gives `answer`, or nothing. Reads are tried from the oldest allowed state on,
 * which restrains later operations the least. So a search that takes operations in the order of their calls, without
 * backtracking, explains a whole history whenever an explanation exists.
 */
export function explain(
  record: CommitRecord,
  replayer: Replayer,
  { call, uuids }: Pick<ClientOperation, 'call' | 'uuids'>,
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

/** The log does not have the outcome of a `forget`: any number of items that explains the answer will do. */
function* forgotten(found: Explanation): Iterable<Branch<Explanation>> {
  for (let items = 0; items <= FORGOTTEN_AT_MOST; items += 1) yield [accepted(items), found];
}

/** The write has the outcome of its uuid in the log. Its entry was made after the call. */
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

/** The outcome of the write: at its own entry, or at the one that settled its call. Later it may be forgotten. */
function outcomeOf(record: GroupRecord, uuid: string, first: number): Result | undefined {
  const body = record.entryAt(first)?.body;
  const slot = body?.type === 'write' ? body.slot : undefined;
  for (let index = first; index <= record.last; index += 1) {
    const machine = record.machineAt(index);
    const result = (machine && resultOf(machine, { uuid, slot })) ?? untoldAt(record, uuid, index);
    if (result?.outcome !== undefined) return result;
  }
  return undefined;
}

/** The result that the entry gives a write of which nothing is remembered any more: its call is settled by it. */
function untoldAt(record: GroupRecord, uuid: string, index: number): Result | undefined {
  const [entry, before] = [record.entryAt(index), record.machineAt(index - 1)];
  if (entry?.body.type !== 'settle' || before === undefined) return undefined;
  const call = before.outgoing.get(entry.body.group)?.pending.get(entry.body.number);
  return call?.origin === uuid ? applyEntry(record.app, before, entry).result : undefined;
}

/** The read saw a state within its bounds. Equal states are tried once. */
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
    const outcome = readIn(record.app, machine, query);
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
