import { showTimings, showTimingsTable, type Timings } from './timings.ts';

/** What a test command has found. */
export interface TestReport {
  /** `concurrent purchase` */
  readonly test: string;
  /** What is wrong; nothing where all is well. */
  readonly problems: readonly string[];
  /** What happened, a line each. */
  readonly lines: readonly string[];
  /** By kind of request. */
  readonly timings: Readonly<Record<string, Timings>>;
}

/** Problems shown; one is as good as a hundred of the same. */
const PROBLEMS_AT_MOST = 10;

/** Prints what a test has found, and says by the exit code whether that is good (0) or not (1). */
export function report(found: TestReport, json: boolean, show = showReport): void {
  process.exitCode = found.problems.length === 0 ? 0 : 1;
  const text = json ? JSON.stringify({ ...found, verdict: verdictOf(found) }) : show(found);
  process.stdout.write(`${text}\n`);
}

export function showReport({ timings, ...found }: TestReport): string {
  const taken = Object.entries(timings).map(([kind, times]) => `${kind}: ${showTimings(times)}`);
  return showFound({ ...found, lines: [...found.lines, ...taken] });
}

/** The same with the times as a table: no line but those of `lines` and `problems` is longer than 60 columns. */
export function showReportWithTable({ timings, ...found }: TestReport): string {
  return showFound({ ...found, lines: [...found.lines, ...showTimingsTable(timings)] });
}

function showFound({ test, problems, lines }: Omit<TestReport, 'timings'>): string {
  const shown = problems.slice(0, PROBLEMS_AT_MOST).map((problem) => `WRONG: ${problem}`);
  const more = problems.length - shown.length;
  return [
    `${test}: ${verdictOf({ problems })}`,
    ...[...lines, ...shown, ...(more > 0 ? [`WRONG: and ${more} more`] : [])].map((line) => `  ${line}`),
  ].join('\n');
}

function verdictOf({ problems }: Pick<TestReport, 'problems'>): 'ok' | 'failed' {
  return problems.length === 0 ? 'ok' : 'failed';
}
