import { codeOf } from '../model/app-versions.ts';
import { dataVoters } from '../model/configuration.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationOfLog } from '../model/log.ts';
import { isMute } from './ability.ts';
import { isLeaving } from './lifecycle.ts';
import type { PrimaryState } from './primary-state.ts';
import { propose } from './primary-log.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/**
 * Proposes the activation of the next version of the app (PROTOCOL §11.3): the own no-op is visible, no activation is
 * under way, this primary has the code, and every data server has said in this tenure that it can run it.
 */
export function considerActivation(turn: ReplicaTurn): void {
  const { draft, hosted } = turn;
  const { leading, machine, commit, log } = draft;
  if (leading === undefined || machine === undefined || leading.transfer !== undefined) return;
  if (commit < leading.first || isMute(turn)) return;
  if (log.activations.some(({ index }) => index > commit)) return;
  const version = machine.version + 1;
  if (codeOf(hosted.app, version) === undefined) return;
  const awaited = serversWithout(turn, leading, version);
  const awaits = planted(turn, 'activates-for-a-majority')
    ? awaited.length * 2 >= serversOf(turn).length
    : awaited.length > 0;
  if (awaits) return;
  note(turn, { type: 'activates', version });
  propose(turn, leading, [{ type: 'activate', version }]);
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
