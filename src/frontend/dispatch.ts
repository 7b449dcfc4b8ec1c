import type { GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { nextServer, silenced } from '../protocol/model/group-route.ts';
import type { Request } from '../protocol/model/messages.ts';
import { anotherUuid } from './request-uuid.ts';
import { giveUp, headersOf } from './respond.ts';
import { type Fixed, type Held, modeOf, waiting, wantsPrimary } from './state.ts';
import { atLeast, type TokenVector } from './tokens.ts';
import { hold, knownGroupRoute, note, post, respond, setGroupRoute, takeDue, type Turn } from './turn.ts';

/** Sends the call that `held` waits for to whoever can serve it, or holds it until the primary is known. */
export function dispatch(turn: Turn, held: Held): void {
  const { now, draft } = turn;
  const { group } = held.call;
  const target = targetOf(turn, held);
  if (target === undefined) {
    turn.awaited.add(group);
    return hold(turn, waiting(held, undefined, held.attempts, held.expiresAt));
  }
  if (held.attempts > 0 && held.call.type === 'write') {
    note(turn, { type: 'retries', group, uuid: held.errand.uuid, to: target });
  }
  post(turn, target, group, itemOf(draft.fixed, draft.seen, held));
  const dueAt = Math.min(held.expiresAt, now.millis + draft.fixed.settings.retryAfter);
  hold(turn, waiting(held, target, held.attempts + 1, dueAt));
}

/** Sends it again a little later, and each time after twice as long: whoever was asked has enough to do as it is. */
export function backOff(turn: Turn, held: Held): void {
  const { locateEvery, retryAfter } = turn.draft.fixed.settings;
  const doubled = locateEvery * (1 << Math.min(Math.max(0, held.attempts - 1), 16));
  const dueAt = Math.min(held.expiresAt, turn.now.millis + Math.min(retryAfter, doubled));
  hold(turn, waiting(held, undefined, held.attempts, dueAt));
}

/** Every request whose time has come is given up or sent again; each by itself, so there is no storm of them. */
export function redeem(turn: Turn): void {
  const { draft, now } = turn;
  for (let held = takeDue(turn, now.millis); held !== undefined; held = takeDue(turn, now.millis)) {
    const { call, errand, expiresAt, sentTo, writes } = held;
    if (expiresAt <= now.millis) {
      if (call.type === 'write') note(turn, { type: 'gives-up', group: call.group, uuid: errand.uuid });
      const headers = headersOf(held, draft.fixed.groups);
      respond(turn, errand.id, giveUp(draft.fixed.refusal, errand, writes, headers));
    } else {
      if (sentTo !== undefined) setGroupRoute(turn, call.group, silenced(knownGroupRoute(turn, call.group), sentTo));
      dispatch(turn, held);
    }
  }
}

/** What waits for a primary that was found in this step leaves, oldest request first. */
export function release(turn: Turn): void {
  if (turn.found.size === 0) return;
  const { draft } = turn;
  const leaving = draft.held
    .valueSeq()
    .filter((held) => turn.found.has(held.call.group) && wantsPrimary(draft.fixed, held))
    .filter((held) => held.sentTo !== knownGroupRoute(turn, held.call.group).primary)
    .toArray();
  for (const held of inOrder(leaving)) dispatch(turn, held);
}

/** Reads in flight to a node that is suspected, or serves `group` no more, go to the next one. */
export function redirect(turn: Turn, nodeId: NodeId, group?: GroupName): void {
  const { draft } = turn;
  const stranded = draft.held
    .valueSeq()
    .filter((held) => held.sentTo === nodeId && !wantsPrimary(draft.fixed, held))
    .filter((held) => group === undefined || held.call.group === group)
    .toArray();
  for (const held of inOrder(stranded)) dispatch(turn, held);
}

function targetOf(turn: Turn, held: Held): NodeId | undefined {
  const groupRoute = knownGroupRoute(turn, held.call.group);
  const { home } = turn.draft.fixed;
  if (wantsPrimary(turn.draft.fixed, held)) return groupRoute.primary;
  // Whoever asks a data server wants to know what that one has. Where it has too little to say, the others take turns.
  if (home !== undefined && held.attempts === 0 && groupRoute.servers.includes(home)) return home;
  const [target, turned] = nextServer(groupRoute);
  setGroupRoute(turn, held.call.group, turned);
  return target;
}

function itemOf(fixed: Fixed, seen: TokenVector, held: Held): Request {
  const { call, callId: id, errand, attempts, tokens } = held;
  if (call.type === 'write') {
    const uuid = attempts > 0 && fixed.planted.has('M30') ? anotherUuid(errand.uuid, attempts) : errand.uuid;
    return { type: 'write', id, uuid, issuedAt: errand.issuedAt, command: call.command };
  }
  const mode = modeOf(held);
  // A linearizable read has seen all there is; the client's token only says which history it believes in.
  const token = mode === 'session' ? atLeast(tokens[call.group], seen[call.group]) : tokens[call.group];
  const isForgotten = attempts > 0 && fixed.planted.has('M23');
  return { type: 'read', id, query: call.query, mode, token: isForgotten ? undefined : token };
}

function inOrder(requests: readonly Held[]): readonly Held[] {
  return [...requests].sort((a, b) => a.errand.id - b.errand.id);
}
