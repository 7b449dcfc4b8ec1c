// Runtime ↔ reducer: one write at its primary. The runtime is src/live/engine or src/sim/world; between them is src/host.
//
//   runtime                      host                          reducer
//   envelope of requests ──────► arrive ─────────────────────► step: serve, propose
//                                outbox.post ◄──────────────── persist(append, then: send appended), send append
//   send to the secondaries ◄─── act: puts it in an envelope
//   write to the disk ◄───────── act: one batch at a time
//   written ───────────────────► outbox.written, act ────────► step: acknowledge, this disk has it
//   envelope of appended ──────► arrive ─────────────────────► step: acknowledge, countCommitted, makeVisible, applyEntry
//   send to the front end ◄───── act ◄──────────────────────── send replies
//
// A message to a unit of the same node goes from `act` to `arrive`, without the runtime.

import type { Address } from './model/address.ts';
import { assert, unreachable } from './model/assert.ts';
import type { Effect, Input, Moment, Stored } from './model/effects.ts';
import { compareEpochs } from './model/epoch.ts';
import { appendEntries, compactThrough, lastIndex, logFrom, tail } from './model/log.ts';
import type { Message, Reply } from './model/messages.ts';
import { sooner } from './model/sooner.ts';
import { isMute, noteAbility } from './replica/ability.ts';
import { considerActivation } from './replica/activation.ts';
import { deliver, deliveryDueAt, hearGroup, learnPrimary, learnServers, loseNode } from './replica/calls.ts';
import { anchorAtStart, clusterTime } from './replica/cluster-time.ts';
import { countCommitted, takeSnapshot } from './replica/commit.ts';
import { judgeStates, takeHash } from './replica/compared-states.ts';
import { considerComparison } from './replica/comparison.ts';
import { isSettled } from './replica/configuration-change.ts';
import { checkElectionTimeout, elect } from './replica/election.ts';
import { becomeFollower, hear, hearsPrimary, standOnlyAsVoter, suspect } from './replica/follower.ts';
import { acknowledge, checkQuorum, sendOut } from './replica/primary-log.ts';
import {
  answerReads,
  askIndex,
  hearBacklog,
  learnIndex,
  loseQuestion,
  questionDueAt,
  turnRounds,
} from './replica/reads.ts';
import { reconfigure } from './replica/reconfigure.ts';
import type { HostedApp, Replica } from './replica/replica.ts';
import { forgetByNoops, measured, watchRoom } from './replica/room.ts';
import { accept } from './replica/secondary-log.ts';
import { misread } from './replica/mutant-behaviour.ts';
import { acceptTransfer, handOver, orderTransfer } from './replica/transfer.ts';
import { measureTrial } from './replica/trial.ts';
import { finish, newTurn, persist, planted, type ReplicaTurn, sending, versionSaid } from './replica/turn.ts';
import { dropVersions, versionsDueAt } from './replica/versions.ts';
import { takeWatch } from './replica/watchers.ts';
import { passOn, relay, serve } from './replica/writes.ts';

/**
 * One step of one replica: pure, total, and the same in the simulator and in a process. `replica` is never changed; the
 * result shares every unchanged part with it. The driver carries the effects out in order, through the outbox.
 */
export function step(
  app: HostedApp,
  replica: Replica,
  input: Input,
  now: Moment,
): readonly [Replica, readonly Effect[]] {
  const turn = newTurn(app, replica, now);
  measureTrial(turn);
  applyInput(turn, input);
  progress(turn, isTimeToLook(replica, input));
  noteAbility(turn, input.type === 'recovered' ? undefined : replica);
  return finish(turn);
}

/** When `wake` is due, in milliseconds of the node's monotonic clock; undefined when time alone changes nothing. */
export function wakeAt(app: HostedApp, replica: Replica): number | undefined {
  const { election, leading, reads, versions } = replica;
  let soonest = versionsDueAt(versions, app.settings.versionFor);
  for (const { until } of reads) soonest = sooner(soonest, until);
  if (leading === undefined) {
    if (election.primary !== undefined) soonest = sooner(soonest, questionDueAt({ draft: replica, hosted: app }));
    return sooner(soonest, election.phase.type === 'resting' ? election.standAt : election.phase.until);
  }
  soonest = sooner(sooner(soonest, leading.beatAt), leading.transfer?.until);
  return sooner(soonest, deliveryDueAt({ draft: replica, hosted: app }));
}

/** Applies the input itself. */
function applyInput(turn: ReplicaTurn, input: Input): void {
  switch (input.type) {
    case 'recovered':
      return recover(turn, input.stored);
    case 'message':
      return receive(turn, input.from, input.message);
    case 'wake':
      checkElectionTimeout(turn);
      watchRoom(turn);
      forgetByNoops(turn);
      return checkQuorum(turn);
    case 'saved':
      return compact(turn, input.index, input.size);
    case 'hashed':
      return takeHash(turn, input);
    case 'suspected':
      loseNode(turn, input.nodeId);
      return suspect(turn, input.nodeId);
    case 'heard':
      return hear(turn, input.nodeId);
    case 'short':
      turn.draft.short = input.of;
      return watchRoom(turn);
    case 'backlog':
      return hearBacklog(turn, input);
    case 'led':
      return learnPrimary(turn, input.group, input.primary, input.epoch);
    case 'servers':
      return learnServers(turn, input.group, input.servers);
    case 'services':
      turn.draft.services = input.services;
      return undefined;
    case 'transfer':
      return orderTransfer(turn, input.to);
    default:
      return unreachable(input);
  }
}

