import { codeOf } from '../model/app-versions.ts';
import { assert } from '../model/assert.ts';
import { containedDecode } from '../model/contain.ts';
import type { DiskOperation, FreeEffect } from '../model/effects.ts';
import type { Entry, LogBase } from '../model/entry.ts';
import { compareEpochs, type Epoch, type NodeId } from '../model/epoch.ts';
import { appendEntries, entryAt, firstOfEpoch, lastIndex, logFrom, placeAt, tail, truncateFrom } from '../model/log.ts';
import type { Machine, Snapshot } from '../model/machine.ts';
import type { LogMessage } from '../model/messages.ts';
import { codeReport, isMute, durableVersion, versionBehind } from './ability.ts';
import { anchorTo, compareWithDate, hearTime } from './cluster-time.ts';
import { applyVisible, makeVisible } from './commit.ts';
import { hashAtEntry, hearDivergence, startAfresh, statesSaid } from './compared-states.ts';
import { follow, promise } from './follower.ts';
import { isCredible } from './known-nodes.ts';
import { asCopied } from './mutant-behaviour.ts';
import type { Replica } from './replica.ts';
import { hearTrial } from './trial.ts';
import { note, persist, planted, type ReplicaTurn, tell, telling } from './turn.ts';

// The secondary's side of the log: accepting a primary's messages, and answering them (PROTOCOL §4).

type Append = Extract<LogMessage, { type: 'append' }>;
type Install = Extract<LogMessage, { type: 'install' }>;
type Heartbeat = Extract<LogMessage, { type: 'heartbeat' }>;

/** Accepts a primary's message, unless a newer epoch was promised; the sender is told so. */
export function accept(turn: ReplicaTurn, from: NodeId, message: Append | Install | Heartbeat): void {
  const { draft } = turn;
  if (compareEpochs(message.epoch, draft.promised) < 0) {
    return tell(turn, from, { type: 'outdated', promised: draft.promised });
  }
  // Only the node in the epoch leads in it; any other sender violates the protocol.
  if (message.epoch.nodeId !== from || from === draft.identity.nodeId) return;
  if (compareEpochs(message.epoch, draft.promised) > 0 && !isCredible(turn, from, message.epoch)) return;
  const contradicted = contradictionIn(draft, message);
  if (contradicted !== undefined) return note(turn, { type: 'contradicts-visible', from, index: contradicted });
  const promises = commitTo(turn, message.epoch);
  follow(turn, from);
  switch (message.type) {
    case 'heartbeat':
      return hearBeat(turn, from, message, promises);
    case 'append':
      return acceptEntries(turn, from, message, promises);
    case 'install':
      return acceptFullCopy(turn, from, message, promises);
  }
}

/**
 * The visible entry that a message contradicts: no elected primary lacks it, so its sender, or this disk, is not what
 * it was. Nothing of such a message is taken, its epoch included.
 */
function contradictionIn({ log, commit }: Replica, message: Append | Install | Heartbeat): number | undefined {
  if (message.type === 'heartbeat') return undefined;
  const places =
    message.type === 'install'
      ? [message.snapshot.base]
      : [{ index: message.previousIndex, hash: message.previousHash }, ...message.entries];
  // All logs of a cluster begin alike; one that does not is ignored with reasons of its own.
  const differs = ({ index, hash }: Pick<LogBase, 'index' | 'hash'>): boolean =>
    index > 0 && index <= commit && (placeAt(log, index)?.hash ?? hash) !== hash;
  return places.find(differs)?.index;
}

/** Promises the sender's epoch, if it is new; returns what must be durable before the answer. */
function commitTo(turn: ReplicaTurn, epoch: Epoch): readonly DiskOperation[] {
  if (compareEpochs(epoch, turn.draft.promised) === 0) return [];
  promise(turn, epoch);
  return [{ type: 'promise', epoch }];
}

function hearBeat(
  turn: ReplicaTurn,
  from: NodeId,
  { epoch, beat, commit, time, date, compare, diverged, trial }: Heartbeat,
  promises: readonly DiskOperation[],
): void {
  const { draft, now } = turn;
  hearTrial(turn, epoch, beat, trial);
  hearTime(turn, epoch, time);
  compareWithDate(turn, date === undefined ? undefined : { wall: date, at: now.millis });
  if (compare !== undefined) hashAtEntry(turn, compare);
  makeVisible(turn, Math.min(commit, draft.agreed));
  hearDivergence(turn, diverged);
  const { agreed, incarnation, short } = draft;
  const told = short.length === 0 ? {} : { short };
  const { diskId } = draft.identity;
  const code = codeReport(turn);
  const ran = code === undefined ? {} : { code };
  const heard: LogMessage = {
    type: 'heard',
    epoch,
    beat,
    agreed,
    diskId,
    incarnation,
    wall: now.wall,
    ...told,
    ...ran,
    ...statesSaid(draft),
  };
  if (promises.length > 0) persist(turn, promises, [telling(turn, from, heard)]);
  else tell(turn, from, heard);
}

