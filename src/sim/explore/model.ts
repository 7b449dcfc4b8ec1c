import { createHost, founder, type Host } from '../../host/host.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import { type Topology, unitsOf } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';
import type { Bounds } from './bounds.ts';

/** A cluster small enough to be explored exhaustively. */
export interface Model {
  readonly name: string;
  /** Its subject, in a sentence. */
  readonly title: string;
  readonly service: Service;
  /** Front ends are witnesses only. */
  readonly topology: Topology;
  readonly settings: Settings;
  readonly bounds: Bounds;
  /** The bounds of random and priority-based schedules, which need not be complete. */
  readonly wideBounds: Bounds;
  /**
   * Client requests, in flight from the beginning on; like every message, each may arrive at any time, again, or never.
   */
  readonly requests: readonly Envelope[];
  /** The initial state: formatted disks, or (setup.ts) a primary in each group whose no-op is visible. */
  readonly begins: 'blank' | { readonly ledBy: Readonly<Record<GroupName, NodeId>> };
}

/** Every node of the model in the order of the topology: data servers, then witnesses. */
export function nodesOf({ topology }: Model): readonly NodeId[] {
  return [...topology.servers, ...topology.frontEnds];
}

/** The process of a node before it has read its disks. */
export function blankHost(model: Model, nodeId: NodeId, planted: ReadonlySet<PlantedBug>): Host {
  const { topology, service, settings } = model;
  return {
    ...createHost({ topology, self: founder(topology, nodeId), service, settings, planted }),
    frontEnd: undefined,
  };
}

/** The replicas of a node, by group. */
export function groupsAt({ topology }: Model, nodeId: NodeId): readonly string[] {
  return unitsOf(topology, nodeId).filter((unit) => unit !== FRONT_END);
}
