import { assert, unreachable } from '../model/assert.ts';
import { type Configuration, isOneVoteApart } from '../model/configuration.ts';
import type { ConfigurationChange } from '../model/effects.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationIndex, configurationOfLog, type Log } from '../model/log.ts';
import { hearsLiveQuorum, hearsQuorum } from './check-quorum.ts';
import { readmittedAfter } from './peer-progress.ts';
import { freshProgress, propose } from './primary-log.ts';
import type { PrimaryState, Progress } from './primary-state.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/** A change from one configuration to the next: at most one vote. */
export interface Change {
  readonly what: ConfigurationChange;
  readonly nodeId: NodeId;
  readonly configuration: Configuration;
}

/**
 * The newest configuration and an entry of this epoch must be safe first, or two overlapping changes could elect two
 * primaries.
 */
export function mayPropose(turn: ReplicaTurn, leading: PrimaryState): boolean {
  return planted(turn, 'overlaps-configuration-changes') || isSettled(turn.draft.log, leading);
}

/** Whether the newest configuration and an entry of this epoch are safe (PROTOCOL §5.2). */
export function isSettled(log: Log, { first, raftCommit }: PrimaryState): boolean {
  return raftCommit >= first && raftCommit >= configurationIndex(log);
}

/**
 * Whether a quorum of `configuration` is heard. A configuration counts once appended, so one without a quorum would end
 * this primary and let no other be elected. With B's disk stuck and the witness dead, A and B continue; A and the dead
 * witness alone could not even vote. A peer counts as silent that has not answered in this epoch yet, although a new
 * primary gives every peer time to answer; that is suspected; or that was silent for `suspectAfter`. Otherwise a primary
 * could take the vote of one dead peer on the word of others that it suspects as well. `loser`: who loses a vote.
 */
export function canServe(
  turn: ReplicaTurn,
  leading: PrimaryState,
  configuration: Configuration,
  loser?: NodeId,
): boolean {
  const { settings } = turn.hosted;
  const answered = Object.entries(leading.progress).filter(([, { beat, match }]) => beat > 0 || match > 0);
  const known = { ...leading, progress: Object.fromEntries(answered) };
  if (planted(turn, 'changes-votes-on-word-of-suspects'))
    return hearsQuorum(turn, known, settings.quorumWithin, configuration);
  const within = loser === undefined ? settings.suspectAfter : evidenceWithin(turn, leading, loser);
  return hearsLiveQuorum(turn, known, { ...settings, suspectAfter: within }, configuration);
}

/**
 * Within how many milliseconds a quorum must have been heard for `loser` to lose a vote: where that one is suspected, or
 * silent for `suspectAfter`, within half its silence. Several that die at once have been silent equally long, and no vote
 * is taken on the word of the dead.
 */
function evidenceWithin(turn: ReplicaTurn, leading: PrimaryState, loser: NodeId): number {
  const { suspectAfter } = turn.hosted.settings;
  const { millis } = turn.now;
  const silence = millis - (leading.progress[loser]?.heardAt ?? millis);
  const isSilent = silence >= suspectAfter || turn.draft.election.suspected.includes(loser);
  if (!isSilent || planted(turn, 'takes-vote-on-word-as-old')) return suspectAfter;
  return Math.min(suspectAfter, silence / 2);
}

/** Proposes the change, which counts from now on. */
export function change(turn: ReplicaTurn, leading: PrimaryState, { what, nodeId, configuration }: Change): void {
  const { draft } = turn;
  assert(isOneVoteApart(configurationOfLog(draft.log), configuration), 'a change is of one vote');
  note(turn, { type: 'proposes', change: what, nodeId, configuration });
  const { [nodeId]: known, ...others } = leading.progress;
  if (what === 'remove' && known !== undefined && known.flaps > 0) {
    note(turn, { type: 'waits-for-vote', nodeId, returns: known.flaps, millis: readmittedAfter(turn, known) });
  }
  const progress = progressAfter(turn, what, known);
  draft.leading = { ...leading, progress: progress === undefined ? others : { ...others, [nodeId]: progress } };
  propose(turn, draft.leading, [{ type: 'configuration', configuration }]);
}

/**
 * The progress record of a peer after the change. A dropped peer's is deleted: its next disk would inherit the match of
 * its last one.
 */
function progressAfter(
  turn: ReplicaTurn,
  what: ConfigurationChange,
  known: Progress | undefined,
): Progress | undefined {
  switch (what) {
    case 'drop':
      return undefined;
    case 'admit':
      return { ...freshProgress(turn, turn.now.millis), isNew: true };
    case 'give':
    case 'take':
      return known;
    case 'readmit':
      return known && { ...known, flaps: known.flaps + 1, steadySince: undefined, laggingSince: undefined };
    case 'remove':
      return known && { ...known, isNew: false, steadySince: undefined, laggingSince: undefined, slowSince: undefined };
    case 'promote':
      return known && { ...known, isNew: false, steadySince: undefined, laggingSince: undefined };
    default:
      return unreachable(what);
  }
}
