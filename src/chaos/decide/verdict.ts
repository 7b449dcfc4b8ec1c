import type { ClientOperation } from '../../sim/base/history.ts';
import type { Limit } from './fault-mapping.ts';
import type { Finding } from './judge.ts';
import type { RecoveredLogs } from './recovered-logs.ts';

/** The verdict on one run of a plan on live processes. */
export interface RoundVerdict {
  readonly seed: number;
  /** `broken`: a rule was broken. `undecided`: none was, and some judge could not decide. */
  readonly verdict: 'held' | 'broken' | 'undecided';
  readonly findings: readonly Finding[];
  readonly operations: Counts;
  /** By group, as far as the log reaches: primaries (`reigns`, as `--json` has always said) and configuration changes. */
  readonly groups: Readonly<Record<string, { readonly reigns: number; readonly changes: number }>>;
  /** Number of faults injected, by type. */
  readonly struck: Readonly<Record<string, number>>;
  readonly limits: readonly Limit[];
  readonly seconds: number;
  /** The folder of the history and all else that is kept. */
  readonly folder: string;
}

export interface Counts {
  readonly asked: number;
  readonly answered: number;
  readonly unknown: number;
  /** Longest wait for an answer, in milliseconds. */
  readonly slowest: number;
  /** Answered in a second while the clients asked. */
  readonly perSecond: number;
}

/** Exit codes, the same as those of `understudy check`. */
export const EXIT_CODES = { held: 0, broken: 1, undecided: 3 } as const;

export function verdictOf(findings: readonly Finding[]): RoundVerdict['verdict'] {
  if (findings.some(({ outcome }) => outcome === 'broken')) return 'broken';
  return findings.some(({ outcome }) => outcome === 'undecided') ? 'undecided' : 'held';
}

/** The worst verdict of several runs. */
export function worstOf(rounds: readonly Pick<RoundVerdict, 'verdict'>[]): RoundVerdict['verdict'] {
  const verdicts = rounds.map(({ verdict }) => verdict);
  return verdicts.includes('broken') ? 'broken' : verdicts.includes('undecided') ? 'undecided' : 'held';
}

/** `lasts`: how long the clients asked, in milliseconds. */
export function countsOf(operations: readonly ClientOperation[], lasts: number): Counts {
  const answered = operations.filter(({ result }) => result?.type === 'answered');
  const waits = answered.map(({ calledAt, result }) => (result?.at ?? calledAt) - calledAt);
  return {
    asked: operations.length,
    answered: answered.length,
    unknown: operations.length - answered.length,
    slowest: Math.round(waits.reduce((most, wait) => Math.max(most, wait), 0) / 1_000),
    perSecond: Math.round((answered.length * 1_000) / Math.max(1, lasts)),
  };
}

export function groupsOf({ groups }: Pick<RecoveredLogs, 'groups'>): RoundVerdict['groups'] {
  return Object.fromEntries(
    groups.map(({ group, primaries, changes }) => [group, { reigns: primaries.length, changes }]),
  );
}

/** Limits without repetitions. */
export function distinct(limits: readonly Limit[]): readonly Limit[] {
  return limits.filter((limit, place) => limits.findIndex((other) => keyOf(other) === keyOf(limit)) === place);
}

function keyOf({ what, how, reason }: Limit): string {
  return `${what} ${how} ${reason}`;
}

/** A verdict as a few lines for people. */
export function showRound(number: number, round: RoundVerdict): string {
  const { seed, verdict, findings, operations, groups, struck, limits, seconds, folder } = round;
  const { asked, answered, unknown, slowest, perSecond } = operations;
  const primaries = Object.entries(groups).map(([name, group]) => `${name} ${group.reigns}`);
  const changes = Object.entries(groups).map(([name, group]) => `${name} ${group.changes}`);
  const lines = [
    `round ${number}, seed ${seed}: ${verdict} in ${seconds.toFixed(1)} s`,
    `  operations  ${asked} asked, ${answered} answered (${perSecond} a second), ${unknown} unknown, slowest ${slowest} ms`,
    `  primaries   ${primaries.join(', ')}; changes of the configuration: ${changes.join(', ')}`,
    `  faults      ${
      Object.entries(struck)
        .map(([type, count]) => `${type} ${count}`)
        .join(', ') || 'none'
    }`,
    `  judges      ${findings
      .filter(({ outcome }) => outcome === 'held')
      .map(({ judge }) => judge)
      .join(', ')}`,
    ...findings
      .filter(({ outcome }) => outcome !== 'held')
      .map(({ judge, outcome, reason }) => `  ${outcome.toUpperCase()}  ${judge}: ${reason}`),
    ...findings
      .filter(({ outcome, reason }) => outcome === 'held' && reason !== '')
      .map(({ judge, reason }) => `  ${judge.padEnd(11)} ${reason}`),
    ...limits.map(({ what, how, reason }) => `  ${how}     ${what}: ${reason}`),
    `  kept        ${folder}`,
  ];
  return lines.join('\n');
}
