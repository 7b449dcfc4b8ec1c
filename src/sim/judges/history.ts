import { refusalOf } from '../../frontend/respond.ts';
import { parseTokens } from '../../frontend/tokens.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { Service } from '../../service/service.ts';
import type { Operation, OperationResult } from '../base/history.ts';
import { replayerOf } from '../workloads/replay-route.ts';
import { type Bounds, explain } from './explain.ts';
import type { CommitRecord } from './record.ts';

/** What clocks allow. */
export interface Times {
  /** How old a request must be, in milliseconds, to be told that its uuid has expired. */
  readonly expiresAfter: number;
  /** Whether clocks are so wrong that a request may seem to come from the future. */
  readonly mayBeEarly: boolean;
}

type Answered = Operation & { readonly result: Extract<OperationResult, { type: 'answered' }> };

/**
 * Judges what clients saw. The log gives every write its place; each answer must be what the service says at entries
 * that respect real time: whoever calls after another has returned sees at least what that one saw (Herlihy and Wing
 * 1990, linearizability, witnessed by the log); a session read sees at least what its own session
 * did (Terry et al. 1994, read your writes and monotonic reads). So does, of an answer that is said to come from a cache, what
 * the route names a cache key for, and that alone: its other reads, and its write, are held to real time. Which of several
 * reads with a key was kept is not said, so all of them may be as old. An operation that was never answered proves nothing and is left out; one that
 * was acknowledged and is not in the log was lost. One whose uuid had expired proves nothing either, but that must not be
 * said of one that is younger than `expiresAfter`; the same holds for one that was told that it came from the future, where
 * clocks are that wrong. Returns what is wrong, or nothing.
 */
export function judgeHistory(
  service: Service,
  record: CommitRecord,
  operations: readonly Operation[],
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
    // A route may come to one answer by several ways, of which the token says more: by what it says is tried first.
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
      // Without a token of its own the client is told exactly what its answer rests on.
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

/** What a cache answers is no older than the session, and may be older than what others have seen (PROTOCOL §10.5). */
function mayBeOlder({ call, result }: Answered): boolean {
  return result.fromCache === true && call.linearizable !== true;
}

function isAnswered(operation: Operation): operation is Answered {
  return operation.result?.type === 'answered' && !isExpired(operation) && !isEarly(operation);
}

function isEarly({ result }: Operation): boolean {
  return result?.type === 'answered' && result.status === 400 && result.body.includes(EARLY);
}

const EARLY = JSON.stringify(refusalOf('early').reason);

function isExpired({ result }: Operation): boolean {
  return result?.type === 'answered' && result.status === 410;
}

function isOld({ calledAt, result }: Operation, expiresAfter: number): boolean {
  return result?.type === 'answered' && result.at - calledAt >= expiresAfter * 1_000;
}

/** Raises each bound to what `by` has of its group. */
export function raise(bounds: Record<GroupName, number>, by: Readonly<Record<GroupName, number>>): void {
  for (const [group, index] of Object.entries(by)) bounds[group] = Math.max(bounds[group] ?? 0, index);
}

/** The indexes of a token; none where it is malformed. */
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
