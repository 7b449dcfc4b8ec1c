import type { Shortage } from '../../protocol/model/messages.ts';
import { type FrontEnd, frontEndStatus } from '../../frontend/front-end.ts';
import { isReachable } from '../../gossip/state.ts';
import { type ClockDifference, clockDifference, memberClock } from '../../host/clock-difference.ts';
import type { Host, ReplicaSlot } from '../../host/host.ts';
import { type GroupSight, groupSight, type PrimarySight } from '../../host/readiness.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { versionOf } from '../../protocol/model/app-versions.ts';
import { type Member, members, voterOf } from '../../protocol/model/configuration.ts';
import type { Lifecycle } from '../../protocol/model/directory.ts';
import { type NodeId, showEpoch } from '../../protocol/model/epoch.ts';
import { configurationOfLog, lastIndex } from '../../protocol/model/log.ts';
import { lackedVersion } from '../../protocol/replica/ability.ts';
import { isDiverged } from '../../protocol/replica/compared-states.ts';
import { type Replica, type Role, roleOf } from '../../protocol/replica/replica.ts';
import { groupShortages } from '../../protocol/replica/room.ts';
import { SPOKEN, type WireRange } from '../../protocol/wire/spoken.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import { ownBuild, type PeerBuilds } from '../../transport-http/handshake/build.ts';
import type { LinkState } from '../../transport-http/peers/outgoing-link.ts';

/** The answer of `GET /status`: what the process knows without a request to others. */
export interface ProcessStatus {
  readonly node: NodeId;
  readonly kind: 'server' | 'frontend';
  readonly clusterId: string;
  /** The same until an operator's `force` begins another history. */
  readonly historyId: string;
  readonly pid: number;
  /** The number of times that a process was started on this data folder. */
  readonly incarnation: number;
  readonly uptimeMillis: number;
  /** How far this machine's wall clock is from those of others; null until it has heard them. */
  readonly clock?: ClockDifference | null;
  /** The groups in whose configuration this node is. */
  readonly groups: Readonly<Record<GroupName, GroupStatus>>;
  /** Pending requests and the primary of each group, as a front end routes them; null at a data server. */
  readonly frontEnd: FrontEndSeen | null;
  /** The state of the link by which each other node hears this one. */
  readonly links: Readonly<Record<NodeId, LinkState>>;
  /** The version of its package, and the versions of the wire that it speaks. */
  readonly build?: string;
  readonly speaks?: WireRange;
  /** The same of each other node that it was linked with; `common`: the version that both speak. */
  readonly peers?: PeerBuilds;
  /** Every node this one has heard of, itself included, sorted by name. */
  readonly directory: readonly DirectoryRow[];
}

interface DirectoryRow {
  readonly node: NodeId;
  readonly kind: 'server' | 'frontend';
  /** `host:port` where other processes reach it. */
  readonly address: string;
  readonly standing: Lifecycle;
  readonly incarnation: number;
  /** Whether gossip has heard of it within `unreachableAfter`. */
  readonly reachable: boolean;
}

/** A group's primary as a front end knows it. */
interface PrimarySeen extends PrimarySight {
  readonly epoch: string;
}

interface FrontEndSeen {
  /** Pending requests. */
  readonly held: number;
  readonly primaries: Readonly<Record<GroupName, PrimarySeen>>;
}

/** The status of one replica and its group. Only a primary knows the progress of the others. */
export interface GroupStatus extends GroupSight {
  readonly role: Role;
  /** The newest epoch promised: `3.s2`. */
  readonly epoch: string;
  /** Index of the last entry of its log. */
  readonly last: number;
  /** Why its primary takes only writes that need no room, as far as this replica knows; empty while it takes all. */
  readonly readOnly?: readonly { readonly node: NodeId; readonly of: Shortage }[];
  /** Bytes of its state, as in a snapshot: an estimate between two snapshots; null at a witness. */
  readonly stateSize?: number | null | undefined;
  readonly members: readonly MemberStatus[];
}

interface MemberStatus {
  readonly node: NodeId;
  readonly kind: 'data' | 'witness';
  /** False for a learner, which catches up and has no vote. */
  readonly voter: boolean;
  /** 0 for a learner. */
  readonly votes: number;
  readonly rank: number;
  /** Entries of the primary's log that its disk lacks; null when this process is not the primary. */
  readonly lag: number | null;
  /** Milliseconds since the primary heard from it; null when this process is not the primary. */
  readonly silentFor: number | null;
  /**
   * Milliseconds by which its wall clock is ahead of the date that most voters' clocks show; null when this process is
   * not the primary, or has not heard it.
   */
  readonly clockAhead?: number | null;
  /** The newest version of the code that its build has; null when this process is not the primary, or has not heard it. */
  readonly newestCode?: number | null | undefined;
  /** Whether it lacks code that its log needs; null likewise. */
  readonly isMute?: boolean | null | undefined;
  /** Whether its state is known to differ from what it should be (PROTOCOL §11.8); null likewise. */
  readonly differs?: boolean | null | undefined;
}

