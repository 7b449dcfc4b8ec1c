import { assert } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Model } from './model.ts';
import type { History, Operation } from './operation.ts';
import { type Part, understand } from './parts.ts';
import { type Placed, placedIn } from './placed.ts';
import { type Effective, type Problem, problemOf } from './problem.ts';
import { type Found, type Limits, search } from './search.ts';
import { transitionsOf } from './transitions.ts';

/** The shortest illegal prefix of a history: no order explains it. */
export interface Illegal {
  /**
   * The operation that cannot be placed. The prefix ends with its return or, if it explained another operation until
   * then, with the return of that one: a `cas` that turns out to have been refused.
   */
  readonly operation: Operation;
  /** The place of the event that ends the prefix. */
  readonly at: number;
  /** False if the budget did not suffice to rule out a shorter one. */
  readonly isShortest: boolean;
  /** The operations concurrent with it and, with an unknown outcome, those that might still take effect. */
  readonly concurrent: readonly Operation[];
  /** Orders that explain all earlier returns, with different last states: some, never all. */
  readonly orders: readonly (readonly Placed[])[];
}

type Stuck = Extract<Found, { readonly type: 'illegal' }>;

/**
 * Finds the shortest illegal prefix. A search of the whole history knows how every operation will return, and so may be
 * stuck where the prefix is still explained: a `cas` that will be refused cannot explain a read, but a pending one can.
 * So prefixes are searched from there on, with operations that have not returned in them as open. Mostly the first is
 * illegal; otherwise ever longer steps and then halves find it, since every extension of an illegal prefix is illegal.
 */
export function shortestIllegal<State, Step extends Json>(
  model: Model<State, Step>,
  history: History,
  part: Part,
  stuck: Stuck,
  whole: Problem<Step>,
  { budget, isOver }: Limits,
): { readonly illegal: Illegal; readonly work: number } {
  let work = stuck.work;
  let [low, high, stride] = [stuck.reached, whole.returned.length - 1, 1];
  let best = illegalIn(model, history, part, whole, stuck, whole.returned[high]?.returnedAt ?? 0);
  let isFound = false;
  let explained: readonly Placed[] = [];

  function searchUpTo(level: number): { readonly problem: Problem<Step>; readonly found: Found; readonly at: number } {
    const at = whole.returned[level]?.returnedAt ?? 0;
    const problem = problemOf(beginningOf(model, history, part, at));
    const left = Math.max(0, budget - (work - stuck.work));
    const transitions = transitionsOf(model, part.part, problem.steps);
    const found = search(problem, transitions, { budget: left, isOver });
    work += found.work;
    if (found.type === 'ok') explained = wholly(history, placedIn(problem, transitions, found.placings));
    return { problem, found, at };
  }

  for (let level = stuck.level; low <= high;) {
    const { problem, found, at } = searchUpTo(level);
    if (found.type === 'undecided') return { illegal: { ...best, isShortest: false }, work };
    if (found.type === 'illegal') {
      best = illegalIn(model, history, part, problem, found, at);
      high = level - 1;
      level = isFound ? (low + high) >> 1 : high;
      isFound = true;
    } else {
      low = level + 1;
      stride *= 2;
      level = isFound ? (low + high) >> 1 : Math.min(high, level + stride / 2);
    }
  }
  // The prefix before the shortest illegal one was searched last or has an order that is found at once.
  if (best.orders.length === 0 && low > 0) {
    searchUpTo(low - 1);
    best = { ...best, orders: explained.length === 0 ? [] : [explained] };
  }
  return { illegal: best, work };
}

/** The part up to the event at `at`: operations that have not returned by then are open. */
function beginningOf<State, Step extends Json>(
  model: Model<State, Step>,
  { operations }: History,
  part: Part,
  at: number,
): readonly Effective<Step>[] {
  const begun = operations.filter(({ calledAt }) => calledAt <= at).map((operation) => cut(operation, at));
  const understood = understand(model, begun);
  assert(understood.type === 'decoded', 'a model that knows an operation knows it without its outcome');
  return understood.value.effective(part);
}

function cut(operation: Operation, at: number): Operation {
  if (operation.returnedAt === undefined || operation.returnedAt <= at) return operation;
  return { ...operation, outcome: { type: 'unknown' }, returnedAt: undefined };
}

function illegalIn<State, Step extends Json>(
  model: Model<State, Step>,
  history: History,
  part: Part,
  problem: Problem<Step>,
  { level, furthest }: Stuck,
  at: number,
): Illegal {
  const transitions = transitionsOf(model, part.part, problem.steps);
  const operation = problem.returned[level];
  assert(operation !== undefined, 'a search is stuck at the return of an operation');
  const whole = (one: Operation): Operation => wholeOf(history, one);
  const others = [...problem.returned, ...problem.open].map(whole).filter((other) => overlaps(other, operation));
  return {
    operation,
    at,
    isShortest: true,
    concurrent: inOrder(others),
    orders: furthest.map((placings) => wholly(history, placedIn(problem, transitions, placings))),
  };
}

/** Operations that were open in a prefix and returned later are shown with their return. */
function wholeOf({ operations }: History, one: Operation): Operation {
  return operations[one.number] ?? one;
}

function wholly(history: History, placed: readonly Placed[]): readonly Placed[] {
  return placed.map(({ operation, state }) => ({ operation: wholeOf(history, operation), state }));
}

function overlaps(other: Operation, operation: Operation): boolean {
  if (other.number === operation.number) return false;
  return (
    other.calledAt < (operation.returnedAt ?? Number.POSITIVE_INFINITY) &&
    (other.returnedAt ?? Number.POSITIVE_INFINITY) > operation.calledAt
  );
}

/** By number, each once: an operation may have several steps on one part. */
function inOrder(operations: readonly Operation[]): readonly Operation[] {
  return [...new Map(operations.map((operation) => [operation.number, operation])).values()].sort(
    (a, b) => a.number - b.number,
  );
}
