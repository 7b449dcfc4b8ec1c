import { check, type CheckResult, type History, historyOf, MODELS, readLines } from '../../../src/apps/check.ts';

/** A history as lines of `process type f value`, the value as JSON. */
export function history(...lines: readonly string[]): History {
  const events = lines.map((line) => {
    const [process = '', type = '', f = '', ...value] = line.trim().split(/ +/);
    const parsed = value.length === 0 ? '' : `,"value":${value.join(' ')}`;
    return `{"process":${process},"type":"${type}","f":"${f}"${parsed}}`;
  });
  const read = readLines(events.join('\n'));
  if (read.type === 'rejected') throw new Error(`line ${read.line}: ${read.reason}`);
  return read.value;
}

/** What the checker finds, by parts. */
export function checked(model: string, of: History, budget?: number): Extract<CheckResult, { type: 'checked' }> {
  const known = MODELS[model];
  if (known === undefined) throw new Error(`no model is called ${model}`);
  const result = check(known, of, budget === undefined ? {} : { budget });
  if (result.type === 'rejected') throw new Error(result.reason);
  return result;
}

/** The history of the first events of another one. */
export function beginningOf(events: Parameters<typeof historyOf>[0], count: number): History {
  const paired = historyOf(events.slice(0, count));
  if (paired.type === 'rejected') throw new Error(paired.reason);
  return paired.value;
}
