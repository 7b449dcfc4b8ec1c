import { Map } from 'immutable';
import { measure } from '../model/apply.ts';
import { members } from '../model/configuration.ts';
import type { Epoch, NodeId } from '../model/epoch.ts';
import { configurationOfLog, entriesBetween, lastIndex } from '../model/log.ts';
import { changePhase } from './follower.ts';
import { noteTrial } from './trial.ts';
import { judgeLastPrimary } from './penalties.ts';
import { beat, freshProgress, propose, sendOut } from './primary-log.ts';
import type { PendingWrite, Progress, Requester } from './primary-state.ts';
import { watchRoom } from './room.ts';
import { note, type ReplicaTurn } from './turn.ts';

/**
 * Becomes primary of `epoch`. Its first act is a no-op of that epoch: once it is committed, so is everything before it.
 * Its append announces the primary (the bully's COORDINATOR).
 * - `heard`: the voters that took part in the election.
 * - `time`: when the tenure begins, in cluster time.
 */
export function becomePrimary(turn: ReplicaTurn, epoch: Epoch, heard: readonly NodeId[], time: number): void {
  const { draft, now } = turn;
  const { nodeId: own } = draft.identity;
  const configuration = configurationOfLog(draft.log);
  const progress: Record<NodeId, Progress> = {};
  for (const { nodeId } of members(configuration)) {
    const isUnheard = nodeId !== own && !heard.includes(nodeId);
    progress[nodeId] = { ...freshProgress(turn, silentSince(turn, nodeId, heard)), isUnheard };
  }
  judgeLastPrimary(turn);
  changePhase(turn, { type: 'resting' });
  const lastPrimary = { primary: own, since: now.millis };
  draft.election = { ...draft.election, primary: own, heardAt: now.millis, standAt: undefined, lastPrimary };
  const pending = inheritedWrites(turn);
  draft.leading = {
    epoch,
    since: now.millis,
    clock: { time, at: now.millis, rate: 0 },
    date: undefined,
    first: lastIndex(draft.log) + 1,
    raftCommit: draft.commit,
    progress,
    beat: 0,
    beatAt: now.millis,
    pending,
    pendingSize: pending.reduce((sum, { size }) => sum + size, 0),
    isReadOnly: false,
    called: Map<string, readonly Requester[]>(),
    round: undefined,
    nextRound: [],
    watchers: [],
    deliveries: {},
    transfer: undefined,
    transferAgainAt: now.millis,
    compared: undefined,
    trying: undefined,
    tried: undefined,
  };
  // Its own vote has left behind all earlier disk writes.
  draft.unsaved = undefined;
  note(turn, { type: 'elected', epoch });
  noteTrial(turn);
  watchRoom(turn);
  propose(turn, draft.leading, [{ type: 'noop' }]);
  sendOut(turn, draft.leading);
  beat(turn, draft.leading);
}

/**
 * The time from which a peer counts as silent. A node that a hint calls dead, such as the old primary, has been silent
 * for `removeAfter` unless it took part in this election; any other peer counts as heard now.
 */
function silentSince(turn: ReplicaTurn, nodeId: NodeId, heard: readonly NodeId[]): number {
  const { draft, now, hosted } = turn;
  if (nodeId === draft.identity.nodeId || heard.includes(nodeId)) return now.millis;
  const isSuspect = draft.election.suspected.includes(nodeId);
  return isSuspect ? now.millis - hosted.settings.removeAfter : now.millis;
}

/** Pending writes of earlier epochs, in the log and not yet applied: a retry attaches to them. */
function inheritedWrites(turn: ReplicaTurn): Map<string, PendingWrite> {
  const { draft } = turn;
  return Map<string, PendingWrite>().withMutations((pending) => {
    for (const { body } of entriesBetween(draft.log, draft.commit + 1, lastIndex(draft.log))) {
      if (body.type === 'write') pending.set(body.uuid, { ...measure(body.command), requesters: [] });
    }
  });
}