function acceptEntries(turn: ReplicaTurn, from: NodeId, message: Append, promises: readonly DiskOperation[]): void {
  const { draft, now } = turn;
  const { epoch, previousIndex, previousHash, commit } = message;
  const { incarnation } = draft;
  const { diskId } = draft.identity;

  if (previousIndex === 0 && (placeAt(draft.log, 0)?.hash ?? previousHash) !== previousHash) {
    // Another genesis: two clusters that reach each other have no log in common.
    note(turn, { type: 'other-genesis', from });
    return persist(turn, promises, []);
  }
  const mismatch = mismatchAt(turn, previousIndex, previousHash);
  if (mismatch !== undefined) {
    const mismatched = { type: 'mismatched', epoch, previousIndex, from: mismatch, diskId, incarnation } as const;
    return persist(turn, promises, [telling(turn, from, mismatched)]);
  }
  // A broken chain violates the protocol; but its epoch was promised, and a promise must become durable.
  // So does content withheld from a data server, which could not apply the entry.
  const isWhole = draft.identity.kind === 'witness' || message.entries.every(({ body }) => body.type !== 'withheld');
  if (!isChained(message) || !isWhole) return persist(turn, promises, []);

  const isFresh = (entry: Entry): boolean =>
    entryAt(draft.log, entry.index)?.hash !== entry.hash ||
    (planted(turn, 'truncates-on-stale-append') && entry.index > draft.commit);
  const first = message.entries.find((entry) => entry.index > draft.log.base.index && isFresh(entry));
  const news = first === undefined ? [] : message.entries.filter(({ index }) => index >= first.index);
  if (refusesUnreadable(turn, from, news)) return persist(turn, promises, []);
  const operations: DiskOperation[] = [...promises];
  if (first !== undefined) {
    if (first.index <= lastIndex(draft.log)) operations.push(discardFrom(turn, first.index));
    draft.log = appendEntries(draft.log, news);
    operations.push({ type: 'append', entries: news, wall: now.wall });
    anchorTo(turn, tail(draft.log));
    draft.lamport = Math.max(draft.lamport, news.at(-1)?.lamport ?? 0);
  }
  const match = Math.max(previousIndex + message.entries.length, draft.log.base.index);
  draft.agreed = Math.max(draft.agreed, match);
  const appended = telling(turn, from, { type: 'appended', epoch, match, diskId, incarnation });
  if (planted(turn, 'acknowledges-before-entries-are-durable')) {
    turn.effects.push(appended);
    persist(turn, operations, []);
  } else persist(turn, operations, [appended]);
  const agreed = planted(turn, 'commits-unmatched-suffix') ? lastIndex(draft.log) : draft.agreed;
  makeVisible(turn, planted(turn, 'takes-commit-index-unbounded') ? commit : Math.min(commit, agreed));
}

/**
 * Whether the app cannot read the command of a write among `news`, although it has the code of that version: the sender
 * has another code under the same version, or is wrong. None of `news` is taken, so that no replica stops at one; an elected primary sends them until they are read.
 */
function refusesUnreadable(turn: ReplicaTurn, from: NodeId, news: readonly Entry[]): boolean {
  const { draft, hosted } = turn;
  if (draft.identity.kind === 'witness') return false;
  const [first] = news;
  if (first === undefined || draft.machine === undefined) return false;
  let version = versionBehind(draft.log, draft.machine, first.index - 1);
  for (const { index, body } of news) {
    if (body.type === 'activate') ({ version } = body);
    const isBeyond = body.type === 'activate' && codeOf(hosted.app, version) === undefined;
    if (isBeyond && planted(turn, 'refuses-activation-it-cannot-run')) return true;
    if (body.type !== 'write') continue;
    const code = codeOf(hosted.app, version);
    const decoded = code === undefined ? undefined : containedDecode(() => code.decode(body.command));
    if (decoded?.type !== 'rejected') continue;
    if (draft.unreadable !== index) note(turn, { type: 'unreadable', from, index, reason: decoded.reason });
    draft.unreadable = index;
    return true;
  }
  return false;
}

/** Where the primary should continue, when this log lacks the entry before its entries. */
function mismatchAt(turn: ReplicaTurn, previousIndex: number, previousHash: number): number | undefined {
  const { draft } = turn;
  // Entries before the base were visible, so every primary has them.
  if (previousIndex < draft.log.base.index) return undefined;
  const place = placeAt(draft.log, previousIndex);
  if (place === undefined) return lastIndex(draft.log) + 1;
  if (place.hash === previousHash) return undefined;
  assert(previousIndex > draft.commit, 'a visible entry agrees with every later primary');
  return Math.max(draft.commit + 1, firstOfEpoch(draft.log, previousIndex));
}

