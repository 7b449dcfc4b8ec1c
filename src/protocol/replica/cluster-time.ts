import { type HeardWall, primaryTime, type TimeAnchor, timeAt, type TimeReport } from '../model/clocks.ts';
import type { Configuration } from '../model/configuration.ts';
import type { LogBase } from '../model/entry.ts';
import { type Epoch, type LogEnd, type NodeId, sameEpoch } from '../model/epoch.ts';
import { configurationOfLog, tail } from '../model/log.ts';
import { majorityMatch } from '../model/quorum.ts';
import type { PrimaryState } from './primary-state.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/*
 * Cluster time (PROTOCOL §7.8): what entries are stamped with. It goes on from the last entry by time that is known to
 * have passed since, by monotonic clocks; wall clocks are asked only where processes have restarted, and for the date,
 * towards which it runs by rate. So no wall clock moves it by a jump, and between two entries of a log it never runs
 * faster than real time, but for drift and `CATCHES_UP`.
 */

/** The share by which a primary's clock runs faster or slower to catch up with the date. */
const CATCHES_UP = 1 / 1_000;

/** An outage longer than this is not believed on the word of wall clocks: time ahead can never be taken back. */
export const OUTAGE_AT_MOST = 86_400_000;

/**
 * The estimate of a process that starts: it reads how long ago its disk got the newest entry off its own wall clock. An
 * older release told the disk no wall clock, and stamped entries with one.
 */
export function anchorAtStart(turn: ReplicaTurn, wallAtWriting: number | undefined): TimeAnchor | undefined {
  const { draft, now } = turn;
  const last = tail(draft.log);
  if (last.index === 0) return undefined;
  const since = planted(turn, 'measures-outage-against-stamps') ? last.wall : (wallAtWriting ?? last.wall);
  return { epoch: last.epoch, time: last.wall + Math.max(0, now.wall - since), at: now.millis, isMeasured: false };
}

/**
 * The log ends at `last` now, written by a primary: the anchor follows, even if that puts it back. Otherwise a fast clock
 * of this node would add to what earlier entries had it measure.
 */
export function anchorTo(turn: ReplicaTurn, last: LogBase): void {
  const { draft, now } = turn;
  const { anchor } = draft;
  const keeps = planted(turn, 'keeps-time-of-earlier-tenure');
  const time = keeps && anchor !== undefined ? Math.max(timeAt(anchor, now.millis), last.wall) : last.wall;
  draft.anchor = { epoch: last.epoch, time, at: now.millis, isMeasured: true };
}

/** A heartbeat of the epoch of the own newest entry may bring the anchor forward. */
export function hearTime(turn: ReplicaTurn, epoch: Epoch, time: number | undefined): void {
  const { draft, now } = turn;
  const { anchor } = draft;
  if (anchor === undefined || time === undefined) return;
  if (!sameEpoch(anchor.epoch, epoch) && !planted(turn, 'follows-time-of-another-epoch')) return;
  const known = anchor.isMeasured ? timeAt(anchor, now.millis) : time;
  draft.anchor = { epoch: anchor.epoch, time: Math.max(known, time), at: now.millis, isMeasured: true };
}

/** What this replica says of the time to a candidate whose log ends at `end`. */
export function timeReport(turn: ReplicaTurn, end: LogEnd): TimeReport {
  const { draft, now } = turn;
  const { anchor } = draft;
  const { epoch, index } = tail(draft.log);
  const isWrong = planted(turn, 'reports-time-of-earlier-epoch');
  if (anchor === undefined || !(sameEpoch(epoch, end.epoch) || isWrong)) return { wall: now.wall };
  return { time: timeAt(anchor, now.millis), since: isWrong ? end.index : index, wall: now.wall };
}

/**
 * The time at which a tenure begins: the latest of the last entry's, the own anchor if this process has measured it, and
 * what voters with more than half of all votes believe has been reached. Decided once, before the no-op is stamped.
 *
 * A voter without the candidate's last entry is believed no further than the candidate itself: the primary's clock may
 * have stood still between that entry and earlier ones, and time measured since those would catch it up.
 */
