import { primaryTime } from '../model/clocks.ts';
import { type Member, memberOf, members } from '../model/configuration.ts';
import { isPlausible } from '../model/counters.ts';
import type { Body } from '../model/entry.ts';
import { compareEpochs, type Epoch, type NodeId, sameEpoch } from '../model/epoch.ts';
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
import { FIRST_CODE } from './ability.ts';
import { hearsQuorum, stepDown, update } from './check-quorum.ts';
import { compareWithDate, steered } from './cluster-time.ts';
import { recountSafe } from './commit.ts';
import { judgeStates } from './compared-states.ts';
import { becomeFollower } from './follower.ts';
import { copyGranted, isHelpedByCopy, mayTakeCopy, sendFullCopy } from './full-copies.ts';
import { isCredible } from './known-nodes.ts';
import { withholdInPlace } from './mutant-behaviour.ts';
import type { PrimaryState, Progress } from './primary-state.ts';
import { note, persist, planted, type ReplicaTurn, tell, telling } from './turn.ts';
import { isWitnessDue, witnessFeed } from './witness-feed.ts';

// The primary's side of the log: proposing entries, sending them, and tracking how far each peer has them (PROTOCOL
// §4).

/**
 * Appends entries to the log. Peers are sent them before this replica's disk has them. Its own acknowledgement is a
 * message to itself behind the write, and counts like any other.
 */
export function propose(turn: ReplicaTurn, leading: PrimaryState, bodies: readonly Body[]): void {
  if (bodies.length === 0) return;
  const { draft, now } = turn;
  const wall = Math.floor(primaryTime(leading, now.millis));
  let last = tail(draft.log);
  const entries = bodies.map((body) => {
    const entry = chain(last, leading.epoch, { lamport: draft.lamport, wall }, body);
    last = entry;
    return entry;
  });
  draft.log = appendEntries(draft.log, entries);
  draft.lamport = last.lamport;
  const { nodeId, diskId } = draft.identity;
  const { incarnation } = draft;
  const appended: LogMessage = { type: 'appended', epoch: leading.epoch, match: last.index, diskId, incarnation };
  persist(turn, [{ type: 'append', entries, wall: now.wall }], [telling(turn, nodeId, appended)]);
}

/** Takes a peer's answer. Commit, reads and configuration follow once, at the end of the step. */
export function acknowledge(
  turn: ReplicaTurn,
  from: NodeId,
  message: Extract<LogMessage, { type: 'appended' | 'mismatched' | 'heard' | 'outdated' }>,
): void {
  const { draft, now } = turn;
  if (message.type === 'outdated') {
    if (compareEpochs(message.promised, draft.promised) > 0) yieldTo(turn, from, message.promised);
    return;
  }
  const { leading } = draft;
  const known = leading?.progress[from];
  if (leading === undefined || known === undefined || !sameEpoch(message.epoch, leading.epoch)) return;
  // A disk that replaced another has forgotten its promises: its word would let a deposed primary, voted out by this
  // very node, prove that it leads, and answer stale reads. What an earlier life of a disk has said may be forgotten.
  if (isOfAnotherDisk(turn, from, message) || message.incarnation < known.livesIn) return;
  if (!isPlausible(message.incarnation, known.livesIn)) return;
  if (message.type === 'appended') {
    // Only a faulty node claims more entries of this epoch than its primary has.
    if (message.match > lastIndex(draft.log)) return;
    return update(turn, leading, from, acknowledged(turn, known, message.incarnation, message.match));
  }
  const progress = { ...known, heardAt: now.millis, livesIn: message.incarnation, isUnheard: false };
  switch (message.type) {
    case 'mismatched': {
      const { match, probing } = known;
      if (message.previousIndex <= match && message.incarnation > known.matchedIn) {
        if (planted(turn, 'takes-forgotten-record-for-overtaken')) return;
        return distrust(turn, leading, from, progress, message);
      }
      // A refusal of an append that has been overtaken is ignored. Were each refusal of one window acted on, each would
      // have the window sent again, and each append of that would be refused in turn.
      const isOvertaken =
        message.previousIndex <= match || (probing ?? message.previousIndex) !== message.previousIndex;
      if (isOvertaken) return;
      const next = Math.max(match + 1, Math.min(message.from, message.previousIndex));
      const place = planted(turn, 'resends-window-per-refusal') ? undefined : next - 1;
      return update(turn, leading, from, { ...progress, next, probing: place, inFlight: 0 });
    }
    case 'heard': {
      // An answer to a heartbeat not yet sent would prove the rounds of reads to come.
      if (message.beat > leading.beat) return;
      // A secondary that lost `agreed` in a crash is sent an empty append, to find out again how far the logs agree; a
      // new life of a disk, to acknowledge again what its last one had.
      const isUnsure = message.agreed < known.match || known.matchedIn < message.incarnation;
      const mustProbe = isUnsure && known.match > 0 && known.inFlight === 0;
      const wall = message.wall === undefined ? known.wall : { wall: message.wall, at: now.millis };
      const short = message.short ?? [];
      const code = message.code ?? FIRST_CODE;
      const { hashed, diverged } = message;
      const beatHeard = Math.max(known.beat, message.beat);
      const said = { ...progress, wall, beat: beatHeard, short, code, hashed, diverged };
      update(turn, leading, from, { ...said, copy: copyGranted(turn, said) });
      if (hashed?.index !== known.hashed?.index) judgeStates(turn);
      if (mustProbe && draft.leading !== undefined) send(turn, draft.leading, from, known.match + 1, known.match);
      return;
    }
  }
}

