import type { NodeId } from './epoch.ts';

/** A data server keeps log and state; a witness keeps the log without content, and votes (PROTOCOL §1). */
export type MemberKind = 'data' | 'witness';

/** One member of a group, as the configuration names it. */
export interface Member {
  readonly nodeId: NodeId;
  /** Made when the disk is formatted. A node that lost its disk rejoins as another member. */
  readonly diskId: string;
  readonly kind: MemberKind;
  /** Whole votes, at least 1; 1 for a data server. A learner's do not count before it is a voter. */
  readonly votes: number;
  /**
   * Rank in the bully election: the highest of those alive and up to date normally becomes primary. Data servers of the
   * first configuration have 1 and more; a later one ranks one below the lowest, be it 0 or less. Witnesses never lead.
   */
  readonly rank: number;
}

/**
 * Voters elect and commit. Learners receive the log without a vote: servers that join, voters that were removed and
 * have not caught up, front ends without a vote. Both lists are sorted by node id.
 */
export interface Configuration {
  readonly voters: readonly Member[];
  readonly learners: readonly Member[];
}

export function configurationOf(voters: readonly Member[], learners: readonly Member[] = []): Configuration {
  return { voters: [...voters].sort(byNodeId), learners: [...learners].sort(byNodeId) };
}

function byNodeId(a: Member, b: Member): number {
  return a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : 0;
}

export function voterOf(configuration: Configuration, nodeId: NodeId): Member | undefined {
  return configuration.voters.find((member) => member.nodeId === nodeId);
}

export function dataVoters(configuration: Configuration): readonly Member[] {
  return listsOf(configuration).dataVoters;
}

/** All members, to which the primary sends: voters, then learners. */
export function members(configuration: Configuration): readonly Member[] {
  return listsOf(configuration).members;
}

/** Names of all data servers, voters and learners, sorted. */
export function dataServers(configuration: Configuration): readonly NodeId[] {
  return listsOf(configuration).dataServers;
}

interface Lists {
  readonly dataVoters: readonly Member[];
  readonly dataServers: readonly NodeId[];
  readonly members: readonly Member[];
}

/** Every step asks for these lists and configurations rarely change, so they are cached per configuration. */
const LISTS = new WeakMap<Configuration, Lists>();

function listsOf(configuration: Configuration): Lists {
  const known = LISTS.get(configuration);
  if (known !== undefined) return known;
  const { voters, learners } = configuration;
  const all = [...voters, ...learners];
  const lists = {
    dataVoters: voters.filter(({ kind }) => kind === 'data'),
    dataServers: all.flatMap(({ kind, nodeId }) => (kind === 'data' ? [nodeId] : [])).sort(),
    members: all,
  };
  LISTS.set(configuration, lists);
  return lists;
}

/** The voter or learner `nodeId`. */
export function memberOf(configuration: Configuration, nodeId: NodeId): Member | undefined {
  return members(configuration).find((member) => member.nodeId === nodeId);
}

/** The votes of `nodeId` that count: 0 unless it is a voter. */
export function votesOf(configuration: Configuration, nodeId: NodeId): number {
  return voterOf(configuration, nodeId)?.votes ?? 0;
}

/** The votes of these members together. */
export function votesTogether(of: readonly Pick<Member, 'votes'>[]): number {
  return of.reduce((sum, { votes }) => sum + votes, 0);
}

/** Whether the voters that satisfy `agrees` have more than half of all votes. */
export function hasQuorum(configuration: Configuration, agrees: (member: Member) => boolean): boolean {
  let total = 0;
  let agreeing = 0;
  for (const member of configuration.voters) {
    total += member.votes;
    if (agrees(member)) agreeing += member.votes;
  }
  return agreeing * 2 > total;
}

/** The configuration without a vote for `nodeId`, which stays as a learner so that it can return. */
export function demote(configuration: Configuration, nodeId: NodeId): Configuration {
  const leaving = configuration.voters.filter((member) => member.nodeId === nodeId);
  return configurationOf(
    configuration.voters.filter((member) => member.nodeId !== nodeId),
    [...configuration.learners, ...leaving],
  );
}

/** The configuration with the learner `nodeId` as a voter. */
export function promote(configuration: Configuration, nodeId: NodeId): Configuration {
  const joining = configuration.learners.filter((member) => member.nodeId === nodeId);
  return configurationOf(
    [...configuration.voters, ...joining],
    configuration.learners.filter((member) => member.nodeId !== nodeId),
  );
}

/** The configuration with one vote more for `nodeId`; a learner becomes a voter. */
export function give(configuration: Configuration, nodeId: NodeId): Configuration {
  const member = memberOf(configuration, nodeId);
  return member === undefined ? configuration : withVotes(configuration, member, votesOf(configuration, nodeId) + 1);
}

/** The configuration with one vote less for `nodeId`. A voter that loses its last one stays as a learner. */
export function take(configuration: Configuration, nodeId: NodeId): Configuration {
  const voter = voterOf(configuration, nodeId);
  return voter === undefined ? configuration : withVotes(configuration, voter, voter.votes - 1);
}

/** The configuration with a new learner. */
export function admit(configuration: Configuration, learner: Member): Configuration {
  return configurationOf(configuration.voters, [...configuration.learners, learner]);
}

/** The configuration without the learner `nodeId`. */
export function drop(configuration: Configuration, nodeId: NodeId): Configuration {
  return configurationOf(
    configuration.voters,
    configuration.learners.filter((member) => member.nodeId !== nodeId),
  );
}

/**
 * Whether at most one vote of one node differs. Then any quorum of the one and any quorum of the other share a voter:
 * quorums of T and of T+1 votes have at least T+2 votes together, and there are T+1 (Raft §6, with weighted votes).
 */
export function isOneVoteApart(before: Configuration, after: Configuration): boolean {
  let difference = 0;
  for (const { nodeId, diskId, votes } of before.voters) {
    const other = voterOf(after, nodeId);
    difference += other?.diskId === diskId ? Math.abs(other.votes - votes) : votes;
  }
  for (const { nodeId, diskId, votes } of after.voters) {
    if (voterOf(before, nodeId)?.diskId !== diskId) difference += votes;
  }
  return difference <= 1;
}

function withVotes(configuration: Configuration, member: Member, votes: number): Configuration {
  const isOther = ({ nodeId }: Member): boolean => nodeId !== member.nodeId;
  const voters = configuration.voters.filter(isOther);
  const learners = configuration.learners.filter(isOther);
  if (votes === 0) return configurationOf(voters, [...learners, { ...member, votes: 1 }]);
  return configurationOf([...voters, { ...member, votes }], learners);
}