export function timeOfElection(turn: ReplicaTurn, reports: Readonly<Record<NodeId, TimeReport>>): number {
  const { draft, now } = turn;
  const configuration = configurationOfLog(draft.log);
  const wallOf = (nodeId: NodeId): number => reports[nodeId]?.wall ?? Number.NEGATIVE_INFINITY;
  if (planted(turn, 'stamps-by-own-wall')) return now.wall;
  if (planted(turn, 'begins-at-quorum-wall')) return majorityMatch(configuration, wallOf);
  const last = tail(draft.log);
  // The first election of a history: no time has been given out yet.
  if (last.index === 0) {
    const date = majorityMatch(configuration, wallOf);
    return Number.isFinite(date) ? date : now.wall;
  }
  const { anchor } = draft;
  const estimate = anchor === undefined ? last.wall : timeAt(anchor, now.millis);
  const timeOf = (nodeId: NodeId): number => {
    const { time = Number.NEGATIVE_INFINITY, since } = reports[nodeId] ?? {};
    const isOfLast = since === last.index || planted(turn, 'believes-time-since-earlier-entries');
    return isOfLast ? time : Math.min(time, estimate);
  };
  const believed = planted(turn, 'believes-highest-time')
    ? Math.max(...Object.keys(reports).map(timeOf))
    : majorityMatch(configuration, timeOf);
  const own = anchor?.isMeasured === true ? estimate : last.wall;
  return Math.max(last.wall, own, believed - last.wall > OUTAGE_AT_MOST ? last.wall : believed);
}

/** This replica's idea of the time now; undefined before the first entry. */
export function clusterTime({ draft, now }: Pick<ReplicaTurn, 'draft' | 'now'>): number | undefined {
  if (draft.leading !== undefined) return Math.floor(primaryTime(draft.leading, now.millis));
  return draft.anchor === undefined ? undefined : Math.floor(timeAt(draft.anchor, now.millis));
}

/**
 * The primary's clock, steered towards the date: the quorum-th highest wall clock of all votes, or the quorum-th lowest
 * when it is ahead. A wrong minority steers it nowhere beyond the others. `date`: the former, for the members.
 */
export function steered(turn: ReplicaTurn, leading: PrimaryState): Pick<PrimaryState, 'clock' | 'date'> {
  const { draft, now } = turn;
  const configuration = configurationOfLog(draft.log);
  const time = primaryTime(leading, now.millis);
  const highest = quorumWall(turn, leading, configuration, 1);
  const lowest = -quorumWall(turn, leading, configuration, -1);
  const rate = time < highest ? CATCHES_UP : time > lowest ? -CATCHES_UP : 0;
  const date = Number.isFinite(highest) ? { wall: highest, at: now.millis } : undefined;
  return { clock: { time, at: now.millis, rate }, date };
}

/** A late report, once the no-op is stamped, speaks of an older anchor. Only a planted bug uses it. */
export function raiseLate(turn: ReplicaTurn, report: TimeReport): void {
  const { draft, now } = turn;
  const { leading } = draft;
  if (leading === undefined || report.time === undefined || !planted(turn, 'raises-time-after-noop')) return;
  const time = Math.max(primaryTime(leading, now.millis), report.time);
  draft.leading = { ...leading, clock: { ...leading.clock, time, at: now.millis } };
}

/**
 * Notes when this node's wall clock begins to differ from the date that most clocks show, by more than a quarter of the
 * margin, and when it no longer does.
 */
export function compareWithDate(turn: ReplicaTurn, date: HeardWall | undefined): void {
  const { draft, now, hosted } = turn;
  draft.date = date;
  if (date === undefined) return;
  const byMillis = Math.round(now.wall - (date.wall + now.millis - date.at));
  const isWrong = Math.abs(byMillis) > hosted.settings.dedupeMargin / 4;
  if (isWrong === draft.isClockWrong) return;
  draft.isClockWrong = isWrong;
  note(turn, { type: 'clock-differs', byMillis, isWrong });
}

/** The highest (`sign` 1) or lowest (`sign` −1) wall clock time, with that sign, that a quorum of votes has reached. */
function quorumWall(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration, sign: 1 | -1): number {
  const { draft, now } = turn;
  return majorityMatch(configuration, (nodeId) => {
    if (nodeId === draft.identity.nodeId) return sign * now.wall;
    const heard = leading.progress[nodeId]?.wall;
    return heard === undefined ? Number.NEGATIVE_INFINITY : sign * (heard.wall + now.millis - heard.at);
  });
}
