import { unreachable } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import { type Illegal, shortestIllegal } from './illegal.ts';
import type { Model } from './model.ts';
import type { History, Operation } from './operation.ts';
import { type Part, understand, type Understood } from './parts.ts';
import { type Placed, placedIn } from './placed.ts';
import { isTooWide, type Problem, problemOf } from './problem.ts';
import { type Limits, search } from './search.ts';
import { transitionsOf } from './transitions.ts';

/** `undecided`: the budget was used up before there was an answer. That is not a pass. */
export type CheckVerdict = 'ok' | 'illegal' | 'undecided';

export interface CheckOptions {
  /** Configurations that may be searched for each part; 50 million by default, some seconds. */
  readonly budget?: number;
  /** Asked now and then whether to end, for the caller's limit in time; what is not decided then is undecided. */
  readonly isOver?: () => boolean;
}

/** The answer, or the operation that the model does not know and why. */
export type CheckResult =
  | {
      readonly type: 'checked';
      readonly verdict: CheckVerdict;
      readonly parts: readonly PartResult[];
      /** Configurations searched. */
      readonly work: number;
    }
  | { readonly type: 'rejected'; readonly operation?: Operation; readonly reason: string };

/** The result for one object, or for one part of it. */
export interface PartResult {
  /** The key of the object, and the model's name for the part; empty if the history has only one. */
  readonly name: string;
  /** The operations on it. */
  readonly operations: readonly Operation[];
  readonly verdict: CheckVerdict;
  /** A linearization, if there is one. Operations that are not in it had no effect. */
  readonly order: readonly Placed[];
  /** The violation, if there is one. */
  readonly illegal: Illegal | undefined;
  readonly work: number;
}

const BUDGET = 50_000_000;

/** The first round's budget for each part, and by what it grows from round to round. */
const FIRST_BUDGET = 10_000;
const GROWTH = 10;

/** What may be spent on finding the shortest illegal prefix of a part, at most. */
const SHORTEST_BUDGET = 1_000_000;

/**
 * Checks whether `history` is linearizable (Herlihy and Wing 1990 §2) with respect to `model`. Each key's object, and
 * each part of it that the model tells apart, is checked separately: in rounds with growing budgets, so that a hard part
 * does not keep an easy one from its answer. The first round searches all parts; after it the first illegal one ends the
 * search, and parts without an answer are undecided.
 */
export function check<State, Step extends Json>(
  model: Model<State, Step>,
  history: History,
  options: CheckOptions = {},
): CheckResult {
  const { budget = BUDGET, isOver } = options;
  const understood = understand(model, history.operations);
  if (understood.type === 'rejected') return understood;
  const searched: Searched<Step>[] = [];
  let work = 0;
  const verdict = (): CheckVerdict => worst(searched.map(({ result }) => result));
  for (let round = Math.min(FIRST_BUDGET, budget); ; round = Math.min(round * GROWTH, budget)) {
    for (const [place, part] of understood.value.parts.entries()) {
      if (round > FIRST_BUDGET && verdict() === 'illegal') break;
      if (searched[place]?.isFinal === true) continue;
      const prepared = searched[place]?.prepared ?? prepare(part, understood.value);
      const fresh = checkPart(model, history, prepared, { budget: round, isOver }, budget);
      work += fresh.result.work;
      searched[place] = fresh;
    }
    const isDone = round === budget || verdict() !== 'undecided' || isOver?.() === true;
    if (isDone || searched.every(({ isFinal }) => isFinal)) break;
  }
  return { type: 'checked', verdict: verdict(), parts: searched.map(({ result }) => result), work };
}

/** Of an illegal result, the part with the earliest violation. */
export function firstIllegal(parts: readonly PartResult[]): (PartResult & { readonly illegal: Illegal }) | undefined {
  return parts
    .filter((part): part is PartResult & { readonly illegal: Illegal } => part.illegal !== undefined)
    .sort((a, b) => a.illegal.at - b.illegal.at)[0];
}

function worst(parts: readonly PartResult[]): CheckVerdict {
  if (parts.some(({ verdict }) => verdict === 'illegal')) return 'illegal';
  return parts.some(({ verdict }) => verdict === 'undecided') ? 'undecided' : 'ok';
}

/** A part's result, and whether a larger budget would not change it. */
interface Searched<Step> {
  readonly result: PartResult;
  readonly isFinal: boolean;
  /** For the next round. */
  readonly prepared?: Prepared<Step>;
}

/** A part as every round searches it; without a problem where it is too wide for one. */
interface Prepared<Step> {
  readonly part: Part;
  readonly operations: readonly Operation[];
  readonly problem: Problem<Step> | undefined;
}

function prepare<Step extends Json>(part: Part, understood: Understood<Step>): Prepared<Step> {
  const effective = understood.effective(part);
  const operations = [...new Set(effective.map(({ operation }) => operation))];
  return { part, operations, problem: isTooWide(effective) ? undefined : problemOf(effective) };
}

function checkPart<State, Step extends Json>(
  model: Model<State, Step>,
  history: History,
  prepared: Prepared<Step>,
  limits: Limits,
  budget: number,
): Searched<Step> {
  const { part, operations, problem } = prepared;
  const blank = { name: part.name, operations, order: [], illegal: undefined };
  if (problem === undefined) return { result: { ...blank, verdict: 'undecided', work: 0 }, isFinal: true };
  const transitions = transitionsOf(model, part.part, problem.steps);
  const found = search(problem, transitions, limits);
  const { work } = found;
  switch (found.type) {
    case 'ok': {
      const order = placedIn(problem, transitions, found.placings);
      return { result: { ...blank, verdict: 'ok', order, work }, isFinal: true };
    }
    case 'undecided':
      return { result: { ...blank, verdict: 'undecided', work }, isFinal: found.isFull, prepared };
    case 'illegal': {
      const rest = { ...limits, budget: Math.min(budget, SHORTEST_BUDGET) };
      const shortest = shortestIllegal(model, history, part, found, problem, rest);
      return { result: { ...blank, verdict: 'illegal', ...shortest }, isFinal: true };
    }
    default:
      return unreachable(found);
  }
}
