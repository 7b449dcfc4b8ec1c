import { accepted, type Outcome } from '../protocol/model/app.ts';
import { assert, unreachable } from '../protocol/model/assert.ts';
import { heard, isOvertaken, learned, lost } from '../protocol/model/group-route.ts';
import type { Epoch, NodeId } from '../protocol/model/epoch.ts';
import type { Message, Reply, Unserved } from '../protocol/model/messages.ts';
import { admit } from './admit.ts';
import { forget } from './cache.ts';
import { cacheKeyOf, find, keep } from './cached-read.ts';
import { backOff, dispatch } from './dispatch.ts';
import type { HttpRequest } from './front-end-io.ts';
import { answer, headersOf, refusalOf, refuse, refuseForGood, refuseForNow } from './respond.ts';
import { type Held, wantsPrimary } from './state.ts';
import { type TokenVector, withToken } from './tokens.ts';
import { groupRouteTo, knownGroupRoute, note, respond, setGroupRoute, type Turn } from './turn.ts';
import { viewOf } from './view.ts';
import { hearChanged } from './watch.ts';
import type { Address } from '../protocol/model/address.ts';

type Replies = Extract<Message, { readonly type: 'replies' }>;

/** Decodes a client's request, and answers it or sets out on its first call. */
export function receive(turn: Turn, request: HttpRequest): void {
  const { draft, now } = turn;
  const { fixed } = draft;
  // Nothing of it is looked at: whoever asks is to ask elsewhere, and to hang up here.
  if (draft.isDraining) return respond(turn, request.id, refuseForGood(draft.fixed.refusal));
  const admission = admit(fixed.router, fixed.groups, request, now.wall);
  if (admission.type === 'refused')
    return respond(turn, request.id, refuse(fixed.refusal, admission, admission.headers));
  const { errand } = admission;
  pursue(turn, {
    errand,
    expiresAt: now.millis + fixed.settings.holdFor,
    outcomes: [],
    tokens: errand.tokens,
    writes: false,
    cache: undefined,
  });
}

/** Somebody names the primary of a group. */
export function learn(turn: Turn, group: string, primary: NodeId | undefined, epoch: Epoch, from: NodeId): void {
  const groupRoute = groupRouteTo(turn, group);
  if (groupRoute === undefined) return;
  const next = learned(groupRoute, primary, epoch, from);
  setGroupRoute(turn, group, next);
  if (next.primary === undefined || next.primary === groupRoute.primary) return;
  turn.found.add(group);
  note(turn, { type: 'follows', group, primary: next.primary, epoch: next.epoch });
}

/** Takes what a replica says. What comes from a lower epoch is ignored: nobody knows whether it still holds (§10.1). */
export function listen(turn: Turn, from: Address, message: Message): void {
  const group = from.unit;
  const groupRoute = groupRouteTo(turn, group);
  if (groupRoute === undefined) return;
  if (message.type !== 'located' && message.type !== 'replies' && message.type !== 'changed') return;
  setGroupRoute(turn, group, heard(groupRoute, from.node));
  if (isOvertaken(groupRoute, message.epoch)) {
    if (message.type === 'located' && message.primary === undefined) return;
    note(turn, { type: 'ignores-lower-epoch', group, epoch: message.epoch });
    if (message.type === 'replies') leaveUnanswered(turn, from.node, message);
    return;
  }
  learn(turn, group, message.primary, message.epoch, from.node);
  if (message.type === 'changed') return hearChanged(turn, group, message);
  if (message.type === 'replies') for (const item of message.items) take(turn, from.node, message, item);
}

type Journey = Pick<Held, 'errand' | 'expiresAt' | 'outcomes' | 'tokens' | 'writes' | 'cache'>;

