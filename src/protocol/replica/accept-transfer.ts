import { isElectable } from './follower.ts';
import { dataVoters } from '../model/configuration.ts';
import { demerit } from './penalties.ts';
import { ask } from './election.ts';
import { compareLogEnds, type NodeId, sameEpoch } from '../model/epoch.ts';
import { configurationOfLog, logEnd } from '../model/log.ts';
import type { ElectionMessage } from '../model/messages.ts';
import { ownVoter } from './replica.ts';
import type { Turn } from './turn.ts';

/**
 * The primary hands the lead over to this replica (PROTOCOL §3.9), which asks for it as it would if that primary were silent:
 * first whether a quorum would vote for it, so that one who cannot be elected unseats nobody. What comes late, when the log
 * has grown or another leads, is ignored.
 */
export function relieve(
  turn: Turn,
  from: NodeId,
  { epoch, end }: Extract<ElectionMessage, { type: 'transfer' }>,
): void {
  const { draft } = turn;
  const { primary, phase } = draft.election;
  const isCurrent = primary === from && sameEpoch(epoch, draft.promised) && draft.tenure === undefined;
  if (!isCurrent || phase.type !== 'resting' || !isElectable(turn)) return;
  if (compareLogEnds(logEnd(draft.log), end) !== 0) return;
  // Whoever is handed the lead keeps it for a while, also from higher ranks: an operator may have wanted it so.
  const rank = ownVoter(draft)?.rank ?? -Infinity;
  for (const other of dataVoters(configurationOfLog(draft.log))) if (other.rank > rank) demerit(turn, other.nodeId);
  // A reign that is given away is not lost, however short.
  draft.election = { ...draft.election, reign: undefined };
  ask(turn, true);
}
