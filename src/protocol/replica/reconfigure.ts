import { rest } from './follower.ts';
import { change, type Change, mayPropose } from './configuration-change.ts';
import type { Configuration } from '../model/configuration.ts';
import { whoIsAdmitted, whoIsPromoted } from './joining.ts';
import { whoIsDropped, whoLeaves } from './leaving.ts';
import { configurationOfLog } from '../model/log.ts';
import { isStalled, leaveOffice } from './check-quorum.ts';
import { observePeers } from './peer-progress.ts';
import type { Tenure } from './replica.ts';
import type { Turn } from './turn.ts';
import { nextWitnessVote } from './witness-votes.ts';

/**
 * Keeps the configuration true: to who lives, and to what the directory says is wanted (PROTOCOL §5). One change at a time,
 * each safe in the log before the next is proposed, in this order: whoever stalls or leaves loses its vote, whoever is gone
 * for good is forgotten, witnesses get the votes they are to have, newcomers are let in, and those who have caught up vote.
 * Only the first, for which writes wait, is looked for in every step; the others if it is time to look.
 */
export function reconfigure(turn: Turn, looks: boolean): void {
  const { draft } = turn;
  if (draft.tenure === undefined) return;
  observePeers(turn, draft.tenure);
  const { tenure } = draft;
  const own = tenure.progress[draft.identity.nodeId];
  if (own !== undefined && isStalled(turn, own)) {
    // Its own disk hangs: it can make nothing visible, and its next campaign waits for that disk.
    leaveOffice(turn, 'stalled');
    return rest(turn);
  }
  // While the lead is handed over the log stands still, so that the next primary has all of it.
  if (tenure.transfer !== undefined || !mayPropose(turn, tenure)) return;
  const configuration = configurationOfLog(draft.log);
  const next = whoLeaves(turn, tenure, configuration) ?? (looks ? whoElse(turn, tenure, configuration) : undefined);
  if (next !== undefined) change(turn, tenure, next);
}

function whoElse(turn: Turn, tenure: Tenure, configuration: Configuration): Change | undefined {
  return (
    whoIsDropped(turn, configuration) ??
    nextWitnessVote(turn, tenure, configuration) ??
    whoIsAdmitted(turn, configuration) ??
    whoIsPromoted(turn, tenure, configuration)
  );
}
