import type { GroupName } from '../protocol/model/app.ts';
import { timeAt } from '../protocol/model/clocks.ts';
import { compareEpochs, type Epoch } from '../protocol/model/epoch.ts';
import type { FrontEndTurn } from './turn.ts';

/**
 * The primary of `epoch` has told the time, or, before it has, another server what it believes. Within a tenure the latest counts, since a message may have been on its way
 * for long; a newer tenure replaces it, even with an earlier time (PROTOCOL §7.8).
 */
export function hearTime(turn: FrontEndTurn, group: GroupName, epoch: Epoch, time: number | undefined): void {
  if (time === undefined) return;
  const { draft, now } = turn;
  const known = draft.times[group];
  const order = known === undefined ? 1 : compareEpochs(epoch, known.epoch);
  if (known !== undefined && (order < 0 || (order === 0 && time <= timeAt(known, now.millis)))) return;
  if (known === undefined) turn.found.add(group);
  draft.times = { ...draft.times, [group]: { epoch, time, at: now.millis } };
}

/** The cluster time of a group now; undefined before its primary has told it. */
export function timeOf(turn: FrontEndTurn, group: GroupName): number | undefined {
  const known = Object.hasOwn(turn.draft.times, group) ? turn.draft.times[group] : undefined;
  return known === undefined ? undefined : Math.floor(timeAt(known, turn.now.millis));
}
