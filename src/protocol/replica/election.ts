import { produce } from 'immer';
import { unreachable } from '../model/assert.ts';
import { hasQuorum, type Member, voterOf } from '../model/configuration.ts';
import { COUNTER_AT_MOST } from '../model/counters.ts';
import { compareEpochs, compareLogEnds, type Epoch, type NodeId, sameEpoch } from '../model/epoch.ts';
import { configurationOfLog, logEnd } from '../model/log.ts';
import type { ElectionMessage } from '../model/messages.ts';
import { isUnfit } from './ability.ts';
import { becomePrimary } from './become-primary.ts';
import { raiseLate, timeOfElection, timeReport } from './cluster-time.ts';
import {
  becomeFollower,
  changePhase,
  hearsPrimary,
  isElectable,
  learnCounter,
  promise,
  standIn,
  suspect,
} from './follower.ts';
import { isCredible } from './known-nodes.ts';
import { isLeavingItself } from './lifecycle.ts';
import { hasVotes, isCountedOut } from './mutant-behaviour.ts';
import { ownVoter } from './replica.ts';
import { note, persist, planted, type ReplicaTurn, tell, telling } from './turn.ts';

type Election = Extract<ElectionMessage, { type: 'election' }>;
type Answer = Extract<ElectionMessage, { type: 'answer' }>;
type Campaign = Extract<ElectionMessage, { type: 'campaign' }>;

/**
 * The bully election over votes that are promises (PROTOCOL §3). ELECTION changes nothing at its receivers: it finds
 * out whether there is a primary, a newer log or a better candidate. Only then a campaign asks for promises; promises
 * of more than half of all votes make a primary.
 */
export function elect(turn: ReplicaTurn, from: NodeId, message: Exclude<ElectionMessage, { type: 'transfer' }>): void {
  switch (message.type) {
    case 'election':
      return answer(turn, from, message);
    case 'answer':
      return weigh(turn, from, message);
    case 'campaign':
      return vote(turn, from, message);
    case 'voted':
      return count(turn, from, message);
    default:
      return unreachable(message);
  }
}

/** Applies the election's timeouts. */
export function checkElectionTimeout(turn: ReplicaTurn): void {
  const { draft, now } = turn;
  const { phase, standAt, primary } = draft.election;
  if (draft.leading !== undefined) return;
  switch (phase.type) {
    case 'resting':
      if (standAt === undefined || now.millis < standAt) return;
      if (primary !== undefined) suspect(turn, primary);
      return ask(turn);
    case 'asking':
      if (now.millis < phase.until) return;
      return planted(turn, 'wins-election-without-quorum') ? campaign(turn, phase.transfer) : becomeFollower(turn);
    case 'waiting':
      if (now.millis < phase.until) return;
      penaliseSilentClaim(turn, phase.better);
      return ask(turn);
    case 'campaigning':
      if (now.millis < phase.until) return;
      return standAgain(turn);
    default:
      return unreachable(phase);
  }
}

/** Sends ELECTION to every voter. `transfer`: the primary hands over. */
export function ask(turn: ReplicaTurn, transfer = false): void {
  const { draft, now, hosted } = turn;
  const round = draft.election.round + 1;
  draft.election = { ...draft.election, round, standAt: undefined };
  changePhase(turn, { type: 'asking', until: now.millis + hosted.settings.answerWithin, transfer, answers: {} });
  note(turn, { type: 'asks-election', round });
  const muted = isUnfit(turn) ? { isMute: true } : {};
  tellVoters(turn, { type: 'election', round, end: logEnd(draft.log), transfer, ...muted });
  considerCampaign(turn);
}

function answer(turn: ReplicaTurn, from: NodeId, message: Election): void {
  const { draft } = turn;
  const verdict = preVoteAnswer(turn, from, message);
  tell(turn, from, { type: 'answer', round: message.round, verdict, promised: draft.promised });
  if (verdict === 'better' && draft.election.phase.type === 'resting') ask(turn);
}

