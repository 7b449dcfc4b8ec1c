import { unreachable } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import { type Illegal, shortestIllegal } from './illegal.ts';
import type { Model } from './model.ts';
import type { History, Operation } from './operation.ts';
import { type Part, understand, type Understood } from './parts.ts';
import { type Placed, placedIn } from './placed.ts';
import { problemOf } from './problem.ts';
import { search } from './search.ts';
import { transitionsOf } from './transitions.ts';

/** `undecided`: the budget was used up before there was an answer. That is not a pass. */
export type CheckVerdict = 'ok' | 'illegal' | 'undecided';

export interface CheckOptions {
  /** Configurations that may be searched for each part; 50 million by default, some seconds. */
  readonly budget?: number;
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

/**
 * Checks whether `history` is linearizable (Herlihy and Wing 1990 §2) with respect to `model`. Each key's object, and
 * each part of it that the model tells apart, is checked separately.
 */
export function check<State, Step extends Json>(
  model: Model<State, Step>,
  history: History,
  options: CheckOptions = {},
): CheckResult {
  const budget = options.budget ?? BUDGET;
  const understood = understand(model, history.operations);
  if (understood.type === 'rejected') return understood;
  const parts = understood.value.parts.map((part) => checkPart(model, history, part, understood.value, budget));
  const work = parts.reduce((sum, part) => sum + part.work, 0);
  return { type: 'checked', verdict: worst(parts), parts, work };
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

function checkPart<State, Step extends Json>(
  model: Model<State, Step>,
  history: History,
  part: Part,
  understood: Understood<Step>,
  budget: number,
): PartResult {
  const effective = understood.effective(part);
  const problem = problemOf(effective);
  const transitions = transitionsOf(model, part.part, problem.steps);
  const found = search(problem, transitions, budget);
  const { work } = found;
  const result = { name: part.name, operations: [...new Set(effective.map(({ operation }) => operation))], work };
  switch (found.type) {
    case 'ok':
      return { ...result, verdict: 'ok', order: placedIn(problem, transitions, found.placings), illegal: undefined };
    case 'undecided':
      return { ...result, verdict: 'undecided', order: [], illegal: undefined };
    case 'illegal':
      return {
        ...result,
        verdict: 'illegal',
        order: [],
        ...shortestIllegal(model, history, part, found, problem, budget),
      };
    default:
      return unreachable(found);
  }
}