/** The state of a process beside its host. */
export interface Surroundings {
  readonly node: Pick<NodeRecord, 'clusterId' | 'historyId'>;
  readonly incarnation: number;
  /** By the clock of `performance.now()`, as all that follows. */
  readonly startedAt: number;
  readonly links: Readonly<Record<NodeId, LinkState>>;
  readonly peers: PeerBuilds;
}

/** This machine's clocks, read together. */
type Now = Parameters<typeof clockDifference>[1];

export function processStatus(host: Host, { node, incarnation, startedAt, links, peers }: Surroundings): ProcessStatus {
  const now = { millis: performance.now(), wall: Date.now() };
  const { millis } = now;
  return {
    node: host.nodeId,
    kind: host.gossip.fixed.self.kind,
    clusterId: node.clusterId,
    historyId: node.historyId,
    pid: process.pid,
    incarnation,
    uptimeMillis: Math.round(millis - startedAt),
    clock: clockDifference(host, now) ?? null,
    groups: Object.fromEntries(
      Object.entries(host.slots).map(([group, slot]) => [group, groupStatus(host, slot, now)]),
    ),
    frontEnd: host.frontEnd === undefined ? null : frontEndSeen(host.frontEnd),
    links,
    build: ownBuild().build,
    speaks: SPOKEN,
    peers,
    directory: host.gossip.services.map(({ nodeId, kind, address, standing, incarnation: life }) => {
      const reachable = isReachable(host.gossip, nodeId, millis);
      return { node: nodeId, kind, address, standing, incarnation: life, reachable };
    }),
  };
}

function frontEndSeen(frontEnd: FrontEnd): FrontEndSeen {
  const { held, groups } = frontEndStatus(frontEnd);
  const primaries: Record<GroupName, PrimarySeen> = {};
  for (const { group, primary, epoch, servedBy, version, newestCode } of groups) {
    const known = { primary: primary ?? null, epoch: showEpoch(epoch), servedBy: servedBy ?? null };
    primaries[group] = { ...known, version, newestCode };
  }
  return { held, primaries };
}

function groupStatus(host: Host, slot: ReplicaSlot, now: Now): GroupStatus {
  const { millis } = now;
  const { app, replica } = slot;
  const { settings } = app;
  const configuration = configurationOfLog(replica.log);
  return {
    role: roleOf(replica),
    ...groupSight(host, slot, millis),
    epoch: showEpoch(replica.promised),
    last: lastIndex(replica.log),
    readOnly: replica.machine === undefined ? [] : groupShortages(replica, settings),
    stateSize: replica.machine === undefined ? null : replica.size.state + replica.size.since,
    members: members(configuration).map((member) => {
      const voter = voterOf(configuration, member.nodeId) !== undefined;
      const { nodeId: node, kind, votes, rank } = member;
      const progress = progressOf(replica, member, millis);
      const clockAhead = memberClock(replica, node, now);
      return { node, kind, voter, votes: voter ? votes : 0, rank, ...progress, clockAhead, ...codeSaid(slot, node) };
    }),
  };
}

function codeSaid(
  { app, replica }: ReplicaSlot,
  node: NodeId,
): Pick<MemberStatus, 'newestCode' | 'isMute' | 'differs'> {
  const { leading, identity } = replica;
  if (leading === undefined) return { newestCode: null, isMute: null, differs: null };
  if (node === identity.nodeId) {
    const isMute = lackedVersion(app.app, replica) !== undefined;
    return { newestCode: versionOf(app.app), isMute, differs: replica.diverged !== undefined };
  }
  const progress = leading.progress[node];
  if (progress?.code === undefined) return { newestCode: null, isMute: null, differs: null };
  const { newest, isMute } = progress.code;
  return { newestCode: newest, isMute, differs: isDiverged(progress) };
}

function progressOf(replica: Replica, member: Member, millis: number): Pick<MemberStatus, 'lag' | 'silentFor'> {
  if (replica.leading === undefined) return { lag: null, silentFor: null };
  if (member.nodeId === replica.identity.nodeId) return { lag: 0, silentFor: 0 };
  const progress = replica.leading.progress[member.nodeId];
  if (progress === undefined) return { lag: null, silentFor: null };
  return {
    lag: Math.max(0, lastIndex(replica.log) - progress.match),
    silentFor: Math.max(0, Math.round(millis - progress.heardAt)),
  };
}
