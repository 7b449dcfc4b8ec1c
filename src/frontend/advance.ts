import type { Address } from '../protocol/model/address.ts';
import { accepted, type Decided } from '../protocol/model/app.ts';
import { unreachable } from '../protocol/model/assert.ts';
import { laterLamport } from '../protocol/model/counters.ts';
import type { Epoch, NodeId } from '../protocol/model/epoch.ts';
import {
  bridged,
  heard,
  isOvertaken,
  learned,
  lost,
  mayTell,
  retracted,
  towardsPrimary,
} from '../protocol/model/group-route.ts';
import type { Message, Reply, Unserved } from '../protocol/model/messages.ts';
import { weigh } from '../protocol/model/weigh.ts';
import { admit } from './admit.ts';
import { forget } from './cache.ts';
import { cacheKeyOf, find, keep } from './cached-read.ts';
import { backOff, dispatch } from './dispatch.ts';
import { hearFenced } from './fences.ts';
import type { HttpRequest } from './front-end-io.ts';
import { hearTime } from './group-time.ts';
import { hearVersion } from './group-version.ts';
import { beginList, continueList } from './list-pages.ts';
import { failRequest, noteFailure, planNext, respondFailed } from './plan-next.ts';
import { hearProbed } from './probe.ts';
import {
  clocksDiffer,
  type Final,
  giveUp,
  headersOf,
  headersOfUnknown,
  type Refusal,
  refusalOf,
  unreadableByVersion,
  refuse,
  refuseAsDraining,
  refuseAsFailed,
  refuseAsOutlived,
  refuseForNow,
} from './respond.ts';
import { commandOf, type PendingRequest, wantsPrimary } from './state.ts';
import { type TokenVector, withToken } from './tokens.ts';
import { abort, type FrontEndTurn, groupRouteTo, knownGroupRoute, note, respond, setGroupRoute } from './turn.ts';
import { hearChanged } from './watch.ts';
import { hearOpened, keepAskable, leaveSession, prove } from './write-slots.ts';

type Replies = Extract<Message, { readonly type: 'replies' }>;

/** One in so many places of held requests is for requests that write. */
const KEPT_FOR_WRITES = 4;

/** Decodes a client's request, and answers it or sends its first call. */
export function receive(turn: FrontEndTurn, request: HttpRequest): void {
  const { draft, now } = turn;
  const { fixed } = draft;
  // Refused before decoding: the client must ask another node, and close this connection.
  if (draft.isDraining) return respond(turn, request.id, refuseAsDraining(fixed.refusal));
  if (draft.isOutlived) return respond(turn, request.id, refuseAsOutlived(fixed.refusal, undefined));
  const admission = admit(fixed.router, fixed.groups, request, fixed.planted);
  if (admission.type === 'failed') {
    noteFailure(turn, admission, request.uuid, admission.thrown);
    return respond(turn, request.id, refuseAsFailed(fixed.refusal, request.uuid, {}));
  }
  if (admission.type === 'refused')
    return respond(turn, request.id, refuse(fixed.refusal, admission, admission.headers));
  const { clientRequest } = admission;
  advance(turn, {
    clientRequest,
    size: request.body.length + request.path.length,
    expiresAt: now.millis + fixed.settings.holdFor,
    outcomes: [],
    tokens: clientRequest.tokens,
    writes: false,
    cache: undefined,
    given: undefined,
  });
}

/** Learns the primary of a group. */
export function learn(
  turn: FrontEndTurn,
  group: string,
  primary: NodeId | undefined,
  epoch: Epoch,
  from: NodeId,
): void {
  const groupRoute = groupRouteTo(turn, group);
  if (groupRoute === undefined) return;
  const next = learned(groupRoute, primary, epoch, from);
  setGroupRoute(turn, group, next);
  if (next.primary === undefined || next.primary === groupRoute.primary) return;
  turn.found.add(group);
  note(turn, { type: 'follows', group, primary: next.primary, epoch: next.epoch });
}

