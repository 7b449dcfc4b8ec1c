import { type Member, memberOf, members } from '../model/configuration.ts';
import type { Body } from '../model/entry.ts';
import { compareEpochs, type NodeId, sameEpoch } from '../model/epoch.ts';
import {
  appendEntries,
  chain,
  configurationOfLog,
  entriesBetween,
  lastIndex,
  placeAt,
  tail,
  withhold,
} from '../model/log.ts';
import type { LogMessage } from '../model/messages.ts';
import { hearsQuorum, stepDown, update } from './check-quorum.ts';
import { becomeFollower } from './follower.ts';
import { withholdInPlace } from './mutant-behaviour.ts';
import type { PrimaryState, Progress } from './replica.ts';
import { note, persist, planted, type ReplicaTurn, tell, telling } from './turn.ts';
import { isWitnessDue, witnessFeed } from './witness-feed.ts';

// The primary's side of the log: proposing entries, sending them, and hearing how far each peer has them (PROTOCOL §4).

/**
 * Appends entries to the log. They leave for the peers before they are on this replica's own disk; its own
 * acknowledgement is mail to itself behind the write, and counts like any other.
 */
export function propose(turn: ReplicaTurn, leading: PrimaryState, bodies: readonly Body[]): void {
  if (bodies.length === 0) return;
  const { draft, now } = turn;
  let last = tail(draft.log);
  const entries = bodies.map((body) => {
    const entry = chain(last, leading.epoch, { lamport: draft.lamport, wall: now.wall }, body);
    last = entry;
    return entry;
  });
  draft.log = appendEntries(draft.log, entries);
  draft.lamport = last.lamport;
  const { nodeId, diskId } = draft.identity;
  const appended: LogMessage = { type: 'appended', epoch: leading.epoch, match: last.index, diskId };
  persist(turn, [{ type: 'append', entries }], [telling(turn, nodeId, appended)]);
}

/** A peer's answer. What it means for commit, reads and peers is worked out once, at the end of the step. */
export function acknowledge(
  turn: ReplicaTurn,
  from: NodeId,
  message: Extract<LogMessage, { type: 'appended' | 'mismatched' | 'heard' | 'outdated' }>,
): void {
  const { draft, now } = turn;
  if (message.type === 'outdated') {
    if (compareEpochs(message.promised, draft.promised) > 0) yieldTo(turn, message.promised.counter);
    return;
  }
  const { leading } = draft;
  const known = leading?.progress[from];
  if (leading === undefined || known === undefined || !sameEpoch(message.epoch, leading.epoch)) return;
  const progress = { ...known, heardAt: now.millis };
  switch (message.type) {
    case 'appended':
      if (isOfAnotherDisk(turn, from, message)) return;
      // Nobody has more of this epoch than its primary; whoever says so is no replica of this group.
      if (message.match > lastIndex(draft.log)) return;
      return update(turn, leading, from, acknowledged(progress, message.match));
    case 'mismatched': {
      // An answer to an append that has been overtaken says nothing new. Were the others of the same window taken for news,
      // each would have the window sent again, and each append of that would be refused and answered in the same way.
      const { match, probing } = known;
      const isOvertaken =
        message.previousIndex <= match || (probing ?? message.previousIndex) !== message.previousIndex;
      if (isOvertaken) return;
      const next = Math.max(match + 1, Math.min(message.from, message.previousIndex));
      // It does not say by which disk, so it is no sign of life: `heard` is.
      const place = planted(turn, 'resends-window-per-refusal') ? undefined : next - 1;
      return update(turn, leading, from, { ...known, next, probing: place, inFlight: 0 });
    }
    case 'heard': {
      // A disk that took the place of another has forgotten what it promised: with its word, a primary that was voted out
      // long ago, also by this very node, would prove that it leads, and answer reads from the past.
      if (isOfAnotherDisk(turn, from, message)) return;
      // A secondary that lost its memory in a crash is sent an empty append, to find out again how far the logs agree.
      const mustProbe = message.agreed < known.match && known.inFlight === 0;
      update(turn, leading, from, { ...progress, beat: Math.max(known.beat, message.beat) });
      if (mustProbe && draft.leading !== undefined) send(turn, draft.leading, from, known.match + 1, known.match);
      return;
    }
  }
}

