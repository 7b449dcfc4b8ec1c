import type { Map } from 'immutable';
import type { GroupName } from '../protocol/model/app.ts';
import type { GroupView, ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { PlantedBug } from '../protocol/model/mutants.ts';
import type { Settings } from '../protocol/model/settings.ts';
import type { Dismissal } from './gossip-io.ts';

/** Who a node is: its folder says so, from when it was formatted; its address is what it was started with. */
export type Self = Pick<ServiceEntry, 'nodeId' | 'kind' | 'address' | 'diskId' | 'generation'>;

/** A node's gossip between two steps. Persistent: an old one is never changed. */
export interface Gossip {
  readonly fixed: Fixed;
  /** Which life of the process this is; undefined until it has `started`. */
  readonly incarnation: number | undefined;
  /** The directory, sorted by node id. */
  readonly services: readonly ServiceEntry[];
  /** When each node was last found to have gone on living, in milliseconds of this node's clock. */
  readonly risenAt: Map<NodeId, number>;
  /** The newest sight of each group, sorted by group. */
  readonly groups: readonly GroupView[];
  /** When it last told somebody of its own accord. */
  readonly toldAt: number;
  /** Why the process is to end, once it is. */
  readonly dismissed: Dismissal | undefined;
}

/** What does not change while the process lives. */
interface Fixed {
  readonly self: Self;
  readonly groups: readonly GroupName[];
  readonly settings: Pick<Settings, 'gossipEvery' | 'unreachableAfter'>;
  readonly planted: ReadonlySet<PlantedBug>;
}

/** What the directory says of this node itself. */
export function ownEntry({ fixed, services }: Gossip): ServiceEntry | undefined {
  return services.find(({ nodeId }) => nodeId === fixed.self.nodeId);
}

/** Whether `nodeId` has been found to live within the last `unreachableAfter`, at `millis` of this node's clock. */
export function isReachable({ fixed, risenAt }: Gossip, nodeId: NodeId, millis: number): boolean {
  if (nodeId === fixed.self.nodeId) return true;
  const at = risenAt.get(nodeId);
  return at !== undefined && millis - at < fixed.settings.unreachableAfter;
}
