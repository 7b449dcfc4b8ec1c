import { refusalOf } from '../../frontend/respond.ts';
import { parseTokens } from '../../frontend/tokens.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { Service } from '../../service/service.ts';
import type { ClientOperation, OperationResult } from '../base/history.ts';
import { replayerOf } from '../workloads/replay-route.ts';
import { type Bounds, explain } from './explain.ts';
import type { CommitRecord } from './record.ts';

/** Bounds that clocks set. */
export interface Times {
  /** The least age of a request, in milliseconds, that may be refused as expired. */
  readonly expiresAfter: number;
  /** Whether clocks are so wrong that a request may seem to come from the future. */
  readonly mayBeEarly: boolean;
}

type Answered = ClientOperation & { readonly result: Extract<OperationResult, { type: 'answered' }> };

/**
 * Judges the history of clients against the log. The log gives every write its place; each answer must be what the
 * service says at entries that respect real time.
 *
 * - A request sees at least what every answer before it saw (Herlihy and Wing 1990, linearizability, witnessed by the
 *   log).
 * - A session read sees at least what its own session saw (Terry et al. 1994, read your writes and monotonic reads).
 * - A cached answer sees at least what its session saw, as far as its reads with a cache key go; other reads, and its
 *   write, are held to real time. Which of several such reads was cached is unknown, so all of them may be as old.
 * - An operation without an answer is left out; an acknowledged one that is not in the log was lost.
 * - A request may be refused as expired only from `expiresAfter` on, and as coming from the future only where clocks
 *   are that wrong; such a refusal says nothing else.
 *
 * Returns what is wrong, or nothing.
 */
export function judgeHistory(
  service: Service,
  record: CommitRecord,
  operations: readonly ClientOperation[],
  { expiresAfter, mayBeEarly }: Times = { expiresAfter: Number.POSITIVE_INFINITY, mayBeEarly: false },
): string | undefined {
  const buggy = operations.find((operation) => isExpired(operation) && !isOld(operation, expiresAfter));
  if (buggy !== undefined) return `operation ${buggy.number} was told that its uuid had expired, and it had not`;
  const early = operations.find(isEarly);
  if (early !== undefined && !mayBeEarly) return `operation ${early.number} was told that it came from the future`;
  const groups = service.apps.map((app) => app.name);
  const replayer = replayerOf(service);
  const answered = operations.filter(isAnswered);
  const returned = [...answered].sort((a, b) => a.result.at - b.result.at || a.number - b.number);
  const called = [...answered].sort((a, b) => a.calledAt - b.calledAt || a.number - b.number);
  const rested = new Map<number, Readonly<Record<GroupName, number>>>();
  const lowest: Record<GroupName, number> = {};
  let place = 0;
  for (const operation of called) {
    for (
      let past = returned[place];
      past !== undefined && past.result.at < operation.calledAt;
      past = returned[place]
    ) {
      raise(lowest, rested.get(past.number) ?? {});
      place += 1;
    }
    const sent = indexesIn(operation.token ?? '', groups);
    const low = operation.call.session ? sent : lowest;
    const kept = mayBeOlder(operation) ? sent : low;
    const bounds: Bounds = {
      low: (group) => low[group] ?? 0,
      kept: (group) => kept[group] ?? 0,
      fresh: (group) => lowest[group] ?? 0,
      called: (group) => low[group] ?? 0,
      high: (group) => lastCommittedBy(record, group, operation.result.at),
    };
    const claimed = indexesIn(operation.result.token, groups);
    // A route may have one answer by several ways, and the token narrows them down: the indexes of the token are tried
    // first.
    const said: Bounds = {
      ...bounds,
      high: (group) => Math.min(bounds.high(group), claimed[group] ?? Number.POSITIVE_INFINITY),
    };
    const explained =
      explain(record, replayer, operation, operation.result, said) ??
      explain(record, replayer, operation, operation.result, bounds);
    if (explained === undefined) return `${show(operation)}, which no state it may have seen explains`;

    for (const group of groups) {
      const index = claimed[group];
      if (index === undefined) continue;
      // The reply to a client without a token names exactly what the answer rests on.
      const least = explained.low[group] ?? bounds.kept(group);
      if (operation.token === undefined && index < least) {
        return `${show(operation)}, which rests on entry ${index} of ${group}; entry ${least} had been seen before`;
      }
      if (index > record.group(group).last) return `${show(operation)}, whose token of ${group} is ahead of the log`;
    }
    const rests: Record<GroupName, number> = {};
    raise(rests, claimed);
    raise(rests, explained.indexes);
    rested.set(operation.number, rests);
  }
  return undefined;
}

/**
 * Whether the answer may be older than those of others: it is from a cache, and no older than its session (PROTOCOL
 * §10.5).
 */
function mayBeOlder({ call, result }: Answered): boolean {
  return result.fromCache === true && call.linearizable !== true;
}

function isAnswered(operation: ClientOperation): operation is Answered {
  return operation.result?.type === 'answered' && !isExpired(operation) && !isEarly(operation);
}

function isEarly({ result }: ClientOperation): boolean {
  return result?.type === 'answered' && result.status === 400 && result.body.includes(EARLY);
}

const EARLY = JSON.stringify(refusalOf('early').reason);

function isExpired({ result }: ClientOperation): boolean {
  return result?.type === 'answered' && result.status === 410;
}

function isOld({ calledAt, result }: ClientOperation, expiresAfter: number): boolean {
  return result?.type === 'answered' && result.at - calledAt >= expiresAfter * 1_000;
}

/** Raises each bound to the index in `by`. */
export function raise(bounds: Record<GroupName, number>, by: Readonly<Record<GroupName, number>>): void {
  for (const [group, index] of Object.entries(by)) bounds[group] = Math.max(bounds[group] ?? 0, index);
}

/** The indexes of a token; none if it is malformed. */
export function indexesIn(token: string, groups: readonly GroupName[]): Readonly<Record<GroupName, number>> {
  const parsed = parseTokens(token, groups);
  if (parsed.type === 'rejected') return {};
  return Object.fromEntries(Object.entries(parsed.value).map(([group, { index }]) => [group, index]));
}

/** The last entry of the group that was visible anywhere at that time, in microseconds. */
export function lastCommittedBy(record: CommitRecord, group: GroupName, at: number): number {
  const committed = record.group(group);
  let [low, high] = [0, committed.last];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((committed.committedAt(middle) ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function show({ number, client, call, result }: Answered): string {
  const body = call.body === undefined ? '' : ` ${JSON.stringify(call.body)}`;
  return `operation ${number}: ${client} asked ${call.method} ${call.path}${body} and was told ${result.status} ${result.body}`;
}
