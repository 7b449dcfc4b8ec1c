import { MODELS } from '../../apps/models.ts';
import { check } from '../../checker/check.ts';
import { htmlReport } from '../../checker/html.ts';
import { readHistory } from '../../checker/read-history.ts';
import type { FromCheckWorker, ToCheckWorker } from './messages.ts';

/* Judges a recorded history, and draws it. Ended from outside. */

/** So many configurations of each object are looked at. */
const BUDGET = 2_000_000;

addEventListener('message', ({ data }: MessageEvent<ToCheckWorker>) => {
  try {
    postMessage(checked(data));
  } catch (error) {
    postMessage({ type: 'rejected', reason: error instanceof Error ? error.message : String(error) });
  }
});

function checked({ name, text, model }: ToCheckWorker): FromCheckWorker {
  const known = Object.hasOwn(MODELS, model) ? MODELS[model] : undefined;
  if (known === undefined) return { type: 'rejected', reason: `no model is called ${model}` };
  const read = readHistory(text);
  if (read.type === 'rejected') return { type: 'rejected', reason: `line ${read.line}: ${read.reason}` };
  const result = check(known, read.value, { budget: BUDGET });
  if (result.type === 'rejected') return { type: 'rejected', reason: result.reason };
  return { type: 'checked', verdict: result.verdict, html: htmlReport(name, read.value, result) };
}
