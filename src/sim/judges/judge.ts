import type { App, GroupName } from '../../protocol/model/app.ts';
import type { Configuration } from '../../protocol/model/configuration.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import type { Service } from '../../service/service.ts';
import type { SimDisk } from '../disk/disk.ts';
import type { CommitRecord } from './record.ts';
import type { SeenReplica } from './seen.ts';

/**
 * A judge watches a run and reports the rule that it breaks. It remembers what it must, looks only at what an event
 * touched, and returns the reason in a sentence, or nothing. It reads the memory of replicas and the simulated disks,
 * never what a replica says of itself.
 */
export interface Judge {
  readonly name: string;
  /** The paper, or the section of docs/internals/protocol.md, that states the rule. */
  readonly source: string;
  /** A replica began a life (`before` undefined) or changed in a step. */
  stepped?(step: ReplicaStep): string | undefined;
  /** A message leaves its node. */
  sent?(envelope: Envelope): string | undefined;
  /** A message reaches a running process. */
  received?(envelope: Envelope): void;
  /** A disk changed: a write became durable, or a crash lost what was not. */
  wrote?(node: NodeId, group: GroupName): string | undefined;
  /** A node is told that nothing of its disk is needed any more, and ends. */
  retired?(node: NodeId, diskId: string): string | undefined;
}

export interface ReplicaStep {
  readonly node: NodeId;
  readonly group: GroupName;
  readonly before: SeenReplica | undefined;
  readonly after: SeenReplica;
}

/** The evidence of judges: the cluster as they may read it. */
export interface Evidence {
  readonly service: Service;
  readonly settings: Settings;
  /** The configuration that every log of the group begins with. */
  firstConfiguration(group: GroupName): Configuration;
  /** The disk of a node's replica, or the one of that id, even a replaced one; undefined where there is none. */
  diskOf(node: NodeId, group: GroupName, diskId?: string): SimDisk | undefined;
  /** The id of the node's present disk, and how often a process was started on it (its incarnation). */
  diskIdOf(node: NodeId): string;
  lifeOf(node: NodeId): number;
  /** The newest version of the service's code that any process of the node has had. */
  newestRunBy(node: NodeId, group: GroupName): number;
  /** The group's code that the node's running process has: the newest, and earlier ones by `previous`. */
  codeAt(node: NodeId, group: GroupName): App | undefined;
  /** Nodes with a replica of the group, in the order of the topology. */
  replicaNodes(group: GroupName): readonly NodeId[];
  /** Microseconds since the start of the run. */
  now(): number;
  /** The monotonic clock of a node, in milliseconds. */
  millisOf(node: NodeId): number;
  /** The greatest drift of a monotonic clock, as a share of time. */
  readonly driftAtMost: number;
  /**
   * Whether half of the votes or more may have been misled about an outage: nodes that were started with a wall clock that
   * had been set since their disks were last written. Then time may be wrong, and requests refused for their date.
   */
  isDeceived(group: GroupName): boolean;
  /** The committed entries so far, as replicas made them known. */
  readonly record: CommitRecord;
}

/** The names that judges had before they took those of the papers; taken where a judge is asked for by name. */
const EARLIER_NAMES: Readonly<Record<string, string>> = {
  'one-primary': 'election-safety',
  'complete-primary': 'leader-completeness',
  agreement: 'committed-immutable',
  'same-machine': 'state-machine-safety',
  'gone-for-good': 'removed-stays-removed',
};

/** The name of the judge that is asked for: `given`, or what its earlier name `given` has become. */
export function judgeNamed(given: string): string {
  return Object.hasOwn(EARLIER_NAMES, given) ? (EARLIER_NAMES[given] ?? given) : given;
}

/** A judge's finding. */
export interface Verdict {
  readonly judge: string;
  readonly reason: string;
  /** The number of the event, its time in microseconds, and its description. */
  readonly event: { readonly number: number; readonly at: number; readonly what: string };
}
