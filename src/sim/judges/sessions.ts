import { parseTokens } from '../../frontend/tokens.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { Service } from '../../service/service.ts';
import type { ClientOperation, OperationResult } from '../base/history.ts';
import { replayerOf } from '../workloads/replay-route.ts';
import { explain } from './explain.ts';
import type { CommitRecord } from './record.ts';

type Answer = Extract<OperationResult, { readonly type: 'answered' }>;
type Indexes = Readonly<Record<GroupName, number>>;

/**
 * Judges each client with tokens as a session (Terry et al. 1994; PROTOCOL §6.3, §6.4, §10.4):
 * - The token of a reply covers the client's own write (read your writes).
 * - It never goes behind an earlier one (monotonic reads).
 * - A session read returns a state that the session may still see.
 *
 * What the session has seen is worked out from its answers and the log, not from the tokens it sent: so a token that a
 * front end loses, or a server ignores, is noticed. Returns what is wrong, or nothing.
 */
export function judgeSessions(
  service: Service,
  record: CommitRecord,
  operations: readonly ClientOperation[],
): string | undefined {
  const groups = service.apps.map(({ name }) => name);
  const replayer = replayerOf(service);
  const clients = [...new Set(operations.filter(({ token }) => token !== undefined).map(({ client }) => client))];
  for (const client of clients) {
    const seen: Record<GroupName, number> = {};
    for (const operation of operations.filter((other) => other.client === client)) {
      const { result, call, number } = operation;
      // A refusal by the front end itself rests on no entry.
      if (result?.type !== 'answered' || (result.token === '' && result.status >= 400)) continue;
      const where = `operation ${number} of ${client}, ${call.method} ${call.path}`;
      const got = indexesIn(result, groups);
      const lost = groups.find((group) => (got[group] ?? 0) < (seen[group] ?? 0));
      if (lost !== undefined) {
        return `${where}: its token of ${lost} went back from ${seen[lost] ?? 0} to ${got[lost] ?? 0}`;
      }
      const own = writtenBy(record, groups, operation, result);
      if (own !== undefined && result.status < 400 && (got[own.group] ?? 0) < own.index) {
        return `${where}: its write is entry ${own.index} of ${own.group}, and its token says ${got[own.group] ?? 0}`;
      }
      if (call.session || result.fromCache === true) {
        const low = (group: GroupName): number => seen[group] ?? 0;
        const high = (group: GroupName): number => record.group(group).last;
        const bounds = { low, kept: low, fresh: low, called: low, high };
        if (explain(record, replayer, operation, result, bounds) === undefined) {
          return `${where} was told ${result.status} ${result.body}, which is older than what its session had seen`;
        }
      }
      for (const group of groups) seen[group] = Math.max(seen[group] ?? 0, got[group] ?? 0);
    }
  }
  return undefined;
}

/** The index of an operation's write, if it was committed by the time of the answer. */
function writtenBy(
  record: CommitRecord,
  groups: readonly GroupName[],
  { uuids }: ClientOperation,
  { at }: Answer,
): { readonly group: GroupName; readonly index: number } | undefined {
  for (const group of groups) {
    const of = record.group(group);
    for (const uuid of uuids) {
      const index = of.firstWriteOf(uuid);
      if (index !== undefined && (of.committedAt(index) ?? at) <= at) return { group, index };
    }
  }
  return undefined;
}

function indexesIn({ token }: Answer, groups: readonly GroupName[]): Indexes {
  const parsed = parseTokens(token, groups);
  if (parsed.type === 'rejected') return {};
  return Object.fromEntries(Object.entries(parsed.value).map(([group, { index }]) => [group, index]));
}
