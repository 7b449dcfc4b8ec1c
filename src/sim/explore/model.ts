import { createHost, founder, type Host } from '../../host/host.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import { type Topology, unitsOf } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';
import type { Build } from '../plan/plan.ts';
import { FIRST_BUILD, serviceOfBuild } from '../world/builds.ts';
import type { Bounds } from './bounds.ts';

/** A cluster small enough to be explored exhaustively. */
export interface Model {
  readonly name: string;
  /** Its subject, in a sentence. */
  readonly title: string;
  /** Version 1 of it, where there are several (world/builds.ts). */
  readonly service: Service;
  /** Front ends are witnesses only. */
  readonly topology: Topology;
  readonly settings: Settings;
  /**
   * The builds of each data server: it begins with the first, and each restart is on any of them. One that is not named
   * has version 1 alone.
   */
  readonly builds?: Readonly<Record<NodeId, readonly [Build, ...Build[]]>> | undefined;
  readonly bounds: Bounds;
  /** The bounds of random and priority-based schedules, which need not be complete. */
  readonly wideBounds: Bounds;
  /**
   * Client requests, in flight from the beginning on; like every message, each may arrive at any time, again, or never.
   */
  readonly requests: readonly Envelope[];
  /**
   * The initial state: formatted disks, or (setup.ts) a primary in each group whose no-op is visible, and which has done
   * `before`: requests that arrive once each, in this order.
   */
  readonly begins:
    | 'blank'
    | { readonly ledBy: Readonly<Record<GroupName, NodeId>>; readonly before?: readonly Envelope[] | undefined };
}

/** Every node of the model in the order of the topology: data servers, then witnesses. */
export function nodesOf({ topology }: Model): readonly NodeId[] {
  return [...topology.servers, ...topology.frontEnds];
}

/** The builds of a node, its first one in front. */
export function buildsOf({ builds }: Model, nodeId: NodeId): readonly [Build, ...Build[]] {
  return builds?.[nodeId] ?? [FIRST_BUILD];
}

/** The service with every version that any node has: the judges' own code. */
export function judgedService(model: Model): Service {
  const newest = nodesOf(model).flatMap((node) => buildsOf(model, node).map((build) => build.newest));
  return serviceOfBuild(model.service, { oldest: 1, newest: Math.max(...newest) }, 'without migrations');
}

/** The process of a node that runs `build`, before it has read its disks. */
export function blankHost(model: Model, nodeId: NodeId, planted: ReadonlySet<PlantedBug>, build: Build): Host {
  const { topology, settings } = model;
  // To try a migration takes a heartbeat (PROTOCOL §11.3), which would make the models too large.
  const service = serviceOfBuild(model.service, build, 'without migrations');
  return {
    ...createHost({ topology, self: founder(topology, nodeId), service, settings, planted }),
    frontEnd: undefined,
  };
}

/** The replicas of a node, by group. */
export function groupsAt({ topology }: Model, nodeId: NodeId): readonly string[] {
  return unitsOf(topology, nodeId).filter((unit) => unit !== FRONT_END);
}
