import type { GroupName } from '../protocol/model/app.ts';
import { sameEpoch } from '../protocol/model/epoch.ts';
import type { Message } from '../protocol/model/messages.ts';
import { change, extentOf } from './cache.ts';
import type { FrontEnd, Watch } from './state.ts';
import { type FrontEndTurn, note, send } from './turn.ts';

/*
 * Watches (PROTOCOL §10.5): a front end that caches answers of a group asks its primary for changes. It does so before
 * the first answer is cached, after a change of primary, after a gap, and every `watchEvery` after that. It asks
 * nothing while nothing is cached, or in a service without cached routes.
 */

type Changed = Extract<Message, { readonly type: 'changed' }>;

/**
 * Begins a watch before an answer of `group` is cached. `name` is unique per process: answers to an earlier one are
 * ignored.
 */
export function wantWatch(turn: FrontEndTurn, group: GroupName, name: string): void {
  const { draft } = turn;
  draft.watchName ??= name;
  const watch = draft.watches[group];
  if (watch?.isWanted === true) return;
  const { epoch, askedAt, from } = watch ?? {
    epoch: turn.draft.groupRoutes[group]?.epoch,
    askedAt: undefined,
    from: 0,
  };
  if (epoch !== undefined) setWatch(turn, group, { epoch, askedAt, from, isWanted: true });
}

/** When to ask the primary of `group` next, in milliseconds of the node's clock (0: at once); undefined: never. */
export function watchDueAt(frontEnd: FrontEnd, group: GroupName): number | undefined {
  const { cache, groupRoutes, fixed, isDraining, watches } = frontEnd;
  const watch = watches[group];
  const groupRoute = groupRoutes[group];
  if (watch === undefined || groupRoute?.primary === undefined || isDraining) return undefined;
  if (extentOf(cache, group).kept === 0 && !watch.isWanted) return undefined;
  if (watch.askedAt === undefined || !sameEpoch(watch.epoch, groupRoute.epoch)) return 0;
  return watch.askedAt + fixed.settings.watchEvery;
}

/** Sends the watches that are due. */
export function keepWatch(turn: FrontEndTurn): void {
  const { draft, now } = turn;
  if (draft.watchName === undefined) return;
  for (const group of draft.fixed.groups) {
    const groupRoute = draft.groupRoutes[group];
    const dueAt = watchDueAt(draft, group);
    if (dueAt === undefined || dueAt > now.millis || groupRoute?.primary === undefined) continue;
    const { through, kept } = extentOf(draft.cache, group);
    // Without items, changes before what this front end has answered are of no use.
    const from = kept === 0 ? Math.max(through, draft.seen[group]?.index ?? 0) : through;
    send(turn, groupRoute.primary, group, { type: 'watch', id: `${now.millis}:${draft.watchName}`, from });
    setWatch(turn, group, { epoch: groupRoute.epoch, askedAt: now.millis, from, isWanted: false });
  }
}

/** Takes a primary's `changed`. */
export function hearChanged(turn: FrontEndTurn, group: GroupName, message: Changed): void {
  const { draft, now } = turn;
  const { historyId, from, to, keys, answers } = message;
  // No watch was sent: the message is for an earlier process of this node.
  if (draft.watchName === undefined) return;
  const askedAt = answers === undefined ? undefined : askedAtOf(answers, draft.watchName, now.millis);
  const before = draft.cache.invalidations;
  const [cache, how] = change(draft.cache, group, { historyId, from, to, keys, askedAt });
  draft.cache = cache;
  const dropped = cache.invalidations - before;
  if (dropped > 0) note(turn, { type: 'cache-drops', group, dropped });
  if (how === 'gap') askAgain(turn, group, from);
}

/** After a gap, asks the primary again, unless a question from the same index is under way. */
function askAgain(turn: FrontEndTurn, group: GroupName, from: number): void {
  const { draft, now } = turn;
  const { through } = extentOf(draft.cache, group);
  note(turn, { type: 'cache-gap', group, through, from });
  const watch = draft.watches[group];
  if (watch?.askedAt === undefined) return;
  const isAsked = watch.from === through && now.millis < watch.askedAt + draft.fixed.settings.watchEvery;
  if (!isAsked) setWatch(turn, group, { ...watch, askedAt: undefined });
}

/** When this process sent the question `id`; undefined for one of another process. */
function askedAtOf(id: string, name: string, millis: number): number | undefined {
  const mark = id.indexOf(':');
  const at = Number(id.slice(0, mark));
  return id.slice(mark + 1) === name && at <= millis ? at : undefined;
}

function setWatch(turn: FrontEndTurn, group: GroupName, watch: Watch): void {
  turn.draft.watches = { ...turn.draft.watches, [group]: watch };
}