/**
 * The disk of a peer lacks what an earlier life of it had acknowledged (PROTOCOL §2.7). Nothing is counted on it any
 * more until it is acknowledged again: it is probed from where its log ends, and entries that are safe no longer are not
 * built on. What is visible stays so.
 */
function distrust(
  turn: ReplicaTurn,
  leading: PrimaryState,
  nodeId: NodeId,
  progress: Progress,
  { from, previousIndex, incarnation, diskId }: Extract<LogMessage, { type: 'mismatched' }>,
): void {
  const { match } = progress;
  note(turn, { type: 'forgets', nodeId, diskId, had: match, has: Math.min(from, previousIndex) - 1 });
  const next = Math.max(1, Math.min(from, previousIndex));
  const kept = planted(turn, 'keeps-match-of-forgotten-record') ? match : 0;
  const afresh = { match: kept, matchedIn: incarnation, next, probing: next - 1, inFlight: 0, installing: undefined };
  update(turn, leading, nodeId, { ...progress, ...afresh, steadySince: undefined });
  if (turn.draft.leading !== undefined) recountSafe(turn, turn.draft.leading);
}

/** Sends every peer the entries it lacks, as far as its window allows. */
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
    if (isHelpedByCopy(turn, leading, nodeId)) leading = sendFullCopy(turn, leading, nodeId, kind);
    for (;;) {
      const progress = leading.progress[nodeId];
      if (progress === undefined || progress.installing !== undefined || progress.next > limit) break;
      const isSilent = now.millis - progress.heardAt > settings.suspectAfter;
      // One append is enough to detect that a silent peer is back, and where two logs agree.
      const window = isSilent || progress.probing !== undefined ? 1 : settings.inFlightAtMost;
      if (progress.inFlight >= window) break;
      if (placeAt(draft.log, progress.next - 1) === undefined) {
        if (!mayTakeCopy(turn, leading, nodeId)) break;
        leading = sendFullCopy(turn, leading, nodeId, kind);
      } else
        leading = send(turn, leading, nodeId, progress.next, Math.min(limit, progress.next + settings.batchAtMost - 1));
    }
  }
}

/** Applies the primary's timeouts: heartbeats, resends, and stepping down without a quorum. */
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
    // A process that a hint calls dead or restarted has lost what was sent to it.
    const isLost = isInstalling && draft.election.suspected.includes(nodeId);
    const isAwaited = (progress.inFlight > 0 || isInstalling) && !planted(turn, 'never-resends-lost-entries');
    const isDue = isAwaited && now.millis - progress.sentAt >= patience;
    if (!isDue && !isLost) continue;
    // A peer that has not answered yet starts at `first`: from 1 on, a slow peer would be sent a full copy.
    const next = progress.match === 0 ? draft.leading.first : progress.match + 1;
    update(turn, draft.leading, nodeId, { ...progress, next, inFlight: 0, probing: undefined, installing: undefined });
  }
  beat(turn, draft.leading);
}

