import { type Address, FRONT_END } from '../model/address.ts';
import { codeOf } from '../model/app-versions.ts';
import { invalidatedBetween } from '../model/invalidated-keys.ts';
import type { Machine } from '../model/machine.ts';
import type { Message } from '../model/messages.ts';
import type { PrimaryState, Requester } from './primary-state.ts';
import { type ReplicaTurn, sending } from './turn.ts';

// The primary's side of front-end caches (PROTOCOL §10.5). It promises nothing and stores nothing durable: a front end
// accepts only what continues what it knows, and asks again for what it has missed.

type Watch = Extract<Message, { readonly type: 'watch' }>;

/**
 * Records the watcher, and answers after a heartbeat round that proves that this was the primary after the question
 * arrived: the answer covers every outcome acknowledged before it was asked.
 */
export function takeWatch(turn: ReplicaTurn, leading: PrimaryState, address: Address, { id, from }: Watch): void {
  if (address.unit !== FRONT_END) return;
  const { node } = address;
  const others = leading.watchers.filter((watcher) => watcher.node !== node);
  // A later question of the same front end replaces one that waits: the answer is the same for both.
  const nextRound = leading.nextRound.filter(
    ({ type, requester }) => type !== 'watch' || requester.address.node !== node,
  );
  turn.draft.leading = {
    ...leading,
    watchers: [...others, { node, heardAt: turn.now.millis }],
    nextRound: [...nextRound, { type: 'watch', requester: { address, id }, from }],
  };
}

/** Answers what has changed since `from`, as far as the log reaches. */
export function answerWatch(turn: ReplicaTurn, { address, id }: Requester, from: number): void {
  const { commit, log, leading, machine } = turn.draft;
  if (leading === undefined || machine === undefined) return;
  const since = Math.min(from, commit);
  const keys = invalidatedBetween(codeOf(turn.hosted.app, machine.version), log, since, commit, undefined);
  turn.effects.push(sending(address, changed(turn, leading, since, keys, id)));
}

/**
 * Tells watchers that entries after `from` have become visible, before any client is told their outcome: the replies of
 * a step leave at its end. `before` is the machine at `from`.
 */
export function tellWatchers(turn: ReplicaTurn, before: Machine | undefined, from: number): void {
  const { draft, hosted, now } = turn;
  const { leading, log, commit, machine } = draft;
  if (leading === undefined || draft.diverged !== undefined || machine === undefined || leading.watchers.length === 0)
    return;
  const watchers = leading.watchers.filter(({ heardAt }) => now.millis - heardAt <= hosted.settings.witnessAfter);
  if (watchers.length < leading.watchers.length) draft.leading = { ...leading, watchers };
  const code = codeOf(hosted.app, machine.version);
  const message = changed(turn, leading, from, invalidatedBetween(code, log, from, commit, before), undefined);
  for (const { node } of watchers) turn.effects.push(sending({ node, unit: FRONT_END }, message));
}

function changed(
  turn: ReplicaTurn,
  { epoch }: PrimaryState,
  from: number,
  keys: readonly string[] | undefined,
  answers: string | undefined,
): Message {
  const { commit, identity } = turn.draft;
  const { nodeId: primary, historyId } = identity;
  return { type: 'changed', epoch, primary, historyId, from, to: commit, keys, answers };
}
