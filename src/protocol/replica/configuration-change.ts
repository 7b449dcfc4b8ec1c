import { assert, unreachable } from '../model/assert.ts';
import { type Configuration, isOneVoteApart } from '../model/configuration.ts';
import type { ConfigurationChange } from '../model/effects.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationIndex, configurationOfLog, type Log } from '../model/log.ts';
import { hearsQuorum } from './check-quorum.ts';
import { freshProgress, propose } from './primary-log.ts';
import type { PrimaryState, Progress } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/** A step from one configuration to the next: at most one vote. */
export interface Change {
  readonly what: ConfigurationChange;
  readonly nodeId: NodeId;
  readonly configuration: Configuration;
}

/** Both the newest configuration and an entry of this epoch must be safe first, or two changes could elect two. */
export function mayPropose(turn: ReplicaTurn, leading: PrimaryState): boolean {
  return planted(turn, 'overlaps-configuration-changes') || isSettled(turn.draft.log, leading);
}

/** Whether the newest configuration and an entry of this epoch are safe (PROTOCOL §5.2). */
export function isSettled(log: Log, { first, raftCommit }: PrimaryState): boolean {
  return raftCommit >= first && raftCommit >= configurationIndex(log);
}

/**
 * A configuration counts once it is appended, so one whose quorum is not heard would end this office and bring nobody else
 * into it: with B's disk stuck and the witness dead, A and B lead on; A and the dead witness alone could not even vote. Whoever
 * has not answered in this tenure yet is not heard: that a new primary gives everybody time to answer makes nobody alive.
 */
export function canServe(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): boolean {
  const answered = Object.entries(leading.progress).filter(([, { beat, match }]) => beat > 0 || match > 0);
  const known = { ...leading, progress: Object.fromEntries(answered) };
  return hearsQuorum(turn, known, turn.hosted.settings.quorumWithin, configuration);
}

/** Proposes the change. From now on it counts. */
export function change(turn: ReplicaTurn, leading: PrimaryState, { what, nodeId, configuration }: Change): void {
  const { draft } = turn;
  assert(isOneVoteApart(configurationOfLog(draft.log), configuration), 'a change is of one vote');
  note(turn, { type: 'proposes', change: what, nodeId, configuration });
  const { [nodeId]: known, ...others } = leading.progress;
  const progress = progressAfter(turn, what, known);
  draft.leading = { ...leading, progress: progress === undefined ? others : { ...others, [nodeId]: progress } };
  propose(turn, draft.leading, [{ type: 'configuration', configuration }]);
}

/**
 * What is known of a peer after the change. Of somebody who is dropped nothing is kept: how far the disk of C had the log
 * says nothing about the next disk of C, and would count for it.
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
    case 'promote':
      return known && { ...known, isNew: false, steadySince: undefined, laggingSince: undefined };
    default:
      return unreachable(what);
  }
}