function preVoteAnswer(
  turn: ReplicaTurn,
  from: NodeId,
  { end, transfer, isMute: isTheirsMute = false }: Election,
): Answer['verdict'] {
  const { draft } = turn;
  const freshness = planted(turn, 'votes-for-rank-alone') ? 0 : compareLogEnds(logEnd(draft.log), end);
  if (hearsPrimary(turn) && !transfer) return 'alive';
  if (freshness > 0) return 'behind';
  // The primary has chosen this candidate, whose log equals its own.
  if (transfer) return 'ok';
  const mayLead = isElectable(turn) && (!isUnfit(turn) || planted(turn, 'outranks-although-mute'));
  const own = mayLead ? ownVoter(draft) : undefined;
  const theirs = voterOf(configurationOfLog(draft.log), from);
  const isBetter = own !== undefined && (isTheirsMute || own.rank > (theirs?.rank ?? -Infinity));
  return isBetter && freshness === 0 && !isLeavingItself(turn) ? 'better' : 'ok';
}

function weigh(turn: ReplicaTurn, from: NodeId, message: Answer): void {
  const { draft, now, hosted } = turn;
  learnCounter(turn, from, message.promised);
  const { phase, round, penalties } = draft.election;
  if (phase.type !== 'asking' || message.round !== round) return;
  switch (message.verdict) {
    case 'alive':
      // The answering node may not have noticed yet that the primary is gone.
      return standAgain(turn);
    case 'behind':
      // No vote, and no veto. Its newer entries may be on no other disk, and it may be a witness, or die: a quorum
      // without it has all that was ever safe.
      return;
    case 'better': {
      const penalty = penalties[from];
      if (penalty === undefined || now.millis >= penalty.until) {
        return changePhase(turn, { type: 'waiting', better: from, until: now.millis + hosted.settings.answerWithin });
      }
      break;
    }
    case 'ok':
      break;
    default:
      return unreachable(message.verdict);
  }
  const { verdict } = message;
  draft.election = produce(draft.election, (election) => {
    if (election.phase.type === 'asking') election.phase.answers[from] = verdict;
  });
  considerCampaign(turn);
}

function considerCampaign(turn: ReplicaTurn): void {
  const { draft } = turn;
  const { phase } = draft.election;
  if (phase.type !== 'asking') return;
  const { answers } = phase;
  const own = draft.identity.nodeId;
  const objects = ({ nodeId }: Member): boolean =>
    nodeId !== own && answers[nodeId] === undefined && !isCountedOut(turn, nodeId);
  if (hasQuorum(configurationOfLog(draft.log), (member) => !objects(member))) campaign(turn, phase.transfer);
}

/** Asks for promises to a new epoch. Its own vote is a promise too, and waits for the disk. */
function campaign(turn: ReplicaTurn, transfer: boolean): void {
  const { draft, now, hosted } = turn;
  const { nodeId: own, diskId } = draft.identity;
  const counter = Math.max(draft.election.counter, draft.promised.counter) + 1;
  if (counter > COUNTER_AT_MOST && !planted(turn, 'takes-any-epoch-counter')) {
    // Written down, an epoch beyond the bound could not be exceeded by any other.
    note(turn, { type: 'epochs-exhausted', promised: draft.promised });
    return becomeFollower(turn);
  }
  const epoch: Epoch = { counter, nodeId: own };
  promise(turn, epoch);
  draft.election = { ...draft.election, standAt: undefined };
  const until = now.millis + hosted.settings.answerWithin;
  changePhase(turn, { type: 'campaigning', epoch, until, granted: [], heard: [], reports: {} });
  note(turn, { type: 'campaigns', epoch });
  const end = logEnd(draft.log);
  const voters = configurationOfLog(draft.log).voters.filter(({ nodeId }) => nodeId !== own);
  persist(
    turn,
    [{ type: 'promise', epoch }],
    [
      ...voters.map(({ nodeId }) => telling(turn, nodeId, { type: 'campaign', epoch, end, transfer })),
      telling(turn, own, { type: 'voted', epoch, granted: true, promised: epoch, diskId, ...timeReport(turn, end) }),
    ],
  );
}

/**
 * Grants a vote or refuses it. A refusal changes nothing and only reports. A voter that hears a primary refuses
 * whatever the epoch, so that a node cut off for a while cannot unseat the primary on its return; except when that
 * primary hands over. This serves liveness, not safety, so the candidate's claim is enough.
 */