/** Where the primary of a group does not answer, takes the way by a node that hears it. */
function bridge(
  turn: FrontEndTurn,
  group: string,
  { primary, epoch }: Extract<Message, { readonly type: 'located' }>,
  from: NodeId,
): void {
  const { home, planted } = turn.draft.fixed;
  // The replica on this node reaches no more than this front end.
  if (from === home || planted.has('never-goes-another-way')) return;
  const known = knownGroupRoute(turn, group);
  const next = bridged(known, primary, epoch, from);
  if (next === known || primary === undefined) return;
  setGroupRoute(turn, group, next);
  turn.found.add(group);
  note(turn, { type: 'bridges', group, primary, via: from });
}

/** Takes a replica's message. One of a lower epoch is ignored: it may be out of date (PROTOCOL §10.1). */
export function listen(turn: FrontEndTurn, from: Address, message: Message): void {
  const group = from.unit;
  const groupRoute = groupRouteTo(turn, group);
  if (message.type === 'replies') for (const item of message.items) takePage(turn, from, item);
  if (groupRoute === undefined || !mayTell(groupRoute, from.node)) return;
  if (message.type !== 'located' && message.type !== 'replies' && message.type !== 'changed') return;
  // A change that is told unasked shows no more than that the primary can send.
  const answers = message.type !== 'changed' || message.answers !== undefined;
  if (answers) {
    setGroupRoute(turn, group, heard(groupRoute, from.node));
    hearProbed(turn, group, from.node);
  }
  if (message.type === 'located') {
    setGroupRoute(turn, group, retracted(knownGroupRoute(turn, group), message.primary, message.epoch, from.node));
  }
  if (isOvertaken(knownGroupRoute(turn, group), message.epoch)) {
    if (message.type === 'located' && message.primary === undefined) return;
    note(turn, { type: 'ignores-lower-epoch', group, epoch: message.epoch });
    if (message.type === 'replies') leaveUnanswered(turn, from.node, message);
    return;
  }
  learn(turn, group, message.primary, message.epoch, from.node);
  if (message.type === 'located') bridge(turn, group, message, from.node);
  if (message.type === 'changed') return hearChanged(turn, group, message);
  hearTime(turn, group, message, from.node);
  hearVersion(turn, group, message, from.node);
  if (message.type !== 'replies') return;
  for (const item of message.items) {
    if (!hearOpened(turn, from, message, item) && !hearFenced(turn, from, message, item))
      takeReply(turn, from.node, message, item);
  }
}

type RequestProgress = Pick<
  PendingRequest,
  'clientRequest' | 'size' | 'expiresAt' | 'outcomes' | 'tokens' | 'writes' | 'cache' | 'given'
>;

/** Asks the route for its next plan, and carries it out. */
function advance(turn: FrontEndTurn, soFar: RequestProgress): void {
  const { clientRequest, size, expiresAt, outcomes, tokens } = soFar;
  const { fixed, pending } = turn.draft;
  const planned = planNext(turn, soFar, outcomes);
  if (planned.type === 'threw') return failRequest(turn, soFar, planned.thrown);
  const plan = planned.value;
  if (plan.type === 'answered') return respond(turn, clientRequest.id, plan.response);
  if (plan.type === 'forget') {
    const [cache, forgotten] = forget(turn.draft.cache, plan.key);
    turn.draft.cache = cache;
    return advance(turn, { ...soFar, outcomes: [...outcomes, accepted(forgotten)] });
  }
  const { asks } = clientRequest;
  if (plan.type === 'write' && asks !== undefined && asks.group !== plan.group)
    return respond(turn, clientRequest.id, refuse(fixed.refusal, refusalOf('reused'), headersOf(soFar, fixed.groups)));
  const key = cacheKeyOf(fixed, clientRequest, plan);
  const found = key === undefined || plan.type === 'write' ? undefined : find(turn, clientRequest, tokens, plan, key);
  if (found?.type === 'hit') {
    const seen = withToken(tokens, plan.group, found.token);
    return advance(turn, { ...soFar, outcomes: [...outcomes, found.item.outcome], tokens: seen, cache: 'hit' });
  }
  const cache = soFar.cache ?? (found === undefined ? undefined : 'miss');
  const writes = soFar.writes || plan.type === 'write';
  const heldSize = turn.draft.heldSize + size;
  const { heldAtMost, heldSizeAtMost } = fixed.settings;
  // Reads leave a share of the places to requests that write.
  const isRead = plan.type !== 'write' && clientRequest.route.method === 'GET';
  const places = isRead ? heldAtMost - Math.floor(heldAtMost / KEPT_FOR_WRITES) : heldAtMost;
  const isFull = pending.size >= places || heldSize > heldSizeAtMost;
  // A write that was made must get its answer.
  if (!pending.has(clientRequest.id) && isFull) {
    return respond(turn, clientRequest.id, refuseForNow(fixed.refusal, headersOfUnknown(fixed, { ...soFar, writes })));
  }
  dispatch(turn, {
    clientRequest,
    size: size + weightOf(outcomes.at(-1)),
    expiresAt,
    outcomes,
    tokens,
    writes,
    cache,
    call: plan,
    callId: `${clientRequest.id}.${outcomes.length}.${clientRequest.nonce}`,
    sentTo: undefined,
    isRelayed: false,
    attempts: 0,
    dueAt: expiresAt,
    list: undefined,
    given: soFar.given,
  });
}

