import {
  type Configuration,
  give,
  type Member,
  members,
  take,
  votesOf,
  votesTogether,
} from '../model/configuration.ts';
import { canServe, type Change } from './configuration-change.ts';
import { isGone, lifecycleOf } from './lifecycle.ts';
import { isSteadyFor } from './peer-progress.ts';
import type { PrimaryState } from './primary-state.ts';
import type { ReplicaTurn } from './turn.ts';

/**
 * The next change towards N−1 votes for N data servers, spread evenly over the front ends alive (PROTOCOL §5.5). Votes
 * are given before they are taken, so there may be one too many for a while; never two.
 */
export function nextWitnessVote(
  turn: ReplicaTurn,
  leading: PrimaryState,
  configuration: Configuration,
): Change | undefined {
  const standings = votesLeftOf(turn, leading, configuration);
  for (const what of ['give', 'take'] as const) {
    const witness = what === 'give' ? whoIsGiven(standings) : whoIsTaken(standings);
    if (witness === undefined) continue;
    const { nodeId } = witness;
    const after = what === 'give' ? give(configuration, nodeId) : take(configuration, nodeId);
    if (canServe(turn, leading, after, what === 'take' ? nodeId : undefined))
      return { what, nodeId, configuration: after };
  }
  return undefined;
}

/** Whether the witnesses alive have all the votes they are to have, or none of them can take more. */
export function haveTheirVotes(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): boolean {
  const { witnesses, aim } = votesLeftOf(turn, leading, configuration);
  const living = witnesses.filter(({ state }) => state !== 'gone' && state !== 'silent');
  return votesTogether(living) >= aim || !living.some(({ state }) => state === 'steady');
}

interface VotesLeft {
  /** N−1, where N counts the data servers that are not removed. */
  readonly aim: number;
  readonly witnesses: readonly Witness[];
}

interface Witness {
  readonly nodeId: string;
  readonly votes: number;
  /** `silent`: not heard for `witnessAfter`, or away: its votes may go to others. `gone`: removed or replaced. */
  readonly state: 'steady' | 'living' | 'silent' | 'gone';
}

function votesLeftOf(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): VotesLeft {
  const all = members(configuration);
  const stays = (member: Member): boolean => member.kind === 'data' && lifecycleOf(turn, member) !== 'removed';
  return {
    aim: Math.max(0, all.filter(stays).length - 1),
    witnesses: all
      .filter(({ kind }) => kind === 'witness')
      .map((member) => ({
        nodeId: member.nodeId,
        votes: votesOf(configuration, member.nodeId),
        state: stateOf(turn, leading, member),
      })),
  };
}

function stateOf(turn: ReplicaTurn, leading: PrimaryState, member: Member): Witness['state'] {
  const { now, hosted, draft } = turn;
  if (isGone(turn, member)) return 'gone';
  // Taken at once, the only witness vote of {A, B, W} would be missing if B died before W returns: A alone could give
  // none.
  if (lifecycleOf(turn, member) === 'away') return 'silent';
  const progress = leading.progress[member.nodeId];
  if (progress === undefined) return 'living';
  if (now.millis - progress.heardAt >= hosted.settings.witnessAfter) return 'silent';
  // A witness fed once per heartbeat is always a little behind (PROTOCOL §4.7), but has all that an older primary had.
  const isClose = progress.match >= leading.first && draft.commit - progress.match <= hosted.settings.batchAtMost;
  const isSuspect = draft.election.suspected.includes(member.nodeId);
  return isClose && !isSuspect && isSteadyFor(turn, progress, hosted.settings.admitAfter) ? 'steady' : 'living';
}

/** The steady witness with the fewest votes, while votes are missing, or another witness has two more. */
function whoIsGiven({ witnesses, aim }: VotesLeft): Witness | undefined {
  if (votesTogether(witnesses) > aim) return undefined;
  const living = witnesses.filter(({ state }) => state === 'steady' || state === 'living');
  const fewest = extreme(
    living.filter(({ state }) => state === 'steady'),
    (a, b) => a.votes < b.votes,
  );
  const most = extreme(living, (a, b) => a.votes > b.votes);
  if (fewest === undefined || most === undefined) return undefined;
  return votesTogether(living) < aim || most.votes - fewest.votes >= 2 ? fewest : undefined;
}

/**
 * The witness that loses a vote: a removed one in any case. Surplus votes are taken first from a silent one, then from
 * the one with the most.
 */
function whoIsTaken({ witnesses, aim }: VotesLeft): Witness | undefined {
  const holders = witnesses.filter(({ votes }) => votes > 0);
  const gone = holders.find(({ state }) => state === 'gone');
  if (gone !== undefined || votesTogether(witnesses) <= aim) return gone;
  return holders.find(({ state }) => state === 'silent') ?? extreme(holders, (a, b) => a.votes > b.votes);
}

/** The first witness that no other one beats. */
function extreme(witnesses: readonly Witness[], beats: (one: Witness, other: Witness) => boolean): Witness | undefined {
  return witnesses.find((one) => !witnesses.some((other) => beats(other, one)));
}
