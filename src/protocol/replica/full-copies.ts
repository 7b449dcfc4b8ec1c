import type { Member } from '../model/configuration.ts';
import type { NodeId } from '../model/epoch.ts';
import { lastIndex } from '../model/log.ts';
import { comparisonPause } from './compared-states.ts';
import type { GrantedCopy, PrimaryState, Progress } from './primary-state.ts';
import { note, planted, type ReplicaTurn, tell } from './turn.ts';

// Full copies (PROTOCOL §9): to a peer that lacks what was dropped from the log, and to one that lacks the code of what
// its own state needs.

/**
 * One full copy at a time to peers that lack entries, since each costs as much as the whole state is large, and only to a
 * peer that is heard.
 */
export function mayTakeCopy({ draft, now, hosted }: ReplicaTurn, { progress }: PrimaryState, nodeId: NodeId): boolean {
  // A copy of a state that is wrong would make another one so.
  if (draft.diverged !== undefined) return false;
  const isGiving = Object.values(progress).some(({ installing }) => installing !== undefined);
  const heardAt = progress[nodeId]?.heardAt ?? -Infinity;
  const isSilent = now.millis - heardAt > hosted.settings.suspectAfter;
  return !isGiving && !isSilent && !draft.election.suspected.includes(nodeId);
}

/**
 * Whether a full copy helps a peer that has all of the log: one that is mute, and has the code of the copy's version and
 * of all behind (PROTOCOL §11.6); or one whose state had diverged before the copy (PROTOCOL §11.8).
 */
export function isHelpedByCopy(turn: ReplicaTurn, leading: PrimaryState, nodeId: NodeId): boolean {
  const { draft } = turn;
  const { code, copy, match, diverged } = leading.progress[nodeId] ?? {};
  if (code === undefined || match === undefined || (!code.isMute && diverged === undefined)) return false;
  if (copy === undefined || copy.isSent) return false;
  const { base, machine } = draft.snapshot;
  if (machine === undefined || base.index === 0 || match < base.index || base.index < copy.from) return false;
  const newest = draft.log.activations.at(-1)?.version ?? machine.version;
  if (machine.version < code.oldest || newest > code.newest) return false;
  return mayTakeCopy(turn, leading, nodeId);
}

/**
 * The copy that is granted to a peer by what it says, where it needs one: a snapshot may be taken for it. Another one
 * - is granted where the peer says that its state was wrong behind the last one, or still needs one `copyWithin` after it;
 * - is not granted before a pause that doubles with each, so that the word of a peer costs little.
 */
export function copyGranted(turn: ReplicaTurn, { code, copy, diverged }: Progress): GrantedCopy | undefined {
  const { draft, now } = turn;
  if (code?.isMute !== true && diverged === undefined) return copy;
  const from = diverged ?? 0;
  // No state has been there yet.
  if (from > lastIndex(draft.log)) return copy;
  if (copy !== undefined) {
    const isAnother = from > copy.from;
    if (!copy.isSent && !isAnother) return copy;
    if (now.millis - copy.at < pauseAfter(turn, copy, isAnother)) return copy;
  }
  return { from, isSent: false, at: now.millis, count: (copy?.count ?? 0) + 1 };
}

/** A state that is wrong again is found by a comparison at the earliest; a copy that was sent may be under way for long. */
function pauseAfter(turn: ReplicaTurn, { count }: GrantedCopy, isAnother: boolean): number {
  const once = isAnother ? comparisonPause(turn) : turn.hosted.settings.copyWithin;
  return once * 2 ** Math.min(count - 1, 6);
}

export function sendFullCopy(
  turn: ReplicaTurn,
  leading: PrimaryState,
  nodeId: NodeId,
  kind: Member['kind'],
): PrimaryState {
  const { draft, now } = turn;
  const { base, configuration } = draft.snapshot;
  const { machine } = planted(turn, 'sends-current-state-as-snapshot') ? draft : draft.snapshot;
  const progress = leading.progress[nodeId];
  if (progress === undefined) return leading;
  const snapshot = { base, configuration, machine: kind === 'witness' ? undefined : machine };
  const size = kind === 'witness' || draft.size.state === 0 ? {} : { size: draft.size.state };
  tell(turn, nodeId, { type: 'install', epoch: leading.epoch, snapshot, ...size });
  note(turn, { type: 'sends-full-copy', to: nodeId, index: base.index });
  // A peer that has the log up to there keeps it, and is sent what follows meanwhile: writes may wait for its disk.
  const copied =
    progress.match < base.index ? { next: base.index + 1, installing: base.index, sentAt: now.millis } : {};
  const { copy } = progress;
  const isGranted = copy !== undefined && copy.from <= base.index;
  const granted = isGranted ? { ...copy, from: base.index, isSent: true, at: now.millis } : copy;
  const sent = { ...progress, ...copied, copy: granted };
  draft.leading = { ...leading, progress: { ...leading.progress, [nodeId]: sent } };
  return draft.leading;
}
