import { accepted, type GroupName, type Outcome } from '../../protocol/model/app.ts';
import { BrokenInvariant, unreachable } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { Result } from '../../protocol/model/machine.ts';
import { match, type Router } from '../../service/router.ts';
import type { Plan, Route } from '../../service/service.ts';
import { BLIND } from '../../frontend/view.ts';
import type { Operation } from '../base/history.ts';
import type { CommitRecord, GroupRecord } from './record.ts';

/** No simulated front end keeps more items than this. */
const FORGOTTEN_AT_MOST = 8;

/** Which entries of each group an operation may have seen: from `low` to `high`, both included. */
export interface Bounds {
  low(group: GroupName): number;
  /** From where a read on counts that a cache may have answered (`mayBeKept`). */
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
}

/**
 * Finds entries at which the service would have given `answer`, or nothing. Reads are tried from the oldest state they
 * may have seen on, so that what is found restrains later operations the least: then a search that takes operations in
 * the order of their calls and never goes back finds an explanation of a whole history whenever there is one.
 */
export function explain(
  record: CommitRecord,
  router: Router,
  operation: Operation,
  answer: { readonly status: number; readonly body: string },
  bounds: Bounds,
): Explanation | undefined {
  const { call } = operation;
  const matched = match(router, call.method, call.path);
  if (matched.type !== 'route') return undefined;
  const asked = matched.route.decode(matched.parameters, call.body);
  if (asked.type === 'rejected') return answer.status === 400 ? NOTHING : undefined;
  const search: Search = { record, operation, answer, bounds, route: matched.route, asked: asked.value };
  return from(search, [], NOTHING);
}

const NOTHING: Explanation = { indexes: {}, low: {}, kept: [], write: undefined };

/** Whether a front end may answer this read from its cache: only where the route names a key, and asks for nothing fresh. */
export function mayBeKept({ cache, fresh }: Read): boolean {
  return cache !== undefined && fresh !== true;
}

/** What comes next on the route; nothing when the service rules these outcomes out, which no front end can then have seen. */
export function planOf(route: Route, asked: unknown, outcomes: readonly Outcome[]): Plan | undefined {
  try {
    return route.plan(asked, outcomes, BLIND);
  } catch (error) {
    // The states were put together by the search, not by the cluster: that they contradict each other is no bug.
    if (error instanceof BrokenInvariant) return undefined;
    throw error;
  }
}

type Read = Extract<Plan, { readonly type: 'read' }>;

interface Search {
  readonly record: CommitRecord;
  readonly operation: Operation;
  readonly answer: { readonly status: number; readonly body: string };
  readonly bounds: Bounds;
  readonly route: Route;
  readonly asked: unknown;
}

function from(search: Search, outcomes: readonly Outcome[], found: Explanation): Explanation | undefined {
  const plan = planOf(search.route, search.asked, outcomes);
  if (plan === undefined) return undefined;
  switch (plan.type) {
    case 'answer':
      return isAnswer(search, plan) ? found : undefined;
    case 'write':
      return written(search, plan.group, outcomes, found);
    case 'read':
      return read(search, plan, outcomes, found);
    case 'forget':
      return forgotten(search, outcomes, found);
    default:
      return unreachable(plan);
  }
}

/** How much a front end had to forget is its own business: any number will do that explains the answer. */
function forgotten(search: Search, outcomes: readonly Outcome[], found: Explanation): Explanation | undefined {
  for (let items = 0; items <= FORGOTTEN_AT_MOST; items += 1) {
    const explained = from(search, [...outcomes, accepted(items)], found);
    if (explained !== undefined) return explained;
  }
  return undefined;
}

function isAnswer(
  { answer }: Search,
  { status, body }: { readonly status: number; readonly body: Json | undefined },
): boolean {
  return answer.status === status && answer.body === (body === undefined ? '' : JSON.stringify(body));
}

/** The write had the outcome that its uuid has in the log. Its entry was made after the call. */
function written(
  search: Search,
  group: GroupName,
  outcomes: readonly Outcome[],
  found: Explanation,
): Explanation | undefined {
  const record = search.record.group(group);
  const after = search.bounds.called(group);
  for (const uuid of search.operation.uuids) {
    const first = record.firstWriteOf(uuid);
    const result = first === undefined ? undefined : outcomeOf(record, uuid, first);
    if (first === undefined || result?.outcome === undefined || first <= after) continue;
    const indexes: Record<GroupName, number> = { ...found.indexes, [group]: result.index };
    for (const rest of result.rests) indexes[rest.group] = Math.max(indexes[rest.group] ?? 0, rest.index);
    const explained = from(search, [...outcomes, result.outcome], {
      ...found,
      indexes,
      low: raised(found.low, group, after),
      write: { group, index: first },
    });
    if (explained !== undefined) return explained;
  }
  return undefined;
}

/** What the write came to: at its own entry, or at the one that settled its call. Later it may be forgotten again. */
function outcomeOf(record: GroupRecord, uuid: string, first: number): Result | undefined {
  for (let index = first; index <= record.last; index += 1) {
    const result = record.machineAt(index)?.results.get(uuid);
    if (result?.outcome !== undefined) return result;
  }
  return undefined;
}

function read(search: Search, plan: Read, outcomes: readonly Outcome[], found: Explanation): Explanation | undefined {
  const { group, query, fresh = false } = plan;
  const isKept = mayBeKept(plan);
  const { bounds } = search;
  const record = search.record.group(group);
  const asked = record.app.decodeQuery(query);
  if (asked.type === 'rejected') return undefined;
  let tried: string | undefined;
  const oldest = fresh ? bounds.fresh(group) : isKept ? bounds.kept(group) : bounds.low(group);
  const low = raised(found.low, group, oldest);
  const kept = isKept ? [...found.kept, group] : found.kept;
  for (let index = oldest; index <= bounds.high(group); index += 1) {
    const machine = record.machineAt(index);
    if (machine === undefined) return undefined;
    const outcome = record.app.read(machine.state, asked.value);
    const shown = JSON.stringify(outcome);
    if (shown === tried) continue;
    tried = shown;
    const indexes = raised(found.indexes, group, index);
    const explained = from(search, [...outcomes, outcome], { ...found, indexes, low, kept });
    if (explained !== undefined) return explained;
  }
  return undefined;
}

function raised(
  indexes: Readonly<Record<GroupName, number>>,
  group: GroupName,
  index: number,
): Readonly<Record<GroupName, number>> {
  return { ...indexes, [group]: Math.max(indexes[group] ?? 0, index) };
}
