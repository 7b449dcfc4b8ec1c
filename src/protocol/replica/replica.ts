import type { App, GroupName } from '../model/app.ts';
import { codeOf } from '../model/app-versions.ts';
import { assert } from '../model/assert.ts';
import type { HeardWall, TimeAnchor, TimeReport } from '../model/clocks.ts';
import { type Configuration, type Member, type MemberKind, voterOf } from '../model/configuration.ts';
import type { ServiceEntry } from '../model/directory.ts';
import { type Epoch, NO_EPOCH, type NodeId } from '../model/epoch.ts';
import type { GroupRoute } from '../model/group-route.ts';
import { configurationOfLog, genesis, type Log } from '../model/log.ts';
import { type DedupeWindow, initialMachine, type Machine, type Snapshot } from '../model/machine.ts';
import type { Shortage, StateHash, Trial } from '../model/messages.ts';
import type { PlantedBug } from '../model/mutants.ts';
import type { Settings } from '../model/settings.ts';
import type { KeptVersion, PrimaryState, WaitingRead } from './primary-state.ts';
import type { RecentPage } from './recent-pages.ts';

/** The surroundings of a replica, besides its state. Nothing here changes while the process lives. */
export interface HostedApp {
  /** The newest version of the app that this build has; earlier ones by its `previous`. */
  readonly app: App;
  /** The version in which the group begins; 1 where it is left out. */
  readonly firstVersion?: number | undefined;
  readonly settings: Settings;
  /** The first data servers of every group, for calls between groups. */
  readonly servers: Readonly<Record<GroupName, readonly NodeId[]>>;
  /** Empty in a live process. */
  readonly planted: ReadonlySet<PlantedBug>;
}

/** The identity of a replica; made when its disk was formatted. */
export interface Identity {
  readonly clusterId: string;
  /** Names one unbroken history of the group; tokens of another history are refused. */
  readonly historyId: string;
  readonly group: GroupName;
  readonly nodeId: NodeId;
  readonly diskId: string;
  readonly kind: MemberKind;
}

/**
 * The state of one replica: everything it must remember, and nothing derived. `promised`, `log` and `snapshot` are also
 * on disk, perhaps a moment later; the rest is lost in a crash.
 */
export interface Replica {
  readonly identity: Identity;
  readonly incarnation: number;
  /** The newest epoch this replica has promised: it accepts nothing from an older one. */
  readonly promised: Epoch;
  readonly log: Log;
  /**
   * Entries up to here are visible: applied, readable, acknowledged (PROTOCOL §4.4). Never falls while the process
   * lives.
   */
  readonly commit: number;
  /** The state after the entries up to `commit`. A witness has none. */
  readonly machine: Machine | undefined;
  /** Hashes of the own state at the newest comparisons, oldest first, and the milliseconds that the last one took. */
  readonly hashes: readonly StateHash[];
  readonly hashMillis: number;
  /** The index of the newest comparison that was heard of: the state there is hashed. */
  readonly comparing: number | undefined;
  /** The index at which the own state was found to be wrong (PROTOCOL §11.8); lost in a crash. */
  readonly diverged: number | undefined;
  /** The index of the last full copy that this process has taken; 0 before one. */
  readonly copiedAt: number;
  /** The migration that is being tried, as this primary or the last one heard says; undefined where its end is known. */
  readonly trial: Trial | undefined;
  /** The heartbeat that said so; undefined for an own trial, and without one. */
  readonly trialHeard: { readonly epoch: Epoch; readonly beat: number } | undefined;
  /** The version whose migration took this process longer than a primary may be silent, and how long. */
  readonly slow: { readonly version: number; readonly millis: number } | undefined;
  /** The newest full copy this replica can send. */
  readonly snapshot: Snapshot;
  /**
   * `snapshot` came as a full copy, is of another version than the one before, which is of `kept`, and is not known to be
   * durable. An own snapshot that is, or an election won with a vote written behind it, ends that: what a primary calls
   * visible does not, since it may rest on what this disk had before it lost it.
   */
  readonly unsaved: { readonly kept: number } | undefined;
  /** The snapshot being written to the disk. */
  readonly saving: Snapshot | undefined;
  /** The last entry that was refused because its command cannot be read: it is noted once. */
  readonly unreadable?: number;
  /** The last index known to agree with the log of the primary of `promised`. */
  readonly agreed: number;
  /** The highest Lamport time seen in any message. */
  readonly lamport: number;
  /** The own idea of cluster time; undefined before the first entry. While this is the primary, its clock counts. */
  readonly anchor: TimeAnchor | undefined;
  /** The date that most wall clocks show, as the primary has found. */
  readonly date: HeardWall | undefined;
  /** Whether this node's wall clock differs from it by more than a quarter of the margin. */
  readonly isClockWrong: boolean;
  readonly election: Election;
  /** Leader state; undefined unless this is the primary. */
  readonly leading: PrimaryState | undefined;
  /** Reads that wait until an index is applied, or until the primary has named one. */
  readonly reads: readonly WaitingRead[];
  /** States at which lists are being read (PROTOCOL §6.5), the one used longest ago first. */
  readonly versions: readonly KeptVersion[];
  /** Long pages made a moment ago of the present state or of `versions`, newest last. */
  readonly pages: readonly RecentPage[];
  /** What this process lacks. */
  readonly short: readonly Shortage[];
  /**
   * Bytes of the newest durable snapshot, and of the commands applied since; `saving`: those of them that the snapshot
   * under way covers.
   */
  readonly size: { readonly state: number; readonly since: number; readonly saving: number };
  /** Nodes for whose links much waits. */
  readonly backlogged: readonly NodeId[];
  /**
   * Questions for a read index, of which one at a time is under way: how many were sent, since when the last one is, and
   * whether reads wait for the next one.
   */
  readonly questions: { readonly sent: number; readonly since: number | undefined; readonly isAwaited: boolean };
  /** Routes to other groups. */
  readonly groupRoutes: Readonly<Record<GroupName, GroupRoute>>;
  /** This node's directory, sorted by node id; empty before gossip has sent it. */
  readonly services: readonly ServiceEntry[];
}