/** Sends every peer what it lacks, as far as its window allows. */
export function sendOut(turn: ReplicaTurn, leading: PrimaryState): void {
  const { draft, now, hosted } = turn;
  const { settings } = hosted;
  const configuration = configurationOfLog(draft.log);
  const last = lastIndex(draft.log);
  const feed = witnessFeed(turn, leading, configuration);
  for (const { nodeId, kind } of members(configuration)) {
    if (nodeId === draft.identity.nodeId) continue;
    if (kind === 'witness' && !isWitnessDue(turn, leading, feed, nodeId)) continue;
    const limit = kind === 'witness' ? feed.gate : last;
    for (;;) {
      const progress = leading.progress[nodeId];
      if (progress === undefined || progress.installing !== undefined || progress.next > limit) break;
      const isSilent = now.millis - progress.heardAt > settings.suspectAfter;
      // To somebody silent one append is enough to find out that it is back, and to find where two logs agree.
      const window = isSilent || progress.probing !== undefined ? 1 : settings.inFlightAtMost;
      if (progress.inFlight >= window) break;
      if (placeAt(draft.log, progress.next - 1) === undefined) {
        // One at a time: each costs the primary, and the network, as much as the whole state is large.
        const isGiving = Object.values(leading.progress).some(({ installing }) => installing !== undefined);
        if (isGiving || isSilent || draft.election.suspected.includes(nodeId)) break;
        leading = sendFullCopy(turn, leading, nodeId, kind);
      } else
        leading = send(turn, leading, nodeId, progress.next, Math.min(limit, progress.next + settings.batchAtMost - 1));
    }
  }
}

/** What time alone makes a primary do: heartbeats, resends, and stepping down when nobody answers. */
export function checkQuorum(turn: ReplicaTurn): void {
  const { draft, now, hosted } = turn;
  const { settings } = hosted;
  if (draft.leading === undefined || now.millis < draft.leading.beatAt) return;
  if (!hearsQuorum(turn, draft.leading, 2 * settings.quorumWithin)) {
    stepDown(turn, 'no-quorum');
    return becomeFollower(turn);
  }
  for (const [nodeId, progress] of Object.entries(draft.leading.progress)) {
    const isInstalling = progress.installing !== undefined;
    const patience = isInstalling ? settings.copyWithin : settings.resendAfter;
    // A process that a hint calls dead or new has lost what it was being sent.
    const isLost = isInstalling && draft.election.suspected.includes(nodeId);
    const isAwaited = (progress.inFlight > 0 || isInstalling) && !planted(turn, 'never-resends-lost-entries');
    const isDue = isAwaited && now.millis - progress.sentAt >= patience;
    if (!isDue && !isLost) continue;
    // Of somebody who has not answered yet nothing is known: asked from 1 on, it would be sent a full copy for being slow.
    const next = progress.match === 0 ? draft.leading.first : progress.match + 1;
    update(turn, draft.leading, nodeId, { ...progress, next, inFlight: 0, probing: undefined, installing: undefined });
  }
  beat(turn, draft.leading);
}

/** Lets everybody hear from the primary now; answers count for every round of reads that began before. */
export function beat(turn: ReplicaTurn, leading: PrimaryState): PrimaryState {
  const { draft, now, hosted } = turn;
  const number = leading.beat + 1;
  const pause = hosted.settings.heartbeatEvery / (planted(turn, 'heartbeats-twice-as-often') ? 2 : 1);
  draft.leading = { ...leading, beat: number, beatAt: now.millis + pause };
  const peers = members(configurationOfLog(draft.log));
  for (const { nodeId } of planted(turn, 'addresses-peers-in-reverse') ? peers.toReversed() : peers) {
    if (nodeId === draft.identity.nodeId) continue;
    const commit = Math.min(draft.commit, leading.progress[nodeId]?.match ?? 0);
    tell(turn, nodeId, { type: 'heartbeat', epoch: leading.epoch, beat: number, commit });
  }
  return draft.leading;
}

