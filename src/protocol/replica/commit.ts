import { applyEntry, canApply } from '../model/apply.ts';
import { assert, unreachable } from '../model/assert.ts';
import { type Configuration, dataServers } from '../model/configuration.ts';
import type { Failure } from '../model/contain.ts';
import type { Entry } from '../model/entry.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationAt, configurationOfLog, entriesBetween, entryAt, lastIndex } from '../model/log.ts';
import { inSyncMatch, majorityMatch } from '../model/quorum.ts';
import type { Settings } from '../model/settings.ts';
import { weigh } from '../model/weigh.ts';
import { replyToRequesters } from './answers.ts';
import { withoutSilent } from './mutant-behaviour.ts';
import type { PrimaryState } from './primary-state.ts';
import { machineOf, type Replica } from './replica.ts';
import { note, persist, planted, type ReplicaTurn } from './turn.ts';
import { tellWatchers } from './watchers.ts';

/**
 * Advances the commit indexes.
 * - Safe: a majority of votes has it, from the first entry of this primary's epoch on (an older entry on a majority may
 *   still be lost, Raft Figure 8).
 * - Visible, so applied and acknowledged: safe, and on the disk of every in-sync data server. Any single survivor has
 *   all that was acknowledged.
 */
export function countCommitted(turn: ReplicaTurn): void {
  const { draft, hosted } = turn;
  const { leading } = draft;
  if (leading === undefined) return;
  const matchOf = (nodeId: string): number => leading.progress[nodeId]?.match ?? 0;
  const configuration = configurationOfLog(draft.log);
  const counting = planted(turn, 'shrinks-quorum-to-heard-voters')
    ? withoutSilent(turn, leading, configuration)
    : configuration;
  const majority = majorityMatch(counting, matchOf);
  const first = planted(turn, 'never-commits-noop-alone') ? leading.first + 1 : leading.first;
  const counts = majority >= first || planted(turn, 'commits-entry-of-older-epoch');
  const raftCommit = counts ? Math.max(leading.raftCommit, majority) : leading.raftCommit;
  if (raftCommit > leading.raftCommit) draft.leading = { ...leading, raftCommit };

  const visible =
    hosted.settings.acknowledge === 'majority'
      ? raftCommit
      : Math.min(raftCommit, inSyncMatch([configuration, configurationInForce(turn, raftCommit)], matchOf));
  makeVisible(turn, visible);
}

/**
 * Counts anew what is safe, after a disk has lost what it had acknowledged (PROTOCOL §2.7): no configuration change is
 * built on what no majority has any more. What is visible stays so.
 */
export function recountSafe(turn: ReplicaTurn, leading: PrimaryState): void {
  const { draft } = turn;
  const majority = majorityMatch(configurationOfLog(draft.log), (nodeId) => leading.progress[nodeId]?.match ?? 0);
  const safe = majority >= leading.first ? majority : leading.first - 1;
  if (safe < leading.raftCommit) draft.leading = { ...leading, raftCommit: safe };
}

/** The configuration in force at `index`. Everything before the log's base is visible, and was counted by then. */
function configurationInForce({ draft: { log } }: ReplicaTurn, index: number): Configuration {
  return configurationAt(log, Math.max(index, log.base.index));
}

/** Makes everything up to `index` visible: applied on a data server, known to be committed on a witness. */
export function makeVisible(turn: ReplicaTurn, index: number): void {
  const { draft } = turn;
  if (index <= draft.commit) return;
  assert(index <= lastIndex(draft.log), 'the commit index is within the log');
  const { commit, machine } = draft;
  draft.commit = index;
  applyVisible(turn);
  if (draft.machine?.at.index === index) tellWatchers(turn, machine, commit);
  draft.agreed = Math.max(draft.agreed, index);
}

/** Applies what is visible, up to the first entry that this build has no code for (PROTOCOL §11.2). */
export function applyVisible(turn: ReplicaTurn): void {
  const { draft, hosted } = turn;
  if (draft.machine === undefined) return;
  let [since, failures] = [0, 0];
  // One by one: a mute replica may have a long log of what it cannot apply.
  for (let index = draft.machine.at.index + 1; index <= draft.commit; index += 1) {
    const { version, state } = machineOf(draft);
    const logged = entryAt(draft.log, index);
    if (state === undefined || logged === undefined || !canApply(hosted.app, version, logged.body)) break;
    const entry = planted(turn, 'applies-by-own-clock') ? { ...logged, wall: turn.now.wall } : logged;
    const applied = applyEntry(hosted.app, machineOf(draft), entry, hosted.planted);
    draft.machine = applied.machine;
    if (applied.failure !== undefined) noteFailure(turn, entry, applied.failure, (failures += 1));
    if (applied.failure !== undefined && entry.body.type === 'activate') failAlone(turn, entry.body.version, index);
    if (index === draft.comparing) turn.effects.push({ type: 'hash', index, machine: applied.machine });
    since += sizeOf(entry);
    replyToRequesters(turn, entry, applied);
    if (applied.machine.version !== version)
      note(turn, { type: 'activated', version: applied.machine.version, index: entry.index });
  }
  if (since > 0) draft.size = { ...draft.size, since: draft.size.since + since };
}

