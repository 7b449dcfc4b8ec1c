import { unreachable } from '../protocol/assert.ts';
import type { Json } from '../protocol/json.ts';
import { canonical } from './canonical.ts';
import { type Illegal, shortestIllegal } from './illegal.ts';
import type { Model } from './model.ts';
import type { History, Operation } from './operation.ts';
import { type Placed, placedIn } from './placed.ts';
import { type Effective, problemOf } from './problem.ts';
import { search } from './search.ts';
import { transitionsOf } from './transitions.ts';

/** `undecided`: the budget was used up before there was an answer. That is not a pass. */
export type CheckVerdict = 'ok' | 'illegal' | 'undecided';

export interface CheckOptions {
  /** How many configurations may be looked at for each object; 5 million by default, some ten seconds. */
  readonly budget?: number;
}

/** The answer, or the operation that the model does not know. */
export type CheckResult =
  | {
      readonly type: 'checked';
      readonly verdict: CheckVerdict;
      readonly parts: readonly PartResult[];
      /** Configurations looked at. */
      readonly work: number;
    }
  | { readonly type: 'rejected'; readonly operation: Operation; readonly reason: string };

/** What was found of one object, or of one part of it. */
export interface PartResult {
  /** The key of the object, and the model's name for the part; empty where the history has but one. */
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly verdict: CheckVerdict;
  /** An order that explains everything, where there is one. Operations that are not in it had no effect. */
  readonly order: readonly Placed[];
  /** Where it goes wrong, where it does. */
  readonly illegal: Illegal | undefined;
  readonly work: number;
}

const BUDGET = 5_000_000;

/** Is `history` linearizable (Herlihy and Wing 1990 §2) with respect to `model`? Each object is checked by itself. */
export function check<State, Step extends Json>(
  model: Model<State, Step>,
  history: History,
  options: CheckOptions = {},
): CheckResult {
  const budget = options.budget ?? BUDGET;
  const parts = new Map<string, { readonly operations: Operation[]; readonly effective: Effective<Step>[] }>();
  for (const operation of history.operations) {
    const decoded = model.decode(operation);
    if (decoded.type === 'rejected') return { type: 'rejected', operation, reason: decoded.reason };
    const name = partOf(model, operation);
    const part = parts.get(name) ?? { operations: [], effective: [] };
    parts.set(name, part);
    part.operations.push(operation);
    const meaning = decoded.value;
    if (meaning.type === 'nothing' || (meaning.reads && operation.returnedAt === undefined)) continue;
    part.effective.push({ operation, meaning });
  }
  const results = [...parts].map(([name, { operations, effective }]): PartResult => ({
    name,
    operations,
    ...checkPart(model, effective, budget),
  }));
  const work = results.reduce((sum, part) => sum + part.work, 0);
  return { type: 'checked', verdict: worst(results), parts: results, work };
}

/** Of an illegal result, the part whose illegal beginning ends first. */
export function firstIllegal(parts: readonly PartResult[]): (PartResult & { readonly illegal: Illegal }) | undefined {
  return parts
    .filter((part): part is PartResult & { readonly illegal: Illegal } => part.illegal !== undefined)
    .sort((a, b) => a.illegal.at - b.illegal.at)[0];
}

function partOf(model: Model, operation: Operation): string {
  const key = operation.key === undefined ? '' : canonical(operation.key);
  const part = model.partition?.(operation) ?? '';
  return part === '' ? key : `${key} ${part}`.trim();
}

function worst(parts: readonly PartResult[]): CheckVerdict {
  if (parts.some(({ verdict }) => verdict === 'illegal')) return 'illegal';
  return parts.some(({ verdict }) => verdict === 'undecided') ? 'undecided' : 'ok';
}

type Finding = Pick<PartResult, 'verdict' | 'order' | 'illegal' | 'work'>;

function checkPart<State, Step extends Json>(
  model: Model<State, Step>,
  effective: readonly Effective<Step>[],
  budget: number,
): Finding {
  const problem = problemOf(effective);
  const transitions = transitionsOf(model, problem.steps);
  const found = search(problem, transitions, budget);
  switch (found.type) {
    case 'ok':
      return {
        verdict: 'ok',
        order: placedIn(problem, transitions, found.placings),
        illegal: undefined,
        work: found.work,
      };
    case 'undecided':
      return { verdict: 'undecided', order: [], illegal: undefined, work: found.work };
    case 'illegal':
      return { verdict: 'illegal', order: [], ...shortestIllegal(model, effective, problem, found, budget) };
    default:
      return unreachable(found);
  }
}
