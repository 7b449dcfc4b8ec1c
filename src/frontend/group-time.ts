import type { GroupName } from '../protocol/model/app.ts';
import { timeAt } from '../protocol/model/clocks.ts';
import { type NodeId, sameEpoch } from '../protocol/model/epoch.ts';
import type { Message } from '../protocol/model/messages.ts';
import { type FrontEndTurn, knownGroupRoute } from './turn.ts';

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

type Told = Pick<Extract<Message, { readonly type: 'located' }>, 'epoch' | 'primary' | 'time'>;

/** The cluster time of a group now; undefined before its primary has told it. */
export function timeOf(turn: FrontEndTurn, group: GroupName): number | undefined {
  const known = Object.hasOwn(turn.draft.times, group) ? turn.draft.times[group] : undefined;
  return known === undefined ? undefined : Math.floor(timeAt(known, turn.now.millis));
}