function vote(turn: ReplicaTurn, from: NodeId, { epoch, end, transfer }: Campaign): void {
  const { draft } = turn;
  const { diskId } = draft.identity;
  if (!isCredible(turn, from, epoch)) return;
  learnCounter(turn, from, epoch);
  const report = timeReport(turn, end);
  const isNewer = compareEpochs(epoch, draft.promised) > 0;
  const isFresh = planted(turn, 'votes-for-rank-alone') || compareLogEnds(end, logEnd(draft.log)) >= 0;
  if (!isNewer || !isFresh || (hearsPrimary(turn) && !transfer)) {
    return tell(turn, from, { type: 'voted', epoch, granted: false, promised: draft.promised, diskId, ...report });
  }
  promise(turn, epoch);
  persist(turn, planted(turn, 'votes-without-writing-promise') ? [] : [{ type: 'promise', epoch }], [
    telling(turn, from, { type: 'voted', epoch, granted: true, promised: epoch, diskId, ...report }),
  ]);
}

function count(turn: ReplicaTurn, from: NodeId, message: Extract<ElectionMessage, { type: 'voted' }>): void {
  const { draft } = turn;
  learnCounter(turn, from, message.promised);
  raiseLate(turn, message);
  const { phase } = draft.election;
  if (phase.type !== 'campaigning') return;
  if (!sameEpoch(phase.epoch, message.epoch) && !planted(turn, 'counts-vote-from-earlier-campaign')) return;
  const configuration = configurationOfLog(draft.log);
  const voter = voterOf(configuration, from);
  if (voter === undefined || (voter.diskId !== message.diskId && !planted(turn, 'counts-vote-of-another-disk'))) return;

  const heard = including(phase.heard, from);
  const counted = planted(turn, 'counts-repeated-vote-twice')
    ? [...phase.granted, from]
    : including(phase.granted, from);
  const granted = message.granted ? counted : phase.granted;
  const { time, since, wall } = message;
  const reports = message.granted ? { ...phase.reports, [from]: { time, since, wall } } : phase.reports;
  changePhase(turn, { ...phase, heard, granted, reports });
  const isElected =
    hasQuorum(configuration, ({ nodeId }) => granted.includes(nodeId) || isCountedOut(turn, nodeId)) ||
    (planted(turn, 'counts-repeated-vote-twice') && hasVotes(configuration, granted)) ||
    planted(turn, 'wins-election-without-quorum');
  if (isElected) return becomePrimary(turn, phase.epoch, heard, timeOfElection(turn, reports));
  const refuses = ({ nodeId }: Member): boolean => heard.includes(nodeId) && !granted.includes(nodeId);
  if (!hasQuorum(configuration, (member) => !refuses(member))) standAgain(turn);
}

/**
 * Ends a candidacy without success, and asks again soon: ELECTION disturbs no primary. Of two that stood at once, the one
 * with fewer votes would otherwise leave the group without a primary for `electAfter` if the other one lost as well.
 */
function standAgain(turn: ReplicaTurn): void {
  changePhase(turn, { type: 'resting' });
  standIn(turn, turn.hosted.settings.rankDelay);
}

/** Gives a penalty to a node that claimed to be better and never announced itself; doubles each time. */
function penaliseSilentClaim(turn: ReplicaTurn, nodeId: NodeId): void {
  const { draft, now, hosted } = turn;
  const times = (draft.election.penalties[nodeId]?.times ?? 0) + 1;
  const until = now.millis + hosted.settings.penaltyFor * 2 ** Math.min(times - 1, 6);
  draft.election = produce(draft.election, (election) => {
    election.penalties[nodeId] = { until, times };
  });
}

function tellVoters(turn: ReplicaTurn, message: ElectionMessage): void {
  for (const { nodeId } of configurationOfLog(turn.draft.log).voters) {
    if (nodeId !== turn.draft.identity.nodeId) tell(turn, nodeId, message);
  }
}

function including(nodes: readonly NodeId[], node: NodeId): readonly NodeId[] {
  return nodes.includes(node) ? nodes : [...nodes, node];
}