/** Asks the route what comes next, and does it. */
function pursue(turn: Turn, journey: Journey): void {
  const { errand, expiresAt, outcomes, tokens } = journey;
  const { fixed, held } = turn.draft;
  const plan = errand.route.plan(errand.asked, outcomes, viewOf(turn.draft));
  if (plan.type === 'answer') {
    return respond(turn, errand.id, answer(plan.status, plan.body, headersOf(journey, fixed.groups)));
  }
  if (plan.type === 'forget') {
    const [cache, forgotten] = forget(turn.draft.cache, plan.key);
    turn.draft.cache = cache;
    return pursue(turn, { ...journey, outcomes: [...outcomes, accepted(forgotten)] });
  }
  const key = cacheKeyOf(fixed, errand, plan);
  const found = key === undefined || plan.type === 'write' ? undefined : find(turn, errand, tokens, plan, key);
  if (found?.type === 'hit') {
    const seen = withToken(tokens, plan.group, found.token);
    return pursue(turn, { ...journey, outcomes: [...outcomes, found.item.outcome], tokens: seen, cache: 'hit' });
  }
  const cache = journey.cache ?? (found === undefined ? undefined : 'miss');
  const writes = journey.writes || plan.type === 'write';
  if (!held.has(errand.id) && held.size >= fixed.settings.heldAtMost) {
    return respond(turn, errand.id, refuseForNow(fixed.refusal, headersOf({ ...journey, writes }, fixed.groups)));
  }
  // There is one uuid for it.
  assert(plan.type !== 'write' || !journey.writes, 'a request writes at most once');
  dispatch(turn, {
    errand,
    expiresAt,
    outcomes,
    tokens,
    writes,
    cache,
    call: plan,
    callId: `${errand.id}.${outcomes.length}.${errand.nonce}`,
    sentTo: undefined,
    attempts: 0,
    dueAt: expiresAt,
  });
}

function take(turn: Turn, from: NodeId, message: Replies, item: Reply): void {
  const held = waitingFor(turn, item.id);
  if (held === undefined) return;
  switch (item.type) {
    case 'done': {
      const { draft } = turn;
      const tokens = tokensAfter(held.tokens, held, message, item);
      draft.seen = tokensAfter(draft.seen, held, message, item);
      draft.lamport = Math.max(draft.lamport, item.lamport);
      keep(turn, held, item.outcome, { historyId: message.historyId, index: item.index });
      const { errand, expiresAt, writes, cache } = held;
      const outcomes: readonly Outcome[] = [...held.outcomes, item.outcome];
      return pursue(turn, { errand, expiresAt, outcomes, tokens, writes, cache });
    }
    case 'unserved':
      // Said by a node that has been given up on meanwhile: another one is asked already.
      if (held.sentTo === from) remain(turn, held, from, message.primary, item.reason);
      return undefined;
    case 'index':
      return undefined;
    default:
      return unreachable(item);
  }
}

/** The request has no outcome yet, or never will have. */
function remain(turn: Turn, held: Held, from: NodeId, primary: NodeId | undefined, reason: Unserved): void {
  const { group } = held.call;
  switch (reason) {
    case 'not-primary': {
      // A primary that is not sure of its quorum says so of itself, and may be sure again in a moment.
      if (primary !== from) setGroupRoute(turn, group, lost(knownGroupRoute(turn, group), from));
      const elsewhere = wantsPrimary(turn.draft.fixed, held) && knownGroupRoute(turn, group).primary !== from;
      return elsewhere ? dispatch(turn, held) : backOff(turn, held);
    }
    case 'busy':
    case 'behind':
      return backOff(turn, held);
    case 'malformed':
    case 'early':
    case 'other-history':
    case 'expired':
    case 'reused': {
      note(turn, { type: 'unserved', reason });
      const headers = headersOf(held, turn.draft.fixed.groups);
      return respond(turn, held.errand.id, refuse(turn.draft.fixed.refusal, refusalOf(reason), headers));
    }
    default:
      return unreachable(reason);
  }
}

/** Reads that an overtaken replica has answered are read elsewhere; what waits for the primary has left for the new one. */
function leaveUnanswered(turn: Turn, from: NodeId, message: Replies): void {
  for (const { id } of message.items) {
    const held = waitingFor(turn, id);
    if (held?.sentTo === from) backOff(turn, held);
  }
}

/** The request that waits for the reply `id`; undefined when it has been answered, or has gone on since. */
function waitingFor(turn: Turn, id: string): Held | undefined {
  const held = turn.draft.held.get(Number(id.slice(0, id.indexOf('.'))));
  return held?.callId === id ? held : undefined;
}

function tokensAfter(
  tokens: TokenVector,
  held: Held,
  { historyId }: Replies,
  { index, rests }: Extract<Reply, { readonly type: 'done' }>,
): TokenVector {
  const own = withToken(tokens, held.call.group, { historyId, index });
  // Groups of one cluster begin their histories together; only an index of the other group comes back from it.
  return rests.reduce(
    (all, rest) =>
      withToken(all, rest.group, { historyId: all[rest.group]?.historyId ?? historyId, index: rest.index }),
    own,
  );
}
