import { accepted, type GroupName, type Outcome } from '../../protocol/app.ts';
import { BrokenInvariant, unreachable } from '../../protocol/assert.ts';
import type { Json } from '../../protocol/json.ts';
import type { Result } from '../../protocol/machine.ts';
import { match, type Router } from '../../frontend/router.ts';
import type { Plan, Route } from '../../frontend/service.ts';
import { BLIND } from '../../frontend/view.ts';
import type { Operation } from '../history.ts';
import type { CommitRecord, GroupRecord } from './record.ts';

/** No simulated front end keeps more items than this. */
const FORGOTTEN_AT_MOST = 8;

/** Which entries of each group an operation may have seen: from `low` to `high`, both included. */
export interface Bounds {
  low(group: GroupName): number;
  /** From where a read on counts that must be fresh whatever the client is content with. */
  fresh(group: GroupName): number;
  high(group: GroupName): number;
}

/** An answer that makes sense: the entries it rests on. */
export interface Explanation {
  readonly indexes: Readonly<Record<GroupName, number>>;
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
  if (asked.type === 'rejected') return answer.status === 400 ? { indexes: {}, write: undefined } : undefined;
  const search: Search = { record, operation, answer, bounds, route: matched.route, asked: asked.value };
  return from(search, [], { indexes: {}, write: undefined });
}

interface Search {
  readonly record: CommitRecord;
  readonly operation: Operation;
  readonly answer: { readonly status: number; readonly body: string };
  readonly bounds: Bounds;
  readonly route: Route;
  readonly asked: unknown;
}

function from(search: Search, outcomes: readonly Outcome[], found: Explanation): Explanation | undefined {
  const plan = planOf(search, outcomes);
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

/** What comes next on the route; nothing when the service rules these outcomes out, which no front end can then have seen. */
function planOf({ route, asked }: Search, outcomes: readonly Outcome[]): Plan | undefined {
  try {
    return route.plan(asked, outcomes, BLIND);
  } catch (error) {
    // The states were put together by the search, not by the cluster: that they contradict each other is no bug.
    if (error instanceof BrokenInvariant) return undefined;
    throw error;
  }
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
  for (const uuid of search.operation.uuids) {
    const first = record.firstWriteOf(uuid);
    const result = first === undefined ? undefined : outcomeOf(record, uuid, first);
    if (first === undefined || result?.outcome === undefined || first <= search.bounds.low(group)) continue;
    const indexes: Record<GroupName, number> = { ...found.indexes, [group]: result.index };
    for (const rest of result.rests) indexes[rest.group] = Math.max(indexes[rest.group] ?? 0, rest.index);
    const explained = from(search, [...outcomes, result.outcome], { indexes, write: { group, index: first } });
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

function read(
  search: Search,
  { group, query, fresh = false }: Extract<Plan, { type: 'read' }>,
  outcomes: readonly Outcome[],
  found: Explanation,
): Explanation | undefined {
  const record = search.record.group(group);
  const asked = record.app.decodeQuery(query);
  if (asked.type === 'rejected') return undefined;
  let tried: string | undefined;
  const low = fresh ? search.bounds.fresh(group) : search.bounds.low(group);
  for (let index = low; index <= search.bounds.high(group); index += 1) {
    const machine = record.machineAt(index);
    if (machine === undefined) return undefined;
    const outcome = record.app.read(machine.state, asked.value);
    const shown = JSON.stringify(outcome);
    if (shown === tried) continue;
    tried = shown;
    const indexes = { ...found.indexes, [group]: Math.max(found.indexes[group] ?? 0, index) };
    const explained = from(search, [...outcomes, outcome], { ...found, indexes });
    if (explained !== undefined) return explained;
  }
  return undefined;
}
