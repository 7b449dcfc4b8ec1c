import { codeOf } from '../model/app-versions.ts';
import { applyEntry } from '../model/apply.ts';
import { dataVoters } from '../model/configuration.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationOfLog, entriesBetween, lastIndex } from '../model/log.ts';
import type { Machine } from '../model/machine.ts';
import { migrated } from '../model/migrate.ts';
import { isUnfit } from './ability.ts';
import { isLeaving } from './lifecycle.ts';
import type { PrimaryState } from './primary-state.ts';
import { beat, propose } from './primary-log.ts';
import type { Replica } from './replica.ts';
import { cannotMigrate } from './trial.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/**
 * Proposes the activation of the next version of the app (PROTOCOL §11.3): the own no-op is visible, no activation is
 * under way, this primary has the code, and every data server has said in this tenure that it can run it. Its migration
 * is tried first, once in a tenure and a heartbeat after that was said: one that fails is not proposed.
 */
export function considerActivation(turn: ReplicaTurn): void {
  const { draft, hosted } = turn;
  const { leading, machine, commit, log } = draft;
  if (leading === undefined || machine === undefined || leading.transfer !== undefined) return;
  if (commit < leading.first || isUnfit(turn)) return;
  if (log.activations.some(({ index }) => index > commit)) return;
  const version = machine.version + 1;
  const code = codeOf(hosted.app, version);
  if (code === undefined || leading.tried?.version === version || cannotMigrate(draft)) return;
  const without = serversWithout(turn, leading, version);
  const awaited = planted(turn, 'tries-migration-beside-another')
    ? without.filter((nodeId) => leading.progress[nodeId]?.code !== undefined)
    : without;
  const awaits = planted(turn, 'activates-for-a-majority')
    ? awaited.length * 2 >= serversOf(turn, version).length
    : awaited.length > 0;
  if (awaits) {
    trialEnds(turn, leading);
    return;
  }
  if (code.migrate !== undefined && !isAnnounced(turn, leading, version)) return;
  const tried = migrated(code, stateAtEnd(turn, machine));
  const failed = tried.type === 'failed' ? tried.thrown.message : undefined;
  const next = trialEnds(turn, { ...leading, tried: { version, failed, at: turn.now.millis } });
  if (tried.type === 'failed') return note(turn, { type: 'migration-fails', version, thrown: tried.thrown });
  note(turn, { type: 'activates', version });
  propose(turn, next, [{ type: 'activate', version }]);
}

/** Whether the others have had a heartbeat's time to hear that this primary tries the migration; says so at first. */
function isAnnounced(turn: ReplicaTurn, leading: PrimaryState, version: number): boolean {
  const { draft, now, hosted } = turn;
  if (leading.trying?.version === version) return now.millis - leading.trying.since >= hosted.settings.heartbeatEvery;
  const next = { ...leading, trying: { version, since: now.millis } };
  draft.leading = next;
  draft.trial = { by: draft.identity.nodeId, version };
  draft.trialHeard = undefined;
  note(turn, { type: 'tries-migration', version });
  beat(turn, next);
  return false;
}

/** This primary tries no migration, or none any more. */
function trialEnds(turn: ReplicaTurn, leading: PrimaryState): PrimaryState {
  const { draft } = turn;
  if (draft.trial?.by === draft.identity.nodeId) draft.trial = undefined;
  const next = leading.trying === undefined ? leading : { ...leading, trying: undefined };
  draft.leading = next;
  return next;
}

/** The state that the activation will meet, with what is in the log and not visible yet. */
function stateAtEnd({ draft, hosted }: ReplicaTurn, machine: Machine): unknown {
  return entriesBetween(draft.log, machine.at.index + 1, lastIndex(draft.log)).reduce(
    (before, entry) => applyEntry(hosted.app, before, entry, hosted.planted).machine,
    machine,
  ).state;
}

/** What the servers are known by whose word is waited for. */
type Knowing = Pick<Replica, 'log' | 'services' | 'identity' | 'trial'>;

/** The data servers that have not said to this primary that they can run `version`. */
export function serversWithout(
  turn: { readonly draft: Knowing },
  leading: PrimaryState,
  version: number,
): readonly NodeId[] {
  return serversOf(turn, version).filter((nodeId) => {
    if (nodeId === turn.draft.identity.nodeId) return false;
    const code = leading.progress[nodeId]?.code;
    return code === undefined || code.isMute || code.newest < version;
  });
}

/**
 * The data servers whose code counts: every one with a vote, every other that is to get one, and the one that was trying
 * the migration when it was heard last. Any other that is away or removed is not waited for: it would be mute, and get a
 * full copy.
 */
function serversOf({ draft }: { readonly draft: Knowing }, version: number): readonly NodeId[] {
  const { services, trial } = draft;
  const configuration = configurationOfLog(draft.log);
  const voters = dataVoters(configuration).map(({ nodeId }) => nodeId);
  const learners = configuration.learners.filter((member) => member.kind === 'data' && !isLeaving({ draft }, member));
  const newcomers = services.filter(({ kind, standing }) => kind === 'server' && standing === 'member');
  const trying = services.filter(
    ({ nodeId, standing }) => standing !== 'removed' && nodeId === trial?.by && version === trial.version,
  );
  return [...new Set([...voters, ...[...learners, ...newcomers, ...trying].map(({ nodeId }) => nodeId)])];
}
