import type { NodeId } from './epoch.ts';

/** A data server keeps log and state; a witness keeps only the shape of the log and lends its votes (PROTOCOL §1). */
export type MemberKind = 'data' | 'witness';

/** One member of a group as the configuration names it. */
export interface Member {
  readonly nodeId: NodeId;
  /** Made when the disk was formatted; a node that lost its disk is another member. */
  readonly diskId: string;
  readonly kind: MemberKind;
  /** Whole votes, at least 1. A learner's votes do not count until it is a voter again. */
  readonly votes: number;
  /** The bully's order: of those alive and up to date, the highest rank normally becomes primary. */
  readonly rank: number;
}

/**
 * Who counts. Voters elect and commit; learners receive the log and count for nothing: a data server that was removed
 * is kept here until it has caught up. Both lists are sorted by node id.
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

/** Every node the primary sends to: voters, then learners. */
export function members(configuration: Configuration): readonly Member[] {
  return listsOf(configuration).members;
}

interface Lists {
  readonly dataVoters: readonly Member[];
  readonly members: readonly Member[];
}

/** Every step asks for these lists and configurations hardly ever change, so they are kept with the configuration. */
const LISTS = new WeakMap<Configuration, Lists>();

function listsOf(configuration: Configuration): Lists {
  const known = LISTS.get(configuration);
  if (known !== undefined) return known;
  const { voters, learners } = configuration;
  const lists = { dataVoters: voters.filter(({ kind }) => kind === 'data'), members: [...voters, ...learners] };
  LISTS.set(configuration, lists);
  return lists;
}

/** Whether the voters that satisfy `agrees` hold more than half of all votes. */
export function hasQuorum(configuration: Configuration, agrees: (member: Member) => boolean): boolean {
  let total = 0;
  let agreeing = 0;
  for (const member of configuration.voters) {
    total += member.votes;
    if (agrees(member)) agreeing += member.votes;
  }
  return agreeing * 2 > total;
}

/** The configuration without a vote for `nodeId`, which is kept as a learner so that it can come back. */
export function demote(configuration: Configuration, nodeId: NodeId): Configuration {
  const leaving = configuration.voters.filter((member) => member.nodeId === nodeId);
  return configurationOf(
    configuration.voters.filter((member) => member.nodeId !== nodeId),
    [...configuration.learners, ...leaving],
  );
}

/** The configuration with the learner `nodeId` as a voter again. */
export function promote(configuration: Configuration, nodeId: NodeId): Configuration {
  const joining = configuration.learners.filter((member) => member.nodeId === nodeId);
  return configurationOf(
    [...configuration.voters, ...joining],
    configuration.learners.filter((member) => member.nodeId !== nodeId),
  );
}
