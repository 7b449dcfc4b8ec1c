import { primaryTime } from '../model/clocks.ts';
import { type Configuration, hasQuorum } from '../model/configuration.ts';
import type { Moment } from '../model/effects.ts';
import { NO_EPOCH, type NodeId } from '../model/epoch.ts';
import { configurationOfLog } from '../model/log.ts';
import type { Settings } from '../model/settings.ts';
import type { PrimaryState, Progress } from './primary-state.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn, reply } from './turn.ts';

/** What is asked of a replica, in a turn or outside of one. */
interface Observation {
  readonly draft: Pick<Replica, 'log' | 'identity' | 'election'>;
  readonly now: Pick<Moment, 'millis'>;
}

/**
 * Whether a quorum of votes was heard within the last `within` milliseconds (PROTOCOL §3.8, CheckQuorum): of the newest
 * configuration, or of `configuration`. `counts`: the peers that count if they were heard.
 */
export function hearsQuorum(
  { draft, now }: Observation,
  { progress }: PrimaryState,
  within: number,
  configuration: Configuration = configurationOfLog(draft.log),
  counts: (peer: NodeId) => boolean = () => true,
): boolean {
  return hasQuorum(configuration, ({ nodeId }) => {
    if (nodeId === draft.identity.nodeId) return true;
    const peer = progress[nodeId];
    return peer !== undefined && now.millis - peer.heardAt <= within && counts(nodeId);
  });
}

/**
 * Whether what begins now can come to be safe: a quorum of votes was heard within `suspectAfter` and `quorumWithin`, and
 * is not suspected. A hint counts for nothing, so neither does a peer that one calls dead (PROTOCOL §3.8, §5.4).
 */
export function hearsLiveQuorum(
  turn: Observation,
  leading: PrimaryState,
  { suspectAfter, quorumWithin }: Pick<Settings, 'suspectAfter' | 'quorumWithin'>,
  configuration?: Configuration,
): boolean {
  const { suspected } = turn.draft.election;
  const within = Math.min(suspectAfter, quorumWithin);
  return hearsQuorum(turn, leading, within, configuration, (peer) => !suspected.includes(peer));
}

/**
 * Steps down, if this is the primary. Requesters are told to ask elsewhere with the same uuid: their requests may still
 * take effect.
 */
export function stepDown(turn: ReplicaTurn, reason: 'outdated' | 'no-quorum' | 'stalled' | 'handed-over'): void {
  const { draft } = turn;
  const { leading } = draft;
  if (leading === undefined) return;
  draft.anchor = {
    epoch: leading.epoch,
    time: primaryTime(leading, turn.now.millis),
    at: turn.now.millis,
    isMeasured: true,
  };
  draft.leading = undefined;
  if (planted(turn, 'forgets-promise-when-stepping-down')) draft.promised = NO_EPOCH;
  draft.election = { ...draft.election, primary: undefined, heardAt: undefined };
  note(turn, { type: 'steps-down', epoch: leading.epoch, reason });
  const requesters = [
    ...leading.pending.valueSeq().flatMap((pending) => pending.requesters),
    ...leading.called.valueSeq().flatMap((called) => called),
    ...[...(leading.round?.reads ?? []), ...leading.nextRound].flatMap(({ type, requester }) =>
      type === 'watch' ? [] : [requester],
    ),
    ...(leading.transfer?.held ?? []).map(({ requester }) => requester),
  ];
  for (const requester of requesters)
    reply(turn, requester, { type: 'unserved', id: requester.id, reason: 'not-primary' });
}

/** Replaces the primary's progress record of one peer. */
export function update(turn: ReplicaTurn, leading: PrimaryState, nodeId: NodeId, progress: Progress): void {
  turn.draft.leading = { ...leading, progress: { ...leading.progress, [nodeId]: progress } };
}

/** Whether the peer is heard, but its disk has taken nothing for `stallFor`. */
export function isStalled(turn: ReplicaTurn, { stalledSince }: Progress): boolean {
  return stalledSince !== undefined && turn.now.millis - stalledSince >= turn.hosted.settings.stallFor;
}