/** Bytes of an outcome that a request goes on with. */
function weightOf(outcome: Decided | undefined): number {
  return outcome?.type === 'accepted' ? weigh(outcome.value) : 0;
}

/**
 * Takes a later page of a list: from the replica that keeps its version, whatever has become of its role (PROTOCOL
 * §6.5). It may have lost its vote meanwhile, or speak in the epoch before.
 */
function takePage(turn: FrontEndTurn, { node, unit }: Address, item: Reply): void {
  const pending = waitingFor(turn, item.id);
  if (pending?.list?.node !== node || pending.call.group !== unit) return;
  if (item.type === 'done') continueList(turn, pending, pending.list, item);
  else if (item.type === 'unserved' && item.reason === 'busy') backOff(turn, pending);
  else if (item.type === 'unserved') abort(turn, pending, `its next page is ${item.reason}`);
}

function takeReply(turn: FrontEndTurn, from: NodeId, message: Replies, item: Reply): void {
  const pending = waitingFor(turn, item.id);
  if (pending === undefined || pending.list !== undefined) return;
  switch (item.type) {
    case 'done': {
      const { draft } = turn;
      const { outcome } = item;
      if (pending.given !== undefined) prove(turn, pending.given);
      const tokens = tokensAfter(pending.tokens, pending, message, item);
      draft.seen = tokensAfter(draft.seen, pending, message, item);
      draft.lamport = laterLamport(draft.lamport, item.lamport);
      if (outcome.type === 'failed') {
        // Of a read behind a write, that write has its outcome.
        return respondFailed(
          turn,
          { ...pending, tokens },
          outcome.errorId,
          pending.writes && pending.call.type !== 'write',
        );
      }
      keep(turn, pending, outcome, { historyId: message.historyId, index: item.index });
      if (item.next !== undefined) {
        if (beginList(turn, { ...pending, tokens }, from, item, outcome)) return undefined;
        return fail(turn, pending, 'too-large');
      }
      const { clientRequest, expiresAt, writes, cache, given } = pending;
      const outcomes: readonly Decided[] = [...pending.outcomes, outcome];
      return advance(turn, { clientRequest, size: pending.size, expiresAt, outcomes, tokens, writes, cache, given });
    }
    case 'unserved':
      // From a node that was given up on meanwhile: another one has been asked.
      if (pending.sentTo === from) retryOrFail(turn, pending, from, message.primary, item.reason);
      return undefined;
    case 'index':
      return undefined;
    default:
      return unreachable(item);
  }
}

/** Retries a request that has no outcome yet; fails one that never will. */
function retryOrFail(
  turn: FrontEndTurn,
  pending: PendingRequest,
  from: NodeId,
  primary: NodeId | undefined,
  reason: Unserved,
): void {
  const { group } = pending.call;
  switch (reason) {
    case 'not-primary': {
      // A primary unsure of its quorum names itself, and may have it again soon.
      if (primary !== from) setGroupRoute(turn, group, lost(knownGroupRoute(turn, group), from));
      const target = towardsPrimary(knownGroupRoute(turn, group));
      const elsewhere = wantsPrimary(turn.draft.fixed, pending) && target !== from;
      return elsewhere ? dispatch(turn, pending) : backOff(turn, pending);
    }
    case 'busy':
    case 'behind':
      return backOff(turn, pending);
    case 'malformed':
    case 'early':
    case 'other-history':
    case 'ahead':
    case 'expired':
    case 'reused':
    case 'too-large':
    case 'full':
    case 'gone':
      return fail(turn, pending, reason);
    case 'ended':
    case 'forgotten':
      return loseSession(turn, pending, reason);
    default:
      return unreachable(reason);
  }
}