/** Election state (Garcia-Molina 1982; PROTOCOL §3). */
export interface Election {
  /** The primary of `promised`, once heard. */
  readonly primary: NodeId | undefined;
  /** When that primary was last heard. */
  readonly heardAt: number | undefined;
  /**
   * Election timeout: when to ask for an election unless a primary is heard before. Only an electable replica has one.
   */
  readonly standAt: number | undefined;
  readonly phase: Phase;
  /** The highest epoch counter seen. */
  readonly counter: number;
  /** How near this replica has come to epoch counters that were too far above `counter` to be taken; 0 before any. */
  readonly approached: number;
  readonly round: number;
  /** Nodes that claimed to be better and never announced themselves. */
  readonly penalties: Readonly<Record<NodeId, { readonly until: number; readonly times: number }>>;
  /** Nodes that a hint calls dead, until they are heard again. Never counted, only acted on sooner. */
  readonly suspected: readonly NodeId[];
  /** The primary heard last, perhaps this replica, and since when. */
  readonly lastPrimary: { readonly primary: NodeId; readonly since: number } | undefined;
  /** Nodes without transfer by rank before `until`, and how often in a row. */
  readonly transferPenalties: Readonly<Record<NodeId, { readonly until: number; readonly times: number }>>;
}

export type Phase =
  | { readonly type: 'resting' }
  /** ELECTION was sent. `transfer`: not because the primary is silent, but because it hands over. */
  | {
      readonly type: 'asking';
      readonly until: number;
      readonly transfer: boolean;
      readonly answers: Readonly<Record<NodeId, 'ok' | 'better'>>;
    }
  /** A better candidate stands; its announcement is awaited. */
  | { readonly type: 'waiting'; readonly better: NodeId; readonly until: number }
  | {
      readonly type: 'campaigning';
      readonly epoch: Epoch;
      readonly until: number;
      /** Voters that granted a vote, and voters that answered. */
      readonly granted: readonly NodeId[];
      readonly heard: readonly NodeId[];
      /** What those that granted say of the time. */
      readonly reports: Readonly<Record<NodeId, TimeReport>>;
    };

export type Role = 'primary' | 'candidate' | 'secondary' | 'witness' | 'learner';

export function roleOf(replica: Replica): Role {
  if (replica.leading !== undefined) return 'primary';
  if (ownVoter(replica) === undefined) return 'learner';
  if (replica.identity.kind === 'witness') return 'witness';
  return replica.election.phase.type === 'resting' ? 'secondary' : 'candidate';
}

/** This replica as a voter of its own newest configuration; undefined if it is none. */
export function ownVoter(replica: Replica): Member | undefined {
  const voter = voterOf(configurationOfLog(replica.log), replica.identity.nodeId);
  return voter?.diskId === replica.identity.diskId ? voter : undefined;
}

/** A data server's machine. */
export function machineOf(replica: Replica): Machine {
  assert(replica.machine !== undefined, 'only data servers apply, read and call');
  return replica.machine;
}

/** A replica just formatted: its log is empty, its configuration the first one. */
export function blankReplica(hosted: HostedApp, identity: Identity, configuration: Configuration): Replica {
  const window: DedupeWindow = {
    dedupeFor: hosted.settings.dedupeFor,
    dedupeMargin: hosted.settings.dedupeMargin,
  };
  const { app, firstVersion = 1 } = hosted;
  const log = genesis(identity.clusterId, identity.group, configuration, window, firstVersion);
  // Undefined in a build without the code of the first version: mute until it is given a full copy.
  const initial = codeOf(app, firstVersion)?.initial;
  const machine = identity.kind === 'data' ? initialMachine(log.base, initial, window, firstVersion) : undefined;
  return {
    identity,
    incarnation: 0,
    promised: NO_EPOCH,
    log,
    commit: 0,
    machine,
    hashes: [],
    hashMillis: 0,
    comparing: undefined,
    diverged: undefined,
    copiedAt: 0,
    trial: undefined,
    trialHeard: undefined,
    slow: undefined,
    snapshot: { base: log.base, configuration, machine },
    unsaved: undefined,
    saving: undefined,
    agreed: 0,
    lamport: 0,
    anchor: undefined,
    date: undefined,
    isClockWrong: false,
    election: {
      primary: undefined,
      heardAt: undefined,
      standAt: undefined,
      phase: { type: 'resting' },
      counter: 0,
      approached: 0,
      round: 0,
      penalties: {},
      suspected: [],
      lastPrimary: undefined,
      transferPenalties: {},
    },
    leading: undefined,
    reads: [],
    versions: [],
    pages: [],
    short: [],
    size: { state: 0, since: 0, saving: 0 },
    backlogged: [],
    questions: { sent: 0, since: undefined, isAwaited: false },
    groupRoutes: {},
    services: [],
  };
}
