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
import { propose } from './primary-log.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/**
 * Proposes the activation of the next version of the app (PROTOCOL §11.3): the own no-op is visible, no activation is
 * under way, this primary has the code, and every data server has said in this tenure that it can run it. Its migration
 * is tried first, once in a tenure: one that fails is not proposed.
 */
export function considerActivation(turn: ReplicaTurn): void {
  const { draft, hosted } = turn;
  const { leading, machine, commit, log } = draft;
  if (leading === undefined || machine === undefined || leading.transfer !== undefined) return;
  if (commit < leading.first || isUnfit(turn)) return;
  if (log.activations.some(({ index }) => index > commit)) return;
  const version = machine.version + 1;
  const code = codeOf(hosted.app, version);
  if (code === undefined || leading.tried?.version === version) return;
  const awaited = serversWithout(turn, leading, version);
  const awaits = planted(turn, 'activates-for-a-majority')
    ? awaited.length * 2 >= serversOf(turn).length
    : awaited.length > 0;
  if (awaits) return;
  const tried = migrated(code, stateAtEnd(turn, machine));
  const failed = tried.type === 'failed' ? tried.thrown.message : undefined;
  const next: PrimaryState = { ...leading, tried: { version, failed } };
  draft.leading = next;
  if (tried.type === 'failed') return note(turn, { type: 'migration-fails', version, thrown: tried.thrown });
  note(turn, { type: 'activates', version });
  propose(turn, next, [{ type: 'activate', version }]);
}

/** The state that the activation will meet, with what is in the log and not visible yet. */
function stateAtEnd({ draft, hosted }: ReplicaTurn, machine: Machine): unknown {
  return entriesBetween(draft.log, machine.at.index + 1, lastIndex(draft.log)).reduce(
    (before, entry) => applyEntry(hosted.app, before, entry, hosted.planted).machine,
    machine,
  ).state;
}

/** The data servers that have not said to this primary that they can run `version`. */
export function serversWithout(
  turn: { readonly draft: Pick<Replica, 'log' | 'services' | 'identity'> },
  leading: PrimaryState,
  version: number,
): readonly NodeId[] {
  return serversOf(turn).filter((nodeId) => {
    if (nodeId === turn.draft.identity.nodeId) return false;
    const code = leading.progress[nodeId]?.code;
    return code === undefined || code.isMute || code.newest < version;
  });
}

/**
 * The data servers whose code counts: every one with a vote, and every other that is to get one. One that is away or
 * removed is not waited for: it would be mute, and get a full copy.
 */
function serversOf({ draft }: { readonly draft: Pick<Replica, 'log' | 'services' | 'identity'> }): readonly NodeId[] {
  const configuration = configurationOfLog(draft.log);
  const voters = dataVoters(configuration).map(({ nodeId }) => nodeId);
  const learners = configuration.learners.filter((member) => member.kind === 'data' && !isLeaving({ draft }, member));
  const newcomers = draft.services.filter(({ kind, standing }) => kind === 'server' && standing === 'member');
  return [...new Set([...voters, ...[...learners, ...newcomers].map(({ nodeId }) => nodeId)])];
}
