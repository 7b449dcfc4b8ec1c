import {
  check,
  type CheckOptions,
  type CheckVerdict,
  historyOf,
  type PartResult,
  showIllegal,
} from '../../checker/index.ts';
import { assert } from '../../protocol/model/assert.ts';
import type { ClientOperation } from '../base/history.ts';
import type { HistoryForm } from '../workloads/workload.ts';
import { ANYTHING } from '../workloads/service-model.ts';
import { type ContextOf, historyEvents } from './history-lines.ts';

/** Configurations that may be searched for each part: hundreds of times what a run has needed so far. */
const BUDGET = 200_000;

/**
 * Judges the history of clients without the log: is there an order of all operations in which a sequential service says
 * the same (Herlihy and Wing 1990 §2)? A cross-check of the judge `history`, which takes the order from the log and
 * knows more, but trusts the code that applies it. From the log it has the context of entries only (`contextOf`), for
 * services that look at it. `reason` where the verdict is `illegal`. `options`: the limits of the
 * search.
 */
export function judgeLinearizable(
  form: HistoryForm,
  operations: readonly ClientOperation[],
  options: CheckOptions = { budget: BUDGET },
  contextOf?: ContextOf,
): { readonly verdict: CheckVerdict; readonly reason: string; readonly judged: Judged } {
  const history = historyOf(historyEvents(form, operations, contextOf));
  assert(history.type === 'decoded', 'a client has one operation under way at a time');
  const result = check(form.model, history.value, options);
  assert(result.type === 'checked', 'a model knows every operation of its own service');
  const { verdict, parts } = result;
  const reason = verdict === 'illegal' ? showIllegal(history.value, parts).trim() : '';
  return { verdict, reason, judged: judgedIn(parts, operations) };
}

/** How many of the operations the search has held against the model. */
export interface Judged {
  readonly judged: number;
  readonly of: number;
  /** Why not all of them, in the order of what happened. */
  readonly because: readonly string[];
}

function judgedIn(parts: readonly PartResult[], operations: readonly ClientOperation[]): Judged {
  const judged = new Set<number>();
  const placed = new Set<number>();
  const because = new Set<string>();
  for (const { order } of parts) {
    for (const { operation, state } of order) {
      placed.add(operation.number);
      if (!state.startsWith(ANYTHING)) judged.add(operation.number);
      // The first reason is the reason: after it nothing is held against the model any more.
      else if (because.size === 0) because.add(state.slice(ANYTHING.length));
    }
  }
  const others = operations.length - placed.size;
  if (others > 0) because.add(`${others} were session reads, may have come from a cache, or were told nothing`);
  return { judged: judged.size, of: operations.length, because: [...because] };
}

/** `judged 3 of 12 operations, because …`. */
export function showJudged({ judged, of, because }: Judged): string {
  return `judged ${judged} of ${of} operations${because.length === 0 ? '' : `, because ${because.join('; ')}`}`;
}