/**
 * Notes a failed command (PROTOCOL §7.9). Every replica that applies it does, and its primary aloud: one line in the
 * cluster. Replayed from the log, as by a sole server that starts, it is said again; of many in a step only some. A
 * migration had succeeded on the primary before it was proposed: one that fails is said by every replica.
 */
function noteFailure(turn: ReplicaTurn, { body }: Entry, failure: Failure, count: number): void {
  const { errorId, index, command, thrown } = failure;
  const isAloud = body.type === 'activate' || (turn.draft.leading !== undefined && count <= FAILURES_ALOUD_AT_MOST);
  note(turn, { type: 'command-failed', errorId, index, command, thrown, isAloud });
}

/**
 * A migration failed here that had worked where it was proposed (PROTOCOL §11.3): this state has diverged. A primary
 * whose own try has deceived it stays, for it may have failed on all.
 */
function failAlone(turn: ReplicaTurn, version: number, index: number): void {
  const { draft } = turn;
  if (draft.diverged !== undefined || planted(turn, 'serves-on-after-failed-migration')) return;
  if (draft.leading !== undefined && index >= draft.leading.first) return;
  draft.diverged = index;
  note(turn, { type: 'fails-alone', version, index });
}

const FAILURES_ALOUD_AT_MOST = 8;

/**
 * Takes a snapshot once in `snapshotEvery` entries, each data server at indexes of its own: a kept reference, saved in the
 * background.
 */
export function takeSnapshot(turn: ReplicaTurn): void {
  const { draft, hosted } = turn;
  if (draft.saving !== undefined || !(isSnapshotDue(draft, hosted.settings) || isCopyAwaited(turn))) return;
  // What has diverged must not become what a copy is measured by, nor drop the entries behind one.
  if (draft.diverged !== undefined) return;
  // A mute replica has a state older than what is visible to it.
  if (draft.machine !== undefined && draft.machine.at.index < draft.commit) return;
  const at = entriesBetween(draft.log, draft.commit, draft.commit)[0];
  assert(at !== undefined, 'the last visible entry is in the log');
  const { index, epoch, hash, lamport, wall } = at;
  const configuration = configurationAt(draft.log, index);
  draft.size = { ...draft.size, saving: draft.size.since };
  draft.saving = { base: { index, epoch, hash, lamport, wall }, configuration, machine: draft.machine };
  // Behind the pending writes: a snapshot must not be durable before the promise and the entries it covers.
  persist(turn, [], [{ type: 'save', snapshot: draft.saving }]);
  note(turn, { type: 'snapshots', index });
}

/** Bytes of commands after which a snapshot is taken, so that a log of long commands is no larger than one of short ones. */
const LOG_SIZE_AT_MOST = 64 * 1024 * 1024;

/** The part of the quota after which a snapshot tells whether what was applied has made the state larger. */
const MEASURED_EVERY = 1 / 16;

function isSnapshotDue(
  { commit, snapshot, unsaved, size, machine, identity, log }: Replica,
  { snapshotEvery, stateSizeAtMost }: Settings,
): boolean {
  if (commit === snapshot.base.index) return false;
  const offset = snapshotOffset(configurationOfLog(log), identity.nodeId, snapshotEvery);
  const turnOf = (index: number): number => Math.floor((index - offset) / snapshotEvery);
  if (turnOf(commit) > turnOf(snapshot.base.index)) return true;
  // Soon behind an activation the code of the version before is needed no more, and a mute peer can be given a copy.
  if (machine?.version !== snapshot.machine?.version || unsaved !== undefined) return true;
  const isOverQuota = size.state + size.since >= stateSizeAtMost;
  return size.since >= LOG_SIZE_AT_MOST || (isOverQuota && size.since >= stateSizeAtMost * MEASURED_EVERY);
}

/**
 * Spreads the snapshots of a group over `every` entries, so that no two data servers write theirs at once (PROTOCOL §9.1).
 * Nothing depends on it: after a change of the configuration a snapshot comes a little sooner or later.
 */
function snapshotOffset(configuration: Configuration, nodeId: NodeId, every: number): number {
  const servers = dataServers(configuration);
  return Math.floor((Math.max(0, servers.indexOf(nodeId)) * every) / Math.max(1, servers.length));
}

/** Whether a peer whose state has diverged is granted a full copy later than the one at hand (PROTOCOL §11.8). */
function isCopyAwaited(turn: ReplicaTurn): boolean {
  const { leading, snapshot, commit } = turn.draft;
  return Object.values(leading?.progress ?? {}).some(({ copy, diverged }) => {
    const isOpen = copy?.isSent === false;
    const from = planted(turn, 'copies-at-every-word') ? diverged : isOpen ? copy.from : undefined;
    return from !== undefined && from > snapshot.base.index && from <= commit;
  });
}

function sizeOf({ body }: Entry): number {
  switch (body.type) {
    case 'write':
      return (body.slot === undefined ? RESULT_SIZE : 0) + weigh(body.command);
    case 'call':
      return RESULT_SIZE + weigh(body.command);
    case 'settle':
      return RESULT_SIZE;
    case 'noop':
    case 'configuration':
    case 'activate':
    case 'open':
    case 'withheld':
      return 0;
    default:
      return unreachable(body);
  }
}

/** Bytes of a result in a snapshot. */
export const RESULT_SIZE = 250;