/** Sends heartbeats now; answers count for every round of reads that began before. */
export function beat(turn: ReplicaTurn, leading: PrimaryState): PrimaryState {
  const { draft, now, hosted } = turn;
  const number = leading.beat + 1;
  const pause = hosted.settings.heartbeatEvery / (planted(turn, 'heartbeats-twice-as-often') ? 2 : 1);
  const clocks = steered(turn, leading);
  const time = Math.floor(clocks.clock.time);
  const date = clocks.date?.wall;
  draft.leading = { ...leading, ...clocks, beat: number, beatAt: now.millis + pause };
  compareWithDate(turn, clocks.date);
  const comparing = leading.compared === undefined ? {} : { compare: leading.compared.index };
  const isAwaited = draft.trial !== undefined && draft.trial.version > (draft.machine?.version ?? 0);
  const trial = isAwaited ? { trial: draft.trial } : {};
  const peers = members(configurationOfLog(draft.log));
  for (const { nodeId } of planted(turn, 'addresses-peers-in-reverse') ? peers.toReversed() : peers) {
    if (nodeId === draft.identity.nodeId) continue;
    const commit = Math.min(draft.commit, leading.progress[nodeId]?.match ?? 0);
    const differs = planted(turn, 'keeps-divergence-to-itself') ? undefined : leading.progress[nodeId]?.differs;
    const told = { ...comparing, ...trial, ...(differs === undefined ? {} : { diverged: differs }) };
    tell(turn, nodeId, { type: 'heartbeat', epoch: leading.epoch, beat: number, commit, time, date, ...told });
  }
  return draft.leading;
}

/** The progress record of a peer that has not been heard yet. */
export function freshProgress(turn: ReplicaTurn, heardAt: number): Progress {
  return {
    match: 0,
    matchedIn: 0,
    livesIn: 0,
    next: lastIndex(turn.draft.log) + 1,
    inFlight: 0,
    sentAt: turn.now.millis,
    probing: undefined,
    installing: undefined,
    heardAt,
    wall: undefined,
    beat: 0,
    steadySince: undefined,
    stalledSince: undefined,
    slowSince: undefined,
    isUnheard: false,
    laggingSince: undefined,
    flaps: 0,
    isNew: false,
    short: [],
    code: undefined,
    hashed: undefined,
    diverged: undefined,
    differs: undefined,
    copy: undefined,
  };
}

/** Sends one append with the entries `from` to `to`; none when `to` is below `from`. */
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

/** An acknowledgement of nothing new frees no place in the window: the network may have duplicated it. */
function acknowledged({ hosted, now }: ReplicaTurn, progress: Progress, livesIn: number, index: number): Progress {
  const heardAt = now.millis;
  const isNews = index > progress.match;
  const match = Math.max(progress.match, index);
  const matchedIn = index >= progress.match ? livesIn : progress.matchedIn;
  const next = Math.max(progress.next, match + 1);
  const installing =
    progress.installing !== undefined && match >= progress.installing ? undefined : progress.installing;
  // While anything sent is unanswered, at least one append counts as in flight: the last one may be lost, and only
  // appends in flight are sent again. A late answer to an append before a back-off must not use it up.
  const inFlight = match + 1 >= next ? 0 : isNews ? Math.max(1, progress.inFlight - 1) : progress.inFlight;
  const sentAt = isNews ? heardAt : progress.sentAt;
  const { stalledSince } = progress;
  const isSlow = stalledSince !== undefined && heardAt - stalledSince >= hosted.settings.slowAfter;
  const slowSince = isSlow ? (progress.slowSince ?? stalledSince) : undefined;
  return {
    ...progress,
    heardAt,
    livesIn,
    isUnheard: false,
    match,
    matchedIn,
    next,
    probing: progress.probing === undefined || match >= progress.probing ? undefined : progress.probing,
    installing,
    inFlight,
    sentAt,
    stalledSince: isNews ? undefined : progress.stalledSince,
    slowSince: isNews ? slowSince : progress.slowSince,
  };
}

/** `from` says that a newer epoch was promised elsewhere: steps down; the next campaign must exceed it. */
export function yieldTo(turn: ReplicaTurn, from: NodeId, epoch: Epoch): void {
  const { draft } = turn;
  if (!isCredible(turn, from, epoch)) return;
  const { counter } = epoch;
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
