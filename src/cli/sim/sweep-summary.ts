import * as z from 'zod';
import type { Service } from '../../service/service.ts';
import { showDigest } from '../../sim/base/trace.ts';
import { GOALS, goalsOf, isGoal } from '../../sim/coverage/goals.ts';
import { UsageError } from '../shared/errors.ts';
import { versionOfPackage } from '../../transport-http/handshake/build.ts';
import { addDigest, addSums, countOf, type SeedRange } from './sweep-part.ts';
import type { SeedReport } from './worker.ts';

/** Failing seeds that are listed one by one. */
const NAMED_AT_MOST = 1_000;

const whole = z.int().min(0);

const summarySchema = z.strictObject({
  /** The version of this package; another version makes other plans. */
  version: z.string(),
  /** The service whose plans were run. */
  service: z.string(),
  from: whole,
  /** The size of the whole range, all parts together. */
  seeds: whole,
  shard: z.strictObject({ index: whole, of: whole }),
  /** Seeds that were run: fewer than the part has if the time was over before. */
  ran: whole,
  violations: whole,
  /** Runs that broke no rule, and whose faults left no part that could serve. */
  unrecoverable: whole,
  /** The digest over all seeds that were run. */
  digest: z.string().regex(/^[0-9a-f]{14}$/),
  events: whole,
  simulatedMillis: whole,
  /** Violations by judge. */
  judges: z.record(z.string(), whole),
  /** The first failing seeds, in order. */
  failed: z.array(whole),
  /** Seeds that were run twice, and those with a difference. */
  compared: whole,
  differed: z.array(whole),
  /** By goal that runs of this service can hit: the number of runs that hit it. */
  goals: z.record(z.string(), whole),
  /** Number of notes of each kind, over all seeds. */
  notes: z.record(z.string(), whole),
});

/** The summary of a sweep. It does not depend on the machine, the number of jobs or, without `--for`, the clock. */
export type FuzzSummary = Readonly<z.infer<typeof summarySchema>>;

export function emptySummary(range: SeedRange, service: Service): FuzzSummary {
  const goals = Object.fromEntries(goalsOf(service).map((goal) => [goal, 0]));
  return blankSummary(range, service.name, inNameOrder(goals));
}

/** The summary with one more run. */
export function withReport(sum: FuzzSummary, report: SeedReport): FuzzSummary {
  const { seed, violation, digest, events, simulatedMillis, liveness, goals, notes, differs } = report;
  const isViolated = violation !== undefined;
  return {
    ...sum,
    ran: sum.ran + 1,
    violations: sum.violations + (isViolated ? 1 : 0),
    unrecoverable: sum.unrecoverable + (liveness === 'unrecoverable' ? 1 : 0),
    digest: showDigest(addDigest(parseInt(sum.digest, 16), seed, digest)),
    events: sum.events + events,
    simulatedMillis: sum.simulatedMillis + simulatedMillis,
    judges: isViolated ? added(sum.judges, { [violation.judge]: 1 }) : sum.judges,
    failed: isViolated ? [...sum.failed, seed].slice(0, NAMED_AT_MOST) : sum.failed,
    compared: sum.compared + (differs === undefined ? 0 : 1),
    differed: differs === undefined || differs === 'nowhere' ? sum.differed : [...sum.differed, seed],
    goals: added(sum.goals, Object.fromEntries(goals.map((goal) => [goal, 1]))),
    notes: added(sum.notes, notes),
  };
}

/**
 * Merges the summaries of all parts of a sweep, to the same as in one go. Throws a `UsageError` unless they are all
 * parts of one whole, each once.
 */
export function mergeSummaries(parts: readonly FuzzSummary[]): FuzzSummary {
  const [first] = parts;
  if (first === undefined) throw new UsageError('there is nothing to merge');
  const { version, service, from, seeds, shard } = first;
  for (const part of parts) {
    if (part.version !== version) throw new UsageError(`versions ${version} and ${part.version} make other plans`);
    if (part.service !== service) throw new UsageError(`${service} and ${part.service} are two services`);
    if (part.from !== from || part.seeds !== seeds || part.shard.of !== shard.of) {
      throw new UsageError(`${showPart(first)} and ${showPart(part)} are not of one sweep`);
    }
  }
  for (let index = 1; index <= shard.of; index += 1) {
    const times = parts.filter((part) => part.shard.index === index).length;
    if (times === 0) throw new UsageError(`part ${index}/${shard.of} is missing`);
    if (times > 1) throw new UsageError(`part ${index}/${shard.of} is there ${times} times`);
  }
  return parts.reduce(together, blankSummary({ from, seeds, shard: { index: 1, of: 1 } }, service, {}));
}

/** Decodes a summary. Throws a `UsageError` for a malformed file. */
export function decodeSummary(file: string, value: unknown): FuzzSummary {
  const parsed = summarySchema.safeParse(value);
  if (parsed.success && parsed.data.ran <= countOf(parsed.data)) return parsed.data;
  throw new UsageError(`${file} is not a summary of sim fuzz --out`);
}

/** Whether every seed of the range was run. */
export function isComplete(summary: FuzzSummary): boolean {
  return summary.ran === countOf(summary);
}

/** The goals that no run has hit. */
export function missedGoals({ goals }: FuzzSummary): readonly string[] {
  const missed = Object.keys(goals).filter((goal) => goals[goal] === 0);
  return missed.map((goal) => `${goal}: ${isGoal(goal) ? GOALS[goal] : 'unknown to this version'}`);
}

function blankSummary(range: SeedRange, service: string, goals: FuzzSummary['goals']): FuzzSummary {
  const counts = { ran: 0, violations: 0, unrecoverable: 0, events: 0, simulatedMillis: 0, compared: 0 };
  const lists = { judges: {}, failed: [], differed: [], goals, notes: {} };
  return { version: versionOfPackage(), service, ...range, ...counts, digest: showDigest(0), ...lists };
}

function together(sum: FuzzSummary, part: FuzzSummary): FuzzSummary {
  return {
    ...sum,
    ran: sum.ran + part.ran,
    violations: sum.violations + part.violations,
    unrecoverable: sum.unrecoverable + part.unrecoverable,
    digest: showDigest(addSums(parseInt(sum.digest, 16), parseInt(part.digest, 16))),
    events: sum.events + part.events,
    simulatedMillis: sum.simulatedMillis + part.simulatedMillis,
    judges: added(sum.judges, part.judges),
    failed: inOrder([...sum.failed, ...part.failed]).slice(0, NAMED_AT_MOST),
    compared: sum.compared + part.compared,
    differed: inOrder([...sum.differed, ...part.differed]),
    goals: added(sum.goals, part.goals),
    notes: added(sum.notes, part.notes),
  };
}

/** The sums of two tables of counts, in the order of their names. */
function added(
  some: Readonly<Record<string, number>>,
  others: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...some };
  for (const [key, count] of Object.entries(others)) sum[key] = (sum[key] ?? 0) + count;
  return inNameOrder(sum);
}

function inNameOrder(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function inOrder(seeds: readonly number[]): number[] {
  return [...seeds].sort((a, b) => a - b);
}

function showPart({ from, seeds, shard: { index, of } }: FuzzSummary): string {
  return `part ${index}/${of} of seeds ${from} to ${from + seeds - 1}`;
}
