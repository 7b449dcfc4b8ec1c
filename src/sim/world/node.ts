import type { HostAction } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import { formatDisk, type SimDisk } from '../disk/disk.ts';
import type { SaveRules } from '../disk/snapshot-files.ts';
import type { Build, Plan } from '../plan/plan.ts';
import { FIRST_BUILD, newestIn } from './builds.ts';
import { type Clock, createClock } from './clock.ts';
import type { SimEvent } from './sim-event.ts';

/** One node: its process while it runs, its clocks, its disks. Changed in place, by the simulator only. */
export interface SimNode {
  readonly id: NodeId;
  readonly kind: Place['kind'];
  readonly clock: Clock;
  /** The offset that its wall clock had when it showed what a disk has noted beside an entry, in milliseconds. */
  readonly offsets: Map<number, number>;
  /** Whether a process was started with another one: it takes an outage for longer or shorter than it was. */
  isMisled: boolean;
  diskId: string;
  generation: number;
  /** One per replica. */
  disks: ReadonlyMap<GroupName, SimDisk>;
  /** The directory as on its disk. */
  services: readonly ServiceEntry[];
  /** Starts of its process: on this disk, and on any. */
  incarnation: number;
  life: number;
  /** What its next process runs, and the newest version of all builds that any of them has run. */
  build: Build;
  ranNewest: number;
  /** Undefined while the process is down. */
  host: Host | undefined;
  /** The replicas as the judges last saw them in this life. */
  readonly seen: Map<GroupName, Replica>;
  isPaused: boolean;
  /** Its disk is lost, not trustworthy, or replaced: no process starts on it again (PROTOCOL §2.4). */
  isLost: boolean;
  /**
   * Shutting down in good order; `dismissed`: others have removed it, and it stays only until its groups have let it
   * go.
   */
  departing: { readonly standing: 'away' | 'leaving' | 'removed' | 'dismissed'; readonly since: number } | undefined;
  /** It is paused because a migration keeps it busy: what its step does when that ends, if ever. */
  migrating: Migrating | undefined;
  /** Migrations that its processes have run, where the plan has them take long. */
  migrations: number;
  /** Input that came while it was paused. */
  readonly missed: SimEvent[];
  /** The next scheduled wake-up. */
  wakeAt: number | undefined;
  /** Wake-ups in the microsecond `wokenAt`. */
  wakes: number;
  wokenAt: number;
  /** Actions left before it dies. */
  fuse: number | undefined;
  /** How long each input keeps it busy while it is slow, and until when it is busy. */
  stepMicros: number | undefined;
  busyUntil: number;
  /** Input that came while it was busy, in order. */
  readonly backlog: SimEvent[];
  /** The time of every write while its disk is slow. */
  slowSync: number | undefined;
  /** Writes do not complete. */
  isStuck: boolean;
  /** Completions that wait for the disk to be freed. */
  readonly heldUp: SimEvent[];
  /** It was started while its disk was stuck, and waits for it. */
  isStarting: boolean;
  isFull: boolean;
  /** Its process sees that the disk is nearly full. */
  isShort: boolean;
  failsSync: boolean;
  /** Found when the disk is read, at the next start. */
  isRotten: boolean;
  /** The disk that was set aside for an empty one, until it is put back. */
  aside: KeptDisk | undefined;
  /** A copy of its disk, for a process that is started on it. */
  backup: KeptDisk | undefined;
}

export interface Migrating {
  readonly isEndless: boolean;
  readonly actions: readonly HostAction[];
}

/** A disk that no process uses, with what a node keeps on it. */
export type KeptDisk = Pick<SimNode, 'diskId' | 'generation' | 'incarnation' | 'disks' | 'services' | 'isRotten'>;

/** The identity of a node. */
export interface Place {
  readonly id: NodeId;
  readonly kind: ServiceEntry['kind'];
  readonly diskId: string;
  readonly generation: number;
}

/** How the processes of a plan write their snapshots. */
export function saveRulesOf({ disk }: Plan, planted: ReadonlySet<PlantedBug>): SaveRules {
  return { wholeWhenSmall: disk.wholeWhenSmall, linksAtMost: disk.linksAtMost, planted };
}

/** A node that has never run; `services` is its initial directory. */
export function createNode(
  plan: Plan,
  planted: ReadonlySet<PlantedBug>,
  groups: readonly GroupName[],
  place: Place,
  services: readonly ServiceEntry[],
): SimNode {
  const isFounder = Number(place.id.slice(1)) <= plan.servers;
  return {
    ...place,
    clock: createClock(plan.seed, place.id, plan.clocks),
    offsets: new Map(),
    isMisled: false,
    disks: new Map(groups.map((group) => [group, formatDisk(saveRulesOf(plan, planted))])),
    services,
    incarnation: 0,
    life: 0,
    build: plan.builds[place.id] ?? { ...FIRST_BUILD, ...(isFounder ? {} : { newest: newestIn(plan) }) },
    ranNewest: 0,
    host: undefined,
    seen: new Map(),
    isPaused: false,
    isLost: false,
    departing: undefined,
    migrating: undefined,
    migrations: 0,
    missed: [],
    wakeAt: undefined,
    wakes: 0,
    wokenAt: 0,
    fuse: undefined,
    stepMicros: undefined,
    busyUntil: 0,
    backlog: [],
    slowSync: undefined,
    isStuck: false,
    heldUp: [],
    isStarting: false,
    isFull: false,
    isShort: false,
    failsSync: false,
    isRotten: false,
    aside: undefined,
    backup: undefined,
  };
}
