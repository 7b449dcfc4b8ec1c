import { check, type CheckOptions, type CheckVerdict, historyOf, showIllegal } from '../../checker/index.ts';
import { assert } from '../../protocol/model/assert.ts';
import type { ClientOperation } from '../base/history.ts';
import type { HistoryForm } from '../workloads/workload.ts';
import { historyEvents } from './history-lines.ts';

/** Configurations that may be searched for each part: hundreds of times what a run has needed so far. */
const BUDGET = 200_000;

/**
 * Judges the history of clients without the log: is there an order of all operations in which a sequential service says
 * the same (Herlihy and Wing 1990 §2)? A cross-check of the judge `history`, which takes the order from the log and
 * knows more, but trusts the code that applies it. `reason` where the verdict is `illegal`. `options`: the limits of the
 * search.
 */
export function judgeLinearizable(
  form: HistoryForm,
  operations: readonly ClientOperation[],
  options: CheckOptions = { budget: BUDGET },
): { readonly verdict: CheckVerdict; readonly reason: string } {
  const history = historyOf(historyEvents(form, operations));
  assert(history.type === 'decoded', 'a client has one operation under way at a time');
  const result = check(form.model, history.value, options);
  assert(result.type === 'checked', 'a model knows every operation of its own service');
  const { verdict, parts } = result;
  return { verdict, reason: verdict === 'illegal' ? showIllegal(history.value, parts).trim() : '' };
}