/** The write has no outcome, and will not have one from now on: whether it has taken effect is unknown. */
function loseSession(turn: FrontEndTurn, pending: PendingRequest, reason: 'ended' | 'forgotten'): void {
  const { fixed } = turn.draft;
  if (pending.given === undefined) return fail(turn, pending, reason);
  note(turn, { type: 'unserved', reason });
  leaveSession(turn, pending.given);
  if (reason === 'ended' && fixed.planted.has('carries-over-ended-session')) {
    return dispatch(turn, { ...pending, given: undefined, attempts: 0 });
  }
  respond(turn, pending.clientRequest.id, giveUp(fixed, pending));
}

/** The refusal of a final reason; of a request that the group cannot read, with the versions where they differ. */
function refusalFor({ draft }: FrontEndTurn, { call }: PendingRequest, reason: Final): Refusal {
  const { group } = call;
  const version = draft.versions[group] ?? 1;
  const own = draft.fixed.newestCode[group] ?? 1;
  return reason === 'malformed' && version !== own ? unreadableByVersion(group, version, own) : refusalOf(reason);
}

/** Answers a request that no retry helps. */
function fail(turn: FrontEndTurn, pending: PendingRequest, reason: Final): void {
  note(turn, { type: 'unserved', reason });
  const headers = headersOfUnknown(turn.draft.fixed, pending);
  const { refusal } = turn.draft.fixed;
  keepAskable(turn, pending.given, commandOf(pending));
  const isOfClocks = (reason === 'early' || reason === 'expired') && !isUntimely(turn, pending, reason);
  const response = isOfClocks
    ? clocksDiffer(refusal, pending, headers)
    : refuse(refusal, refusalFor(turn, pending, reason), headers);
  respond(turn, pending.clientRequest.id, response);
}

/**
 * Whether a uuid is as old, or as far ahead, as its group says, by this node's own clock. A uuid of this front end
 * never is: then it is the clocks of the cluster that are wrong.
 */
function isUntimely(turn: FrontEndTurn, { clientRequest }: PendingRequest, reason: 'early' | 'expired'): boolean {
  const { dedupeFor, dedupeMargin } = turn.draft.fixed.settings;
  const { issuedAt, isDatedHere } = clientRequest;
  if (issuedAt === undefined || isDatedHere) return false;
  const age = turn.now.wall - issuedAt;
  return reason === 'expired' ? age > dedupeFor : -age > dedupeMargin;
}

/** Reads that a deposed replica has answered are read elsewhere. Requests for the primary were sent to the new one. */
function leaveUnanswered(turn: FrontEndTurn, from: NodeId, message: Replies): void {
  for (const { id } of message.items) {
    const pending = waitingFor(turn, id);
    if (pending?.sentTo === from && pending.list === undefined) backOff(turn, pending);
  }
}

/** The request pending under the reply `id`; undefined when it was answered or has advanced since. */
function waitingFor(turn: FrontEndTurn, id: string): PendingRequest | undefined {
  const pending = turn.draft.pending.get(Number(id.slice(0, id.indexOf('.'))));
  return pending?.callId === id ? pending : undefined;
}

function tokensAfter(
  tokens: TokenVector,
  pending: PendingRequest,
  { historyId }: Replies,
  { index, rests }: Extract<Reply, { readonly type: 'done' }>,
): TokenVector {
  const own = withToken(tokens, pending.call.group, { historyId, index });
  // Groups of one cluster begin their histories together; the reply has only an index of the other group.
  return rests.reduce(
    (all, rest) =>
      withToken(all, rest.group, { historyId: all[rest.group]?.historyId ?? historyId, index: rest.index }),
    own,
  );
}
