import type { HostNote } from '../../host/host-io.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Committed } from '../judges/committed.ts';
import type { Evidence, ReplicaStep } from '../judges/judge.ts';
import type { SeenReplica } from '../judges/seen.ts';
import type { GoalName } from './goals.ts';

/**
 * Watches a run for one goal. Each hook is given what just happened and says whether the goal is hit; from then on the
 * sighting is asked no more, so that a corpus pays for what is rare and not for what is common.
 */
export interface Probe {
  readonly goal: GoalName;
  /** A replica began a life or took a step that changed it. */
  stepped?(step: ReplicaStep, context: ProbeContext): boolean;
  /** A message leaves its node. */
  sent?(envelope: Envelope, context: ProbeContext): boolean;
  /** A node, or the plan, did something worth a note. */
  noted?(note: SeenNote, context: ProbeContext): boolean;
  /** An entry is known to be committed; `before` and `after` are the machines of the judges around it. */
  committed?(made: Committed, context: ProbeContext): boolean;
}

export interface SeenNote {
  readonly node: NodeId;
  readonly unit: string;
  readonly type: string;
  /** The note itself, if a replica or a front end made it. */
  readonly note: HostNote | undefined;
}

/** What a sighting may know of the world. */
export interface ProbeContext {
  readonly evidence: Evidence;
  /** Whether any link is cut now. */
  isCut(): boolean;
  isUp(node: NodeId): boolean;
  isPaused(node: NodeId): boolean;
  /** The replica as it was last seen in this life; undefined while its process is down. */
  replicaOf(node: NodeId, group: GroupName): SeenReplica | undefined;
}