/** What a primary assumes of a peer it has not heard yet. */
export function freshProgress(turn: ReplicaTurn, heardAt: number): Progress {
  return {
    match: 0,
    next: lastIndex(turn.draft.log) + 1,
    inFlight: 0,
    sentAt: turn.now.millis,
    probing: undefined,
    installing: undefined,
    heardAt,
    beat: 0,
    steadySince: undefined,
    stalledSince: undefined,
    laggingSince: undefined,
    flaps: 0,
    isNew: false,
  };
}

/** One append with the entries `from` to `to`; none when `to` is below `from`. */
function send(turn: ReplicaTurn, leading: PrimaryState, nodeId: NodeId, from: number, to: number): PrimaryState {
  const { draft, now } = turn;
  const previous = placeAt(draft.log, from - 1);
  const progress = leading.progress[nodeId];
  if (previous === undefined || progress === undefined) return leading;
  const isWitness = memberAt(turn, nodeId)?.kind === 'witness';
  const entries = to < from ? [] : entriesBetween(draft.log, from, to);
  const append: LogMessage = {
    type: 'append',
    epoch: leading.epoch,
    previousIndex: previous.index,
    previousHash: previous.hash,
    entries: isWitness
      ? entries.map(planted(turn, 'alters-entries-shared-with-log') ? withholdInPlace : withhold)
      : entries,
    commit: draft.commit,
  };
  tell(turn, nodeId, append);
  if (planted(turn, 'sends-appends-twice')) tell(turn, nodeId, append);
  const sentAt = progress.inFlight === 0 ? now.millis : progress.sentAt;
  const sent = { ...progress, next: from + entries.length, inFlight: progress.inFlight + 1, sentAt };
  draft.leading = { ...leading, progress: { ...leading.progress, [nodeId]: sent } };
  return draft.leading;
}

function sendFullCopy(turn: ReplicaTurn, leading: PrimaryState, nodeId: NodeId, kind: Member['kind']): PrimaryState {
  const { draft, now } = turn;
  const { base, configuration } = draft.snapshot;
  const { machine } = planted(turn, 'sends-current-state-as-snapshot') ? draft : draft.snapshot;
  const progress = leading.progress[nodeId];
  if (progress === undefined) return leading;
  const snapshot = { base, configuration, machine: kind === 'witness' ? undefined : machine };
  tell(turn, nodeId, { type: 'install', epoch: leading.epoch, snapshot });
  note(turn, { type: 'sends-full-copy', to: nodeId, index: base.index });
  const sent = { ...progress, next: base.index + 1, installing: base.index, sentAt: now.millis };
  draft.leading = { ...leading, progress: { ...leading.progress, [nodeId]: sent } };
  return draft.leading;
}

/** An acknowledgement that brings nothing new frees no place in the window: the network may have doubled it. */
function acknowledged(progress: Progress, index: number): Progress {
  const isNews = index > progress.match;
  const match = Math.max(progress.match, index);
  const next = Math.max(progress.next, match + 1);
  const installing =
    progress.installing !== undefined && match >= progress.installing ? undefined : progress.installing;
  // While anything sent is unanswered, at least one append counts as under way: the last one may be lost, and only what
  // is under way is sent again. A late answer to an append of before a back-off must not use that one up.
  const inFlight = match + 1 >= next ? 0 : isNews ? Math.max(1, progress.inFlight - 1) : progress.inFlight;
  const sentAt = isNews ? progress.heardAt : progress.sentAt;
  return {
    ...progress,
    match,
    next,
    probing: progress.probing === undefined || match >= progress.probing ? undefined : progress.probing,
    installing,
    inFlight,
    sentAt,
    stalledSince: isNews ? undefined : progress.stalledSince,
  };
}

/** Somebody has promised a newer epoch: this tenure is over, and the next campaign must go beyond that one. */
export function yieldTo(turn: ReplicaTurn, counter: number): void {
  const { draft } = turn;
  draft.election = { ...draft.election, counter: Math.max(draft.election.counter, counter) };
  if (draft.leading === undefined) return;
  stepDown(turn, 'outdated');
  becomeFollower(turn);
}

function isOfAnotherDisk(turn: ReplicaTurn, from: NodeId, { diskId }: { readonly diskId: string }): boolean {
  return memberAt(turn, from)?.diskId !== diskId;
}

function memberAt(turn: ReplicaTurn, nodeId: NodeId): Member | undefined {
  return memberOf(configurationOfLog(turn.draft.log), nodeId);
}
