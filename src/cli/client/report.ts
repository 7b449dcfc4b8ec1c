import { showTimings, showTimingsTable, type Timings } from '../shared/timings.ts';

/** What a test command has found. */
export interface TestReport {
  /** `concurrent purchase` */
  readonly test: string;
  /** What is wrong; nothing where all is well. */
  readonly problems: readonly string[];
  /** What could not be found out: neither right nor wrong. Nothing unless said. */
  readonly unknown?: readonly string[];
  /** What happened, a line each. */
  readonly lines: readonly string[];
  /** By kind of request. */
  readonly timings: Readonly<Record<string, Timings>>;
}

/** Problems shown; one is as good as a hundred of the same. */
const PROBLEMS_AT_MOST = 10;

/** Prints what a test has found, and says by the exit code whether that is good (0) or not (1). */
export function report(found: TestReport, json: boolean, show = showReport): void {
  process.exitCode = verdictOf(found) === 'ok' ? 0 : 1;
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

function showFound({ test, problems, unknown = [], lines }: Omit<TestReport, 'timings'>): string {
  const shown = [
    ...lines,
    ...listed('WRONG', problems, PROBLEMS_AT_MOST),
    ...listed('UNKNOWN', unknown, PROBLEMS_AT_MOST),
  ];
  return [`${test}: ${verdictOf({ problems, unknown })}`, ...shown.map((line) => `  ${line}`)].join('\n');
}

/** So many of them at most, and how many more there are. */
export function listed(kind: 'WRONG' | 'UNKNOWN', found: readonly string[], atMost: number): readonly string[] {
  const shown = found.slice(0, atMost).map((line) => `${kind}: ${line}`);
  const more = found.length - shown.length;
  return more > 0 ? [...shown, `${kind}: and ${more} more`] : shown;
}

function verdictOf({ problems, unknown = [] }: Pick<TestReport, 'problems' | 'unknown'>): 'ok' | 'failed' | 'unknown' {
  if (problems.length > 0) return 'failed';
  return unknown.length > 0 ? 'unknown' : 'ok';
}
