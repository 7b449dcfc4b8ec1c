import type { HostNote } from '../../host/host-io.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Committed } from '../judges/committed.ts';
import type { Evidence, ReplicaStep } from '../judges/judge.ts';
import type { SeenReplica } from '../judges/seen.ts';
import type { GoalName } from './goals.ts';

/**
 * A probe watches a run for one goal. Each hook gets an event and returns whether the goal is hit; a probe that has hit
 * is not called again, so the cost is that of the rare goals only.
 */
export interface Probe {
  readonly goal: GoalName;
  /** A replica began a life or changed in a step. */
  stepped?(step: ReplicaStep, context: ProbeContext): boolean;
  /** A message leaves its node. */
  sent?(envelope: Envelope, context: ProbeContext): boolean;
  /** A node, or the plan, made a note. */
  noted?(note: SeenNote, context: ProbeContext): boolean;
  /** An entry is known to be committed; `before` and `after` are the judges' machines around it. */
  committed?(made: Committed, context: ProbeContext): boolean;
}

export interface SeenNote {
  readonly node: NodeId;
  readonly unit: string;
  readonly type: string;
  /** The note itself, if a replica or a front end made it. */
  readonly note: HostNote | undefined;
}

/** The world as a probe may read it. */
export interface ProbeContext {
  readonly evidence: Evidence;
  /** Whether any link is cut now. */
  isCut(): boolean;
  isUp(node: NodeId): boolean;
  isPaused(node: NodeId): boolean;
  /** The replica as last seen in this life; undefined while its process is down. */
  replicaOf(node: NodeId, group: GroupName): SeenReplica | undefined;
}
