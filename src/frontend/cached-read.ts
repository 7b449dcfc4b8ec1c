import type { Decided } from '../protocol/model/app.ts';
import type { Token } from '../protocol/model/messages.ts';
import type { RoutePlan } from '../service/service.ts';
import type { ClientRequest } from './admit.ts';
import { fill, type Found, look } from './cache.ts';
import type { Fixed, PendingRequest } from './state.ts';
import { type TokenVector, withToken } from './tokens.ts';
import { type FrontEndTurn, note } from './turn.ts';
import { wantWatch } from './watch.ts';

type Read = Extract<RoutePlan, { readonly type: 'read' }>;

/** The cache key of a plan's outcome; undefined where it must come from a replica. */
export function cacheKeyOf(fixed: Fixed, clientRequest: ClientRequest, plan: RoutePlan): string | undefined {
  return fixed.settings.cacheSize === 0 ? undefined : keyNamed(clientRequest, plan);
}

/** The same for a front end that has a cache. */
export function keyNamed({ mode }: Pick<ClientRequest, 'mode'>, plan: RoutePlan): string | undefined {
  return plan.type !== 'read' || plan.fresh === true || plan.list === true || mode === 'linearizable'
    ? undefined
    : plan.cache;
}

/**
 * Looks a read up in the cache. The item must not be behind the client's token, nor behind what this front end has
 * answered before. A hit is an answer, so it counts as seen.
 */
export function find(
  turn: FrontEndTurn,
  clientRequest: ClientRequest,
  tokens: TokenVector,
  { group }: Read,
  key: string,
): Found {
  const { draft, now } = turn;
  const demand = {
    seen: [tokens[group], draft.seen[group]],
    confirmedSince: now.millis - draft.fixed.settings.cacheFor,
  };
  const [cache, found] = look(draft.cache, group, key, demand);
  draft.cache = cache;
  if (found.type === 'hit') {
    draft.seen = withToken(draft.seen, group, found.token);
    note(turn, { type: 'cache-hit', group });
  } else {
    if (found.isUnconfirmed) note(turn, { type: 'cache-unconfirmed', group });
    wantWatch(turn, group, clientRequest.nonce);
  }
  return found;
}

/** Caches a replica's answer, if its plan allows it. */
export function keep(
  turn: FrontEndTurn,
  { call, clientRequest }: PendingRequest,
  outcome: Decided,
  { historyId, index }: Token,
): void {
  const { draft } = turn;
  const { fixed } = draft;
  const key = cacheKeyOf(fixed, clientRequest, call);
  if (key === undefined) return;
  const { group } = call;
  const before = draft.cache.evictions;
  const item = { group, key, outcome, index };
  const [cache, how] = fill(
    draft.cache,
    fixed.settings.cacheSize,
    item,
    historyId,
    fixed.planted.has('fills-cache-after-invalidation'),
  );
  draft.cache = cache;
  if (how === 'late') note(turn, { type: 'cache-late', group });
  if (cache.evictions > before) note(turn, { type: 'cache-evicts', group });
}
