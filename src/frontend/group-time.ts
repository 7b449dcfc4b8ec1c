import type { GroupName } from '../protocol/model/app.ts';
import { timeAt } from '../protocol/model/clocks.ts';
import { type NodeId, sameEpoch } from '../protocol/model/epoch.ts';
import type { Message } from '../protocol/model/messages.ts';
import { type FrontEndTurn, knownGroupRoute, note } from './turn.ts';

/**
 * A server tells the time (PROTOCOL §7.8).
 * - It counts in the epoch of the known primary alone: an epoch beyond all elections may bring any time along.
 * - Within a tenure the latest word of the primary counts, since a message may have been on its way for long.
 * - A newer tenure replaces it, even with an earlier time.
 * - Before the primary has told it, the first belief of another server serves; the first word of the primary replaces it.
 */
export function hearTime(turn: FrontEndTurn, group: GroupName, { epoch, primary, time }: Told, from: NodeId): void {
  if (time === undefined || !sameEpoch(epoch, knownGroupRoute(turn, group).epoch)) return;
  const { draft, now } = turn;
  const known = draft.times[group];
  const isHearsay = primary !== from;
  if (known !== undefined) {
    if (isHearsay) return;
    if (!known.isHearsay && sameEpoch(epoch, known.epoch) && time <= timeAt(known, now.millis)) return;
  } else turn.found.add(group);
  draft.times = { ...draft.times, [group]: { epoch, time, at: now.millis, isHearsay } };
}

type Told = Pick<Extract<Message, { readonly type: 'located' }>, 'epoch' | 'primary' | 'time' | 'version'>;

/** The primary tells the version of its state, with its time (PROTOCOL §11.7). */
export function hearVersion(
  turn: FrontEndTurn,
  group: GroupName,
  { epoch, primary, time, version = 1 }: Told,
  from: NodeId,
): void {
  // A server that does not tell the time has heard no primary, or is none.
  if (time === undefined || primary !== from || !sameEpoch(epoch, knownGroupRoute(turn, group).epoch)) return;
  const { draft } = turn;
  const before = draft.versions[group] ?? 1;
  if (version === before) return;
  draft.versions = { ...draft.versions, [group]: version };
  const has = draft.fixed.newestCode[group] ?? 1;
  if (version > has) note(turn, { type: 'outdated-code', group, version, has });
}

/** The cluster time of a group now; undefined before its primary has told it. */
export function timeOf(turn: FrontEndTurn, group: GroupName): number | undefined {
  const known = Object.hasOwn(turn.draft.times, group) ? turn.draft.times[group] : undefined;
  return known === undefined ? undefined : Math.floor(timeAt(known, turn.now.millis));
}
