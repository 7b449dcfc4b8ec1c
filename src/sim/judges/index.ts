import { appInvariants } from './app-invariants.ts';
import { appliedOnce } from './applied-once.ts';
import { believedMatch } from './believed-match.ts';
import { bookkeeping } from './bookkeeping.ts';
import { boundedCounters } from './bounded-counters.ts';
import { calls } from './calls.ts';
import { chain } from './chain.ts';
import { clusterTime } from './cluster-time.ts';
import { committedImmutable } from './committed-immutable.ts';
import { comparisons } from './comparisons.ts';
import { countedDiskKept } from './counted-disk-kept.ts';
import { countedFirst } from './counted-first.ts';
import { divergence } from './divergence.ts';
import { durableCommit } from './durable-commit.ts';
import { electedByQuorum } from './elected-by-quorum.ts';
import { electionSafety } from './election-safety.ts';
import { forgetting } from './forgetting.ts';
import { grantedCopies } from './granted-copies.ts';
import { honestVote } from './honest-vote.ts';
import type { Evidence, Judge } from './judge.ts';
import { knownRequests } from './known-requests.ts';
import { keptOnDisk } from './kept-on-disk.ts';
import { lamportOrder } from './lamport-order.ts';
import { leaderCompleteness } from './leader-completeness.ts';
import { monotonic } from './monotonic.ts';
import { muteStandsLast } from './mute-stands-last.ts';
import { muteSparesVotes } from './mute-spares-votes.ts';
import { newVoter } from './new-voter.ts';
import { noneMuted } from './none-muted.ts';
import { oneChange } from './one-change.ts';
import { oneReply } from './one-reply.ts';
import { outvoted } from './outvoted.ts';
import { promiseBeforeMessage } from './promise-before-message.ts';
import { removedStaysRemoved } from './removed-stays-removed.ts';
import { restraint } from './restraint.ts';
import { room } from './room.ts';
import { sizes } from './sizes.ts';
import { snapshots } from './snapshots.ts';
import { stateMachineSafety } from './state-machine-safety.ts';
import { strangers } from './strangers.ts';
import { trials } from './trials.ts';
import { votersHeard } from './voters-heard.ts';
import { witnessGate } from './witness-gate.ts';
import { writeSessions } from './write-sessions.ts';

/**
 * The judges of every event, in their order. `committedImmutable` maintains the record of committed entries, and so
 * comes before the judges that read it. `issued` are the uuids of requests.
 */
export function createJudges(evidence: Evidence, issued: ReadonlySet<string>): readonly Judge[] {
  return [
    electionSafety(),
    electedByQuorum(evidence),
    leaderCompleteness(evidence),
    outvoted(evidence),
    durableCommit(evidence),
    countedFirst(),
    believedMatch(evidence),
    oneChange(),
    votersHeard(evidence),
    newVoter(evidence),
    committedImmutable(evidence),
    monotonic(evidence),
    removedStaysRemoved(evidence),
    countedDiskKept(evidence),
    stateMachineSafety(evidence),
    appliedOnce(evidence),
    writeSessions(evidence),
    forgetting(evidence),
    bookkeeping(evidence),
    calls(evidence),
    knownRequests(evidence, issued),
    lamportOrder(evidence),
    appInvariants(evidence),
    snapshots(evidence),
    chain(evidence),
    noneMuted(evidence),
    keptOnDisk(evidence),
    muteStandsLast(evidence),
    muteSparesVotes(evidence),
    trials(evidence),
    divergence(),
    comparisons(evidence),
    grantedCopies(evidence),
    promiseBeforeMessage(evidence),
    honestVote(evidence),
    witnessGate(evidence),
    restraint(evidence),
    oneReply(),
    boundedCounters(),
    strangers(),
    sizes(evidence),
    room(evidence),
    clusterTime(evidence),
  ];
}