/** Truncates the entries that conflict with the primary's: never a visible one. */
function discardFrom(turn: ReplicaTurn, index: number): DiskOperation {
  const { draft } = turn;
  assert(index > draft.commit, 'a visible entry is never truncated');
  draft.log = truncateFrom(draft.log, index);
  note(turn, { type: 'truncates', from: index });
  return { type: 'truncate', from: index };
}

function isChained({ previousIndex, previousHash, entries }: Append): boolean {
  let last: Pick<Entry, 'index' | 'hash'> = { index: previousIndex, hash: previousHash };
  return entries.every((entry) => {
    const continues = entry.index === last.index + 1 && entry.previousHash === last.hash;
    last = entry;
    return continues;
  });
}

/** Installs the full copy in place of log and state, unless the own log already covers it. */
function acceptFullCopy(
  turn: ReplicaTurn,
  from: NodeId,
  { epoch, snapshot, size = 0 }: Install,
  promises: readonly DiskOperation[],
): void {
  const { draft, now } = turn;
  const { base, configuration } = snapshot;
  const { diskId, kind } = draft.identity;
  const isKnown = base.index <= draft.commit || placeAt(draft.log, base.index)?.hash === base.hash;
  const machine = kind === 'witness' ? undefined : snapshot.machine;
  if (!isKnown && kind === 'data' && machine === undefined) return persist(turn, promises, []);
  const { incarnation } = draft;
  const answer = telling(turn, from, { type: 'appended', epoch, match: base.index, diskId, incarnation });
  const answers = planted(turn, 'installs-without-acknowledging') ? [] : [answer];
  if (isKnown) {
    draft.agreed = Math.max(draft.agreed, base.index);
    if (machine !== undefined && mayGoOnFrom(turn, base, machine)) {
      return goOnFrom(turn, { snapshot: { base, configuration, machine }, size }, promises, answers);
    }
    makeVisible(turn, base.index);
    return persist(turn, promises, answers);
  }
  draft.log = logFrom(base, configuration);
  draft.commit = base.index;
  draft.size = { state: size, since: 0, saving: 0 };
  draft.agreed = base.index;
  draft.machine = machine && asCopied(turn, machine);
  const kept = durableVersion(draft);
  draft.unsaved = kept === undefined || kept === machine?.version ? undefined : { kept };
  draft.snapshot = { base, configuration, machine: draft.machine };
  startAfresh(draft, base.index);
  draft.lamport = Math.max(draft.lamport, base.lamport);
  anchorTo(turn, base);
  note(turn, { type: 'installed', index: base.index });
  persist(turn, [...promises, { type: 'install', snapshot: draft.snapshot, wall: now.wall }], answers);
}

/**
 * Whether a replica takes the state of a full copy that its own log covers: it is mute before the copy, or its state had
 * diverged by then, and its code goes on from there.
 */
function mayGoOnFrom(turn: ReplicaTurn, base: LogBase, machine: Machine): boolean {
  const { draft, hosted } = turn;
  const isBehind = draft.machine !== undefined && draft.machine.at.index < base.index && isMute(turn);
  const isWrong =
    draft.diverged !== undefined && draft.diverged <= base.index && draft.snapshot.base.index <= base.index;
  const isInLog = placeAt(draft.log, base.index)?.hash === base.hash;
  return (
    (isBehind || isWrong) && isInLog && draft.saving === undefined && codeOf(hosted.app, machine.version) !== undefined
  );
}

/**
 * Takes the state of a full copy in place of the own, and keeps the log: the primary has counted this disk for what is
 * behind the copy (PROTOCOL §11.6). The copy becomes the snapshot as one of its own would.
 */
function goOnFrom(
  turn: ReplicaTurn,
  { snapshot, size }: { readonly snapshot: Snapshot; readonly size: number },
  promises: readonly DiskOperation[],
  answers: readonly FreeEffect[],
): void {
  const { draft } = turn;
  const { index } = snapshot.base;
  if (planted(turn, 'drops-log-behind-copy')) {
    draft.log = truncateFrom(draft.log, index + 1);
    promises = [...promises, { type: 'truncate', from: index + 1 }];
  }
  if (!planted(turn, 'heals-without-replacing-state')) draft.machine = snapshot.machine;
  startAfresh(draft, index);
  draft.size = { state: size, since: 0, saving: 0 };
  draft.saving = snapshot;
  draft.commit = Math.max(draft.commit, index);
  note(turn, { type: 'installed', index });
  persist(turn, promises, [...answers, { type: 'save', snapshot }]);
  applyVisible(turn);
}
