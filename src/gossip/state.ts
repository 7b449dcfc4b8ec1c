import type { Map } from 'immutable';
import { memberOf } from '../protocol/model/configuration.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { GroupView, ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { PlantedBug } from '../protocol/model/mutants.ts';
import type { Settings } from '../protocol/model/settings.ts';
import type { Dismissal, Lives } from './gossip-io.ts';

/** The identity of a node, from its formatted folder, and the address it was started with. */
export type Self = Pick<ServiceEntry, 'nodeId' | 'kind' | 'address' | 'diskId' | 'generation'>;

/** The state of a node's gossip. Persistent. */
export interface Gossip {
  readonly fixed: Fixed;
  /** The incarnation of the process; undefined until `started`. */
  readonly incarnation: number | undefined;
  /** When it started, in milliseconds of this node's clock. Before `unreachableAfter` it can call no node silent. */
  readonly startedAt: number;
  /** The proofs of the next starts of this disk, in order: what a claim of a later one is checked against. */
  readonly later: readonly string[];
  /** The latest start of this disk that was claimed without a proof; the next start must exceed it. */
  readonly claimed: number;
  /** The directory, sorted by node id. */
  readonly services: readonly ServiceEntry[];
  /** When each node's beat was last seen to rise, in milliseconds of this node's clock. */
  readonly risenAt: Map<NodeId, number>;
  /** Names that others have told of and that have given no sign of life yet, and since when: no group admits them. */
  readonly hearsay: Map<NodeId, number>;
  /** Names dropped for their silence, as they were; at most as many as the directory holds. */
  readonly dropped: Map<NodeId, ServiceEntry>;
  /** The newest view of each group, sorted by group. */
  readonly groups: readonly GroupView[];
  /** By group: how near this node has come to views too far ahead to be taken. */
  readonly approached: Readonly<Record<GroupName, { readonly counter: number; readonly index: number }>>;
  /** When it last sent its directory unasked. */
  readonly toldAt: number;
  /** Why the process must end, once it must. */
  readonly dismissed: Dismissal | undefined;
}

/** Constants of the process. */
interface Fixed {
  readonly self: Self;
  readonly groups: readonly GroupName[];
  readonly settings: Pick<Settings, 'gossipEvery' | 'unreachableAfter'>;
  readonly planted: ReadonlySet<PlantedBug>;
}

/** This node's own entry in the directory. */
export function ownEntry({ fixed, services }: Gossip): ServiceEntry | undefined {
  return services.find(({ nodeId }) => nodeId === fixed.self.nodeId);
}

/** The directory without names of which others have only told, and that no group names. */
export function firsthand(gossip: Gossip): readonly ServiceEntry[] {
  const { services, hearsay } = gossip;
  if (hearsay.isEmpty()) return services;
  return services.filter(({ nodeId }) => !hearsay.has(nodeId) || isNamed(gossip, nodeId));
}

/** Whether the newest configuration of some group names the node. */
export function isNamed({ groups }: Pick<Gossip, 'groups'>, nodeId: NodeId): boolean {
  return groups.some(({ configuration }) => memberOf(configuration, nodeId) !== undefined);
}

/** Whether it names the node as a data server. */
export function isNamedServer({ groups }: Pick<Gossip, 'groups'>, nodeId: NodeId): boolean {
  return groups.some(({ configuration }) => memberOf(configuration, nodeId)?.kind === 'data');
}

/** Whether the beat of `nodeId` has risen within the last `unreachableAfter`, at `millis` of this node's clock. */
export function isReachable({ fixed, risenAt }: Gossip, nodeId: NodeId, millis: number): boolean {
  if (nodeId === fixed.self.nodeId) return true;
  const at = risenAt.get(nodeId);
  return at !== undefined && millis - at < fixed.settings.unreachableAfter;
}

/** Rounds of gossip in which the beat of a living node reaches those that hear it. */
export const ROUNDS_OF_BEAT = 3;

/**
 * Where an earlier life of this disk is, if its beat has risen within the last rounds of gossip: that process runs, or
 * has just died. A process that has stopped in good order is `away`, and beats nowhere.
 */
export function earlierLifeAt(
  { fixed, services, risenAt }: Gossip,
  { nodeId, diskId, incarnation }: Pick<ServiceEntry, 'nodeId' | 'diskId' | 'incarnation'>,
  millis: number,
): string | undefined {
  const entry = services.find((known) => known.nodeId === nodeId);
  if (entry?.diskId !== diskId || entry.incarnation >= incarnation || entry.standing !== 'member') return undefined;
  const at = risenAt.get(nodeId);
  return at !== undefined && millis - at < ROUNDS_OF_BEAT * fixed.settings.gossipEvery ? entry.address : undefined;
}

/**
 * Whether `entry` is of a run of this disk that a start with `incarnation` does not know: one as late as it or later, by
 * the proof that only such a run has. Then the folder is an earlier state of that disk (PROTOCOL §13). A claim without a
 * proof is none.
 */
export function isOfLaterRun(entry: ServiceEntry, diskId: string, incarnation: number, lives: Lives): boolean {
  if (entry.diskId !== diskId || entry.incarnation < incarnation) return false;
  const proof = [lives.own, ...lives.later][entry.incarnation - incarnation];
  return proof !== undefined && proof === entry.proof;
}
