import type { Json } from '../protocol/json.ts';
import type { Model } from './model.ts';
import type { Operation } from './operation.ts';
import { type Placed, placedIn } from './placed.ts';
import { type Effective, problemOf, type Problem } from './problem.ts';
import { type Found, search } from './search.ts';
import { transitionsOf, type Transitions } from './transitions.ts';

/** The shortest beginning of a history that no order explains. */
export interface Illegal {
  /** The operation that cannot be placed; the beginning ends with its return. */
  readonly operation: Operation;
  /** The place of the event with which the beginning ends. */
  readonly at: number;
  /** False where the budget did not suffice to rule out a shorter one. */
  readonly isShortest: boolean;
  /** What else was under way during the operation or, with an unknown outcome, might still take effect. */
  readonly concurrent: readonly Operation[];
  /** Orders that explain everything that returned before, with different last states: some, never all. */
  readonly orders: readonly (readonly Placed[])[];
}

type Stuck = Extract<Found, { readonly type: 'illegal' }>;

/**
 * The shortest illegal beginning. A search of the whole history knows how every operation will return, and so may be
 * stuck where the history up to there is still explained: a `cas` that will be refused cannot explain a read, and while
 * it is under way it can. So beginnings are searched from there on, with what has not returned in them as open. Mostly
 * the first is illegal; otherwise by ever longer steps and then by halves, since whatever goes on from an illegal
 * beginning is illegal.
 */
export function shortestIllegal<State, Step extends Json>(
  model: Model<State, Step>,
  effective: readonly Effective<Step>[],
  whole: Problem<Step>,
  stuck: Stuck,
  budget: number,
): { readonly illegal: Illegal; readonly work: number } {
  let work = stuck.work;
  let [low, high, stride] = [stuck.level, whole.returned.length - 1, 1];
  let best = illegalIn(model, whole, stuck, whole.returned[high]?.returnedAt ?? 0, effective);
  let isFound = false;
  while (low <= high) {
    const level = isFound ? (low + high) >> 1 : Math.min(high, low + stride - 1);
    const at = whole.returned[level]?.returnedAt ?? 0;
    const beginning = upTo(model, effective, at);
    const problem = problemOf(beginning);
    const found = search(problem, transitionsOf(model, problem.steps), Math.max(0, budget - work));
    work += found.work;
    if (found.type === 'undecided') return { illegal: { ...best, isShortest: false }, work };
    if (found.type === 'illegal') {
      best = illegalIn(model, problem, found, at, beginning);
      isFound = true;
      high = level - 1;
    } else {
      low = level + 1;
      stride *= 2;
    }
  }
  return { illegal: best, work };
}

/** The history up to the event at `at`: what has not returned by then is open. */
function upTo<State, Step extends Json>(
  model: Model<State, Step>,
  effective: readonly Effective<Step>[],
  at: number,
): readonly Effective<Step>[] {
  return effective.flatMap((one): Effective<Step>[] => {
    const { operation } = one;
    if (operation.calledAt > at) return [];
    if (operation.returnedAt === undefined || operation.returnedAt <= at) return [one];
    const open: Operation = { ...operation, outcome: { type: 'unknown' }, returnedAt: undefined };
    const decoded = model.decode(open);
    if (decoded.type === 'rejected' || decoded.value.type === 'nothing' || decoded.value.reads) return [];
    return [{ operation: open, meaning: decoded.value }];
  });
}

function illegalIn<State, Step extends Json>(
  model: Model<State, Step>,
  problem: Problem<Step>,
  { level, furthest }: Stuck,
  at: number,
  effective: readonly Effective<Step>[],
): Illegal {
  const transitions: Transitions = transitionsOf(model, problem.steps);
  const operation = problem.returned[level];
  if (operation === undefined) throw new RangeError('a search is stuck at the return of an operation');
  return {
    operation,
    at,
    isShortest: true,
    concurrent: effective.map((one) => one.operation).filter((other) => overlaps(other, operation)),
    orders: furthest.map((placings) => placedIn(problem, transitions, placings)),
  };
}

function overlaps(other: Operation, operation: Operation): boolean {
  if (other.number === operation.number) return false;
  return (
    other.calledAt < (operation.returnedAt ?? Number.POSITIVE_INFINITY) &&
    (other.returnedAt ?? Number.POSITIVE_INFINITY) > operation.calledAt
  );
}