/**
 * Whether to look for joins, votes to give and transfers. These wait for time, for the directory, or for a change to
 * become safe. Looking in every step would double the cost of a step.
 */
function isTimeToLook({ log, leading }: Replica, input: Input): boolean {
  if (input.type === 'wake' || input.type === 'services') return true;
  return leading !== undefined && !isSettled(log, leading);
}

/** The consequences of the input, each after those it depends on. */
function progress(turn: ReplicaTurn, looks: boolean): void {
  standOnlyAsVoter(turn);
  countCommitted(turn);
  reconfigure(turn, looks);
  handOver(turn, looks);
  if (looks) {
    considerActivation(turn);
    judgeStates(turn);
    considerComparison(turn);
  }
  deliver(turn);
  turnRounds(turn);
  if (turn.draft.leading !== undefined) sendOut(turn, turn.draft.leading);
  askIndex(turn);
  answerReads(turn);
  dropVersions(turn);
  takeSnapshot(turn);
}

function receive(turn: ReplicaTurn, from: Address, message: Message): void {
  if (planted(turn, 'stops-when-mute') && isMute(turn)) return;
  hear(turn, from.node);
  const { identity } = turn.draft;
  const isPeer = from.unit === identity.group;
  switch (message.type) {
    case 'election':
    case 'answer':
    case 'campaign':
    case 'voted':
      return isPeer ? elect(turn, from.node, message) : undefined;
    case 'transfer':
      return isPeer ? acceptTransfer(turn, from.node, message) : undefined;
    case 'append':
    case 'install':
    case 'heartbeat':
      return isPeer ? accept(turn, from.node, message) : undefined;
    case 'appended':
    case 'mismatched':
    case 'outdated':
    case 'heard':
      return isPeer ? acknowledge(turn, from.node, message) : undefined;
    case 'requests':
      return serve(turn, from, message);
    case 'relay':
      return relay(turn, from, message);
    case 'relayed':
      return isPeer ? passOn(turn, message) : undefined;
    case 'locate':
      return locate(turn, from);
    case 'watch':
      // A secondary may know the primary.
      return turn.draft.leading === undefined ? locate(turn, from) : takeWatch(turn, turn.draft.leading, from, message);
    case 'located':
      return isPeer ? undefined : hearGroup(turn, from, message);
    case 'replies':
      return isPeer ? hearIndexes(turn, message.items) : hearGroup(turn, from, message);
    case 'gossip':
    case 'changed':
      // For other units: this node's directory, and front ends.
      return undefined;
    default:
      return unreachable(message);
  }
}

/** Recovers from what the disk held. Only what the snapshot covers is known to be visible. */
function recover(
  turn: ReplicaTurn,
  { incarnation, promised, snapshot, snapshotSize = 0, entries, wall }: Stored,
): void {
  const { draft } = turn;
  draft.incarnation = incarnation;
  if (snapshot !== undefined) {
    draft.log = logFrom(snapshot.base, snapshot.configuration);
    draft.machine = snapshot.machine && misread(turn, snapshot.machine);
    draft.snapshot = snapshot;
    draft.commit = snapshot.base.index;
    draft.size = { state: snapshotSize, since: 0, saving: 0 };
  }
  draft.log = appendEntries(
    draft.log,
    entries.filter(({ index }) => index > draft.log.base.index),
  );
  draft.agreed = draft.commit;
  draft.lamport = tail(draft.log).lamport;
  draft.anchor = anchorAtStart(turn, wall);
  // An epoch in the log was promised, even if the disk lost the promise and kept the entry.
  const { epoch } = tail(draft.log);
  draft.promised = compareEpochs(epoch, promised) > 0 ? epoch : promised;
  draft.election = { ...draft.election, counter: draft.promised.counter };
  becomeFollower(turn);
}

/**
 * The snapshot under way is durable: entries it covers are dropped, except `keepEntries` for secondaries a little
 * behind.
 */
function compact(turn: ReplicaTurn, index: number, size: number | undefined): void {
  const { draft, hosted } = turn;
  const { saving } = draft;
  if (saving === undefined || saving.base.index !== index) return;
  draft.saving = undefined;
  measured(turn, size);
  // A full copy that was installed meanwhile is newer, and has emptied the log.
  if (index < draft.snapshot.base.index) return;
  draft.snapshot = saving;
  draft.unsaved = undefined;
  const through = index - hosted.settings.keepEntries;
  if (through <= draft.log.base.index) return;
  assert(through <= lastIndex(draft.log), 'a log is compacted within its entries');
  draft.log = compactThrough(draft.log, through);
  persist(turn, [{ type: 'compact', through }], []);
}

/** Names the primary, if it is heard: where this node names another, requests for it may go by way of this one. */
function locate(turn: ReplicaTurn, from: Address): void {
  const { draft } = turn;
  const heardNow = hearsPrimary(turn) ? draft.election.primary : undefined;
  const primary = draft.leading === undefined ? heardNow : draft.identity.nodeId;
  const time = clusterTime(turn);
  turn.effects.push(sending(from, { type: 'located', epoch: draft.promised, primary, time, ...versionSaid(draft) }));
}

/** Answers to this secondary's own questions for a read index. */
function hearIndexes(turn: ReplicaTurn, items: readonly Reply[]): void {
  for (const item of items) {
    if (item.type === 'index') learnIndex(turn, item.id, item.index);
    else if (item.type === 'unserved') loseQuestion(turn, item.id);
  }
}
