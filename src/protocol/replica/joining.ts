import { canServe, type Change } from './configuration-change.ts';
import { admit, type Configuration, type Member, memberOf, members, promote } from '../model/configuration.ts';
import { isSteadyFor } from './peer-progress.ts';
import type { Tenure } from './replica.ts';
import type { ServiceEntry } from '../model/directory.ts';
import { isLeaving } from './lifecycle.ts';
import { isPlanted, type Turn } from './turn.ts';
import { haveTheirVotes } from './witness-votes.ts';

/** Somebody the directory knows and the configuration does not: becomes a learner, which no vote depends on (PROTOCOL §5.7). */
export function whoIsAdmitted(turn: Turn, configuration: Configuration): Change | undefined {
  const newcomer = turn.draft.services.find(
    ({ nodeId, standing }) => standing === 'member' && memberOf(configuration, nodeId) === undefined,
  );
  if (newcomer === undefined) return undefined;
  const learner = learnerOf(newcomer, configuration);
  return { what: 'admit', nodeId: learner.nodeId, configuration: admit(configuration, learner) };
}

/**
 * The data server that gets a vote: it has caught up and stayed (PROTOCOL §5.4), and the witnesses have the votes that one
 * more data server asks for. Otherwise N−1 deaths at once could be too many just after it has come.
 */
export function whoIsPromoted(turn: Turn, tenure: Tenure, configuration: Configuration): Change | undefined {
  const ready = configuration.learners.find(
    (learner) => isReady(turn, tenure, learner) && canServe(turn, tenure, promote(configuration, learner.nodeId)),
  );
  if (ready === undefined || !haveTheirVotes(turn, tenure, configuration)) return undefined;
  const isNew = tenure.progress[ready.nodeId]?.isNew === true;
  return {
    what: isNew ? 'promote' : 'readmit',
    nodeId: ready.nodeId,
    configuration: promote(configuration, ready.nodeId),
  };
}

/** A newcomer ranks below everybody, so that it takes no lead from those who have served all along. */
function learnerOf({ nodeId, diskId, kind }: ServiceEntry, configuration: Configuration): Member {
  if (kind === 'frontend') return { nodeId, diskId, kind: 'witness', votes: 1, rank: 0 };
  const ranks = members(configuration).flatMap((member) => (member.kind === 'data' ? [member.rank] : []));
  return { nodeId, diskId, kind: 'data', votes: 1, rank: Math.min(...ranks) - 1 };
}

function isReady(turn: Turn, tenure: Tenure, learner: Member): boolean {
  const { hosted, draft } = turn;
  const { admitAfter, readmitAfter } = hosted.settings;
  const progress = tenure.progress[learner.nodeId];
  if (learner.kind !== 'data' || progress === undefined) return false;
  // What is visible here is not all that predecessors have acknowledged, before an entry of this epoch is.
  const known = Math.max(draft.commit, tenure.first);
  if (progress.match < known && !isPlanted(turn, 'M38')) return false;
  // A new primary does not know who has never voted before, and is careful with everybody.
  const patience = progress.isNew ? admitAfter : readmitAfter * 2 ** Math.min(progress.flaps, 6);
  return isSteadyFor(turn, progress, patience) && !isLeaving(turn, learner);
}
