import { FRONT_END, type Unit } from './address.ts';
import type { GroupName } from './app.ts';
import { type Configuration, configurationOf, type Member } from './configuration.ts';
import type { NodeId } from './epoch.ts';

/** The first configuration of a cluster: the same on every node, or their logs never match (PROTOCOL §5.6). */
export interface Topology {
  readonly clusterId: string;
  /** Data servers in ascending order of rank. Each has a replica of every group. */
  readonly servers: readonly NodeId[];
  /** Front ends, none or more. They share N−1 votes among N data servers, so that any N−1 of those may die. */
  readonly frontEnds: readonly NodeId[];
  readonly groups: readonly GroupName[];
  /** The version of its app in which a group begins; 1 for one that is not named (PROTOCOL §11). */
  readonly versions?: Readonly<Record<GroupName, number>> | undefined;
}

/**
 * The first configuration of `group`. Ranks are rotated by group, so that different servers lead different groups while
 * all are alive. A front end without a vote is a learner.
 */
export function firstConfiguration(topology: Topology, group: GroupName): Configuration {
  const { servers, groups } = topology;
  const shift = groups.indexOf(group);
  const data = servers.map((nodeId, place): Member => {
    const rank = ((place + servers.length - (shift % servers.length)) % servers.length) + 1;
    return { nodeId, diskId: firstDiskId(topology, nodeId), kind: 'data', votes: 1, rank };
  });
  const witnesses = topology.frontEnds.map((nodeId, place) => ({
    votes: witnessVotes(topology, place),
    witness: { nodeId, diskId: firstDiskId(topology, nodeId), kind: 'witness', votes: 1, rank: 0 } as const,
  }));
  return configurationOf(
    [...data, ...witnesses.filter(({ votes }) => votes > 0).map(({ votes, witness }) => ({ ...witness, votes }))],
    witnesses.filter(({ votes }) => votes === 0).map(({ witness }) => witness),
  );
}

/** The units of `nodeId`: a replica of each group and, on a front end, the front end. */
export function unitsOf(topology: Topology, nodeId: NodeId): readonly Unit[] {
  if (topology.servers.includes(nodeId)) return topology.groups;
  return topology.frontEnds.includes(nodeId) ? [...topology.groups, FRONT_END] : [];
}

/** The disk id of a node when the cluster is first brought up. */
export function firstDiskId(topology: Topology, nodeId: NodeId): string {
  return `${topology.clusterId}/${nodeId}/1`;
}

/**
 * The generation in a disk id, counted from 1; a suffix tells two disks of one generation apart: `c/s1/1` is the first
 * disk of s1, `c/s1/2-3f9a` a second one.
 */
export function generationOf(diskId: string): number {
  const generation = /\/(\d+)(?:-[^/]*)?$/.exec(diskId)?.[1];
  return generation === undefined ? 1 : Number(generation);
}

function witnessVotes(topology: Topology, place: number): number {
  const votes = topology.servers.length - 1;
  const holders = topology.frontEnds.length;
  return Math.floor(votes / holders) + (place < votes % holders ? 1 : 0);
}
