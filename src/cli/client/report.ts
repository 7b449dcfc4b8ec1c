import { showTimings, showTimingsTable, type Timings } from '../shared/timings.ts';

/** The findings of a test command. */
export interface TestReport {
  /** `concurrent purchase` */
  readonly test: string;
  /** Rules that are broken; empty without any. */
  readonly problems: readonly string[];
  /** What could not be decided: neither right nor wrong. Default: nothing. */
  readonly unknown?: readonly string[];
  /** Events of the run, a line each. */
  readonly lines: readonly string[];
  /** By kind of request. */
  readonly timings: Readonly<Record<string, Timings>>;
}

/** Problems shown: many are repetitions. */
const PROBLEMS_AT_MOST = 10;

/** Prints the findings. Sets the exit code to 0 without a problem, else to 1. */
export function report(found: TestReport, json: boolean, show = showReport): void {
  process.exitCode = verdictOf(found) === 'ok' ? 0 : 1;
  const text = json ? JSON.stringify({ ...found, verdict: verdictOf(found) }) : show(found);
  process.stdout.write(`${text}\n`);
}

export function showReport({ timings, ...found }: TestReport): string {
  const taken = Object.entries(timings).map(([kind, times]) => `${kind}: ${showTimings(times)}`);
  return showFound({ ...found, lines: [...found.lines, ...taken] });
}

/** The same with a table of times. Only lines of `lines` and `problems` are longer than 60 columns. */
export function showReportWithTable({ timings, ...found }: TestReport): string {
  return showFound({ ...found, lines: [...found.lines, ...showTimingsTable(timings)] });
}

function showFound({ test, problems, unknown = [], lines }: Omit<TestReport, 'timings'>): string {
  const shown = [
    ...lines,
    ...listed('WRONG', problems, PROBLEMS_AT_MOST),
    ...listed('UNKNOWN', unknown, PROBLEMS_AT_MOST),
  ];
  return [`${test}: ${verdictOf({ problems, unknown })}`, ...shown.map((line) => `  ${line}`)].join('\n');
}

/** The first few of them, and the number of the others. */
export function listed(kind: 'WRONG' | 'UNKNOWN', found: readonly string[], atMost: number): readonly string[] {
  const shown = found.slice(0, atMost).map((line) => `${kind}: ${line}`);
  const more = found.length - shown.length;
  return more > 0 ? [...shown, `${kind}: and ${more} more`] : shown;
}

function verdictOf({ problems, unknown = [] }: Pick<TestReport, 'problems' | 'unknown'>): 'ok' | 'failed' | 'unknown' {
  if (problems.length > 0) return 'failed';
  return unknown.length > 0 ? 'unknown' : 'ok';
}
