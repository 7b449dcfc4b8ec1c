import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Service } from '../../service/service.ts';
import type { ClientOperation, OperationResult } from '../base/history.ts';
import { readIn } from '../workloads/read-in.ts';
import { isSaid, type Replayer, replayerOf } from '../workloads/replay-route.ts';
import { explain } from './explain.ts';
import { indexesIn, lastCommittedBy, raise } from './history.ts';
import type { CommitRecord } from './record.ts';

type Indexes = Readonly<Record<GroupName, number>>;
type Answered = ClientOperation & { readonly result: Extract<OperationResult, { readonly type: 'answered' }> };

/** The log and the answers that cached answers are compared with. */
interface Docket {
  readonly record: CommitRecord;
  readonly replayer: Replayer;
  readonly groups: readonly GroupName[];
  /** All answered operations, in the order of their returns. */
  readonly returned: readonly Answered[];
}

/**
 * Judges the answers that front ends gave from their caches (PROTOCOL §10.5). The token of such an answer says at which
 * index of the group it holds, and the state at that index must give the same answer. The index is
 *
 * - not behind what the session had seen, as worked out from its answers;
 * - not behind what the same front end, in the same life, had read and told a client before;
 * - not behind what was visible `ageAtMost` microseconds before the request.
 *
 * A read for which the route names no cache key cannot be cached.
 *
 * Of an answer that is cached in part only, the token gives the index of its newest part: then some states must explain
 * the whole, none older than what had been seen, and the age is that of the token. Where a session has several
 * cacheable reads, it is unknown which one was cached: their age is not judged. Returns what is wrong, or nothing.
 */
export function judgeCache(
  service: Service,
  record: CommitRecord,
  operations: readonly ClientOperation[],
  ageAtMost: (frontEnd: NodeId) => number,
): string | undefined {
  const hits = operations.filter(isAnswered).filter(({ result }) => result.fromCache === true);
  if (hits.length === 0) return undefined;
  const docket: Docket = {
    record,
    replayer: replayerOf(service),
    groups: service.apps.map(({ name }) => name),
    returned: operations.filter(isAnswered),
  };
  for (const hit of hits) {
    const wrong = judgeHit(docket, hit, ageAtMost);
    if (wrong !== undefined) {
      const { number, client, call, result } = hit;
      const what = `operation ${number}: ${client} asked ${call.method} ${call.path} and was told ${result.status} ${result.body}`;
      return `${what} from the cache of ${result.by?.frontEnd ?? 'a front end'}, ${wrong}`;
    }
  }
  return undefined;
}

function judgeHit(docket: Docket, hit: Answered, ageAtMost: (frontEnd: NodeId) => number): string | undefined {
  const { record, replayer, groups } = docket;
  const { result } = hit;
  const claimed = indexesIn(result.token, groups);
  const asked = result.by?.askedAt ?? hit.calledAt;
  const seen = seenBySession(docket, hit);
  const said = saidByFrontEnd(docket, hit, asked);
  const walked = walk(docket, hit, claimed);
  const low = (name: GroupName): number => Math.max(seen[name] ?? 0, said[name] ?? 0);
  // The front end may have answered from the write before: an earlier attempt can have made it.
  const called = (name: GroupName): number => seen[name] ?? 0;
  const bounds = { low, kept: low, fresh: low, called, high: (name: GroupName) => claimed[name] ?? 0 };
  const explained = walked.isOneRead ? undefined : explain(record, replayer, hit, result, bounds);
  const kept = explained === undefined || explained.kept.length === 0 ? walked.kept : explained.kept;
  const isWhole = explained?.isWhole ?? true;
  if (kept.length === 0 && isWhole) return 'which no cache can have given';
  const isAged = !hit.call.session || kept.length === 1;
  for (const name of new Set([...walked.reads, ...kept])) {
    const index = claimed[name];
    if (index === undefined) return `without a word about where in ${name} it holds`;
    if (index > lastCommittedBy(record, name, result.at)) return `whose entry ${index} of ${name} was not visible yet`;
    if (index < (seen[name] ?? 0)) {
      return `which holds at entry ${index} of ${name}, and its session had seen ${seen[name] ?? 0}`;
    }
    if (index < (said[name] ?? 0)) {
      return `which holds at entry ${index} of ${name}, and this front end had answered from ${said[name] ?? 0} before`;
    }
    if (!isAged || !kept.includes(name)) continue;
    const since = result.by === undefined ? 0 : asked - ageAtMost(result.by.frontEnd);
    const old = lastCommittedBy(record, name, since - 1);
    if (index < old) return `which holds at entry ${index} of ${name}, and ${old} was visible too long before`;
  }
  if (!walked.isOneRead) return explained === undefined ? 'which no state it may rest on explains' : undefined;
  const [group = ''] = kept;
  return walked.isTrue ? undefined : `and at entry ${claimed[group] ?? 0} of ${group} that is not so`;
}

/** A route's calls where an answer says that it holds, as far as states alone tell: up to a write or a `forget`. */
interface Walk {
  /** The group of each read, and of each cacheable one. */
  readonly reads: readonly GroupName[];
  readonly kept: readonly GroupName[];
  /** There is one read and nothing else. */
  readonly isOneRead: boolean;
  /** Replaying it gives the answer. */
  readonly isTrue: boolean;
}

function walk({ record, replayer }: Docket, { call, result }: Answered, claimed: Indexes): Walk {
  const start: Walk = { reads: [], kept: [], isOneRead: false, isTrue: false };
  const walked = replayer.replay(replayer.admit(call), start, {
    branches(asked, soFar) {
      if (asked.type !== 'read') return [[undefined, soFar]];
      const { name } = asked.app;
      const next = { ...soFar, reads: [...soFar.reads, name], kept: asked.isKept ? [...soFar.kept, name] : soFar.kept };
      const machine = record.group(name).machineAt(claimed[name] ?? 0);
      return [[machine === undefined ? undefined : readIn(record.group(name).app, machine, asked.query), next]];
    },
    ended: (ending, soFar) => ({
      ...soFar,
      isOneRead: typeof ending !== 'string' && soFar.reads.length === 1,
      isTrue: isSaid(ending, result),
    }),
  });
  return walked ?? start;
}

/** The indexes that the session had seen, by the earlier answers of its client; none for a client without tokens. */
function seenBySession({ returned, groups }: Docket, hit: Answered): Indexes {
  const seen: Record<GroupName, number> = {};
  if (hit.token === undefined) return seen;
  for (const { client, number, result } of returned) {
    if (client === hit.client && number < hit.number) raise(seen, indexesIn(result.token, groups));
  }
  return seen;
}

/** The indexes that its front end had read, in this life, for answers that had arrived before. */
function saidByFrontEnd({ returned, groups }: Docket, { result: { by } }: Answered, asked: number): Indexes {
  const said: Record<GroupName, number> = {};
  for (const { result, token } of returned) {
    const isSame = by !== undefined && result.by?.frontEnd === by.frontEnd && result.by.life === by.life;
    if (!isSame || result.at >= asked) continue;
    // An index from the client's own token is not from the front end, which need not know it.
    const sent = indexesIn(token ?? '', groups);
    const own = Object.entries(indexesIn(result.token, groups)).filter(([group, index]) => index > (sent[group] ?? 0));
    raise(said, Object.fromEntries(own));
  }
  return said;
}

function isAnswered(operation: ClientOperation): operation is Answered {
  return operation.result?.type === 'answered';
}
