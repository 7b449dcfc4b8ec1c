import { printableLines } from '../../protocol/model/printable.ts';
import { showTime } from '../../sim/base/trace.ts';
import type { Verdict } from '../../sim/judges/judge.ts';
import { showJudged } from '../../sim/judges/linearizable.ts';
import { judgeInWords } from '../../sim/judges/judge-words.ts';
import type { RunResult } from '../../sim/verdict/run.ts';

/** A report as one line of JSON. A violation is spread: judge, reason and event stand beside the verdict. */
export function asJson(report: object, violation: Verdict | undefined): string {
  return JSON.stringify({ ...report, ...violation });
}

/** The result of a run, in two lines. */
export function showRun(
  name: string,
  seed: number,
  { verdict, digest, events, simulatedMillis, notes, judged }: RunResult,
): string {
  return [
    `${name}: ${verdict === 'ok' ? 'every rule held' : 'a rule was broken'}`,
    `  seed ${seed}, ${events} events, ${(simulatedMillis / 1_000).toFixed(1)} s simulated, digest ${digest}`,
    `  seen: ${showNotes(notes)}`,
    ...(judged === undefined || judged.because.length === 0 ? [] : [`  linearizable: ${showJudged(judged)}`]),
  ].join('\n');
}

/** The judge, what it means that it objects, its finding, and the event. */
export function showViolation(name: string, { judge, reason, event }: Verdict): string {
  const plain = judgeInWords(judge);
  return [
    `${name}: the judge “${judge}” says:`,
    ...(plain === undefined ? [] : [`  ${plain}`]),
    `  ${reason}`,
    `  event   ${event.number} at ${showTime(event.at).trim()} s: ${event.what}`,
  ].join('\n');
}

/** Counts by kind, without the group and node of a note. */
export function showNotes(notes: Readonly<Record<string, number>>): string {
  return Object.entries(notes)
    .filter(([kind]) => !kind.includes(' '))
    .map(([kind, times]) => `${kind} ${times}`)
    .join(', ');
}

/** Prints one line or more on standard output. */
export function print(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}

/** The same, or on standard error where standard output has JSON alone. */
export function say(text: string, json: boolean): void {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
}
