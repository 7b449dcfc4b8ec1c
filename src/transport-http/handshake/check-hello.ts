import type { NodeId } from '../../protocol/model/epoch.ts';
import { type Hello, type LinkKey, quote, type Refusal, type Self } from './hello.ts';

/** One process of a node id. Of two, the one with the newer generation, then disk, then incarnation is later. */
export type Life = Pick<Self, 'generation' | 'diskId' | 'incarnation'>;

/** The knowledge that a hello is checked against. */
export interface HelloPolicy {
  readonly self: Self;
  /** The latest life of a known node; undefined for an unknown one. */
  life(nodeId: NodeId): Life | undefined;
  /** The kind of this node, and of a known one. */
  kind(nodeId: NodeId): LinkKey | undefined;
  /** Where an earlier life of this disk is, if its beat has risen a moment ago: it runs still, or has just died. */
  beatsAt(life: Life & Pick<Self, 'nodeId'>): string | undefined;
  /** Whether the disk is that of a removed node. */
  isRemoved(diskId: string): boolean;
  /** Whether the tables have room for this node; true for a known one. */
  hasRoom(nodeId: NodeId): boolean;
}

/** Why the sender of `hello` is refused; undefined when it may speak. It must be of this history, known or not. */
export function refusal(hello: Hello, policy: HelloPolicy): Refusal | undefined {
  const { clusterId, historyId } = policy.self;
  if (hello.clusterId !== clusterId) {
    return { kind: 'cluster', reason: `this node belongs to cluster ${clusterId}, not ${quote(hello.clusterId)}` };
  }
  if (hello.historyId !== historyId) {
    const what = `the history of this cluster is ${historyId}, not ${quote(hello.historyId)}`;
    return { kind: 'history', reason: `${what}: join it anew, with an empty folder` };
  }
  const reason = whyNot(hello, policy);
  if (reason !== undefined) return { reason };
  // A process that was cut off and replaced must not be heard beside its successor.
  const copy = twoLives(hello, policy.beatsAt(hello));
  return copy === undefined ? undefined : { kind: 'copy', reason: copy };
}

/** Why this node, or this life of it, may not speak here. */
function whyNot(hello: Hello, policy: HelloPolicy): string | undefined {
  const { nodeId } = policy.self;
  if (hello.to !== nodeId) return `this node is ${nodeId}, not ${quote(hello.to)}`;
  if (hello.nodeId === nodeId) return `this node is ${nodeId} itself`;
  // Who has the front ends' key alone is no data server.
  if (hello.key === 'frontend' && policy.kind(nodeId) === 'server' && policy.kind(hello.nodeId) === 'server')
    return `${quote(hello.nodeId)} is a data server: it proves the servers' key`;
  if (policy.isRemoved(hello.diskId)) return `${quote(hello.nodeId)} has been removed from this cluster`;
  if (!policy.hasRoom(hello.nodeId)) return 'this node has heard of too many others';
  const latest = policy.life(hello.nodeId);
  if (!isNextLife(latest, hello)) return `${hello.nodeId} cannot have been started ${hello.incarnation} times`;
  if (latest === undefined || !isLater(latest, hello)) return undefined;
  return latest.diskId === hello.diskId
    ? `incarnation ${hello.incarnation} of ${hello.nodeId} is over, ${latest.incarnation} was seen`
    : `${hello.nodeId} has another disk by now, of generation ${latest.generation}`;
}

/**
 * A later start of a disk, at another address, is not heard while the beat of the earlier one still rises: one of the two
 * runs on a copy. A process that has moved is heard once the beat of its former life is silent.
 */
function twoLives({ nodeId, diskId, address }: Hello, elsewhere: string | undefined): string | undefined {
  if (elsewhere === undefined || elsewhere === address) return undefined;
  return `${nodeId} runs on this disk (${quote(diskId)}) at ${elsewhere}, and not at ${quote(address)}: one of the two folders is a copy`;
}

/** Starts of one disk between two hellos: far more than there can be. A hello of the last number would end the name. */
const STARTS_AT_MOST = 2 ** 20;
const FIRST_STARTS_AT_MOST = 2 ** 45;

function isNextLife(latest: Life | undefined, { diskId, incarnation }: Life): boolean {
  const isSameDisk = latest?.diskId === diskId && latest.incarnation > 0;
  return isSameDisk ? incarnation - latest.incarnation <= STARTS_AT_MOST : incarnation <= FIRST_STARTS_AT_MOST;
}

/** Whether life `a` came after `b`. */
export function isLater(a: Life, b: Life): boolean {
  if (a.generation !== b.generation) return a.generation > b.generation;
  if (a.diskId !== b.diskId) return a.diskId > b.diskId;
  return a.incarnation > b.incarnation;
}
