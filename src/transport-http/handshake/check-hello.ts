import type { NodeId } from '../../protocol/model/epoch.ts';
import { type Hello, quote, type Self } from './hello.ts';

/** One process in the life of a node id: of two, the newer generation, then disk, then incarnation is the later one. */
export type Life = Pick<Self, 'generation' | 'diskId' | 'incarnation'>;

/** What the one at the door knows. */
export interface HelloPolicy {
  readonly self: Self;
  /** The latest life of a node that has been heard or heard of; undefined of a newcomer. */
  life(nodeId: NodeId): Life | undefined;
  /** Whether the disk is one of a node that was removed for good. */
  isRemoved(diskId: string): boolean;
  /** Whether there is room for another node that was never heard before. */
  hasRoom(nodeId: NodeId): boolean;
}

/** Why the one behind `hello` may not speak here; undefined when it may. Known or not, it must be of this history. */
export function refusal(hello: Hello, policy: HelloPolicy): string | undefined {
  const { clusterId, historyId, nodeId } = policy.self;
  if (hello.clusterId !== clusterId) return `this node belongs to cluster ${clusterId}, not ${quote(hello.clusterId)}`;
  if (hello.historyId !== historyId)
    return `the history of this cluster is ${historyId}, not ${quote(hello.historyId)}: join it anew, with an empty folder`;
  if (hello.to !== nodeId) return `this node is ${nodeId}, not ${quote(hello.to)}`;
  if (hello.nodeId === nodeId) return `this node is ${nodeId} itself`;
  if (policy.isRemoved(hello.diskId)) return `${quote(hello.nodeId)} has been removed from this cluster`;
  if (!policy.hasRoom(hello.nodeId)) return 'this node has heard of too many others';
  const latest = policy.life(hello.nodeId);
  // A process that was cut off and replaced must not be heard beside its successor.
  if (latest === undefined || !isLater(latest, hello)) return undefined;
  return latest.diskId === hello.diskId
    ? `incarnation ${hello.incarnation} of ${hello.nodeId} is over, ${latest.incarnation} was seen`
    : `${hello.nodeId} has another disk by now, of generation ${latest.generation}`;
}

/** Whether `a` came after `b`. */
export function isLater(a: Life, b: Life): boolean {
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (a.diskId !== b.diskId) return a.diskId > b.diskId;
  return a.incarnation > b.incarnation;
}
