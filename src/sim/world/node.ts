import type { Host } from '../../host/host.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import { formatDisk, type SimDisk } from '../disk/disk.ts';
import type { Plan } from '../plan/plan.ts';
import { type Clock, createClock } from './clock.ts';
import type { SimEvent } from './sim-event.ts';

/** One node: its process while it runs, its clocks, its disks. Changed in place, by the simulator only. */
export interface SimNode {
  readonly id: NodeId;
  readonly kind: Place['kind'];
  readonly clock: Clock;
  diskId: string;
  generation: number;
  /** One per replica. */
  disks: ReadonlyMap<GroupName, SimDisk>;
  /** What its disk remembers of the directory. */
  services: readonly ServiceEntry[];
  /** How often its process was started: on this disk, and on any. */
  incarnation: number;
  life: number;
  /** Undefined while the process is down. */
  host: Host | undefined;
  /** The replicas as the judges last saw them in this life. */
  readonly seen: Map<GroupName, Replica>;
  isPaused: boolean;
  /**
   * Its disk has lost what it held, holds what is not to be trusted, or was replaced: no process starts on it again
   * (PROTOCOL §2.4).
   */
  isLost: boolean;
  /** It is to end in good order; `dismissed`: others have removed it, and it only stays until its groups have let it go. */
  departing: { readonly standing: 'away' | 'removed' | 'dismissed'; readonly since: number } | undefined;
  /** What came while it was paused. */
  readonly missed: SimEvent[];
  /** When it is to be woken next, as the agenda has it. */
  wakeAt: number | undefined;
  /** How often it was woken in the microsecond `wokenAt`. */
  wakes: number;
  wokenAt: number;
  /** How many more actions it carries out before it dies. */
  fuse: number | undefined;
  /** How long each input keeps it busy while it is slow, and until when it is. */
  stepMicros: number | undefined;
  busyUntil: number;
  /** What came while it was busy, in order. */
  readonly backlog: SimEvent[];
  /** What every write takes while its disk is slow. */
  slowSync: number | undefined;
  /** Writes come to no end. */
  isStuck: boolean;
  /** Writes that would have come to an end. */
  readonly heldUp: SimEvent[];
  /** It was started while its disk was stuck, and waits for it. */
  isStarting: boolean;
  isFull: boolean;
  failsSync: boolean;
  /** Found out when the disk is read, at the next start. */
  isRotten: boolean;
}

/** Who a node is. */
export interface Place {
  readonly id: NodeId;
  readonly kind: ServiceEntry['kind'];
  readonly diskId: string;
  readonly generation: number;
}

/** A node that has never run; `services` is what it was told of the directory. */
export function createNode(
  plan: Plan,
  groups: readonly GroupName[],
  place: Place,
  services: readonly ServiceEntry[],
): SimNode {
  return {
    ...place,
    clock: createClock(plan.seed, place.id, plan.clocks),
    disks: new Map(groups.map((group) => [group, formatDisk()])),
    services,
    incarnation: 0,
    life: 0,
    host: undefined,
    seen: new Map(),
    isPaused: false,
    isLost: false,
    departing: undefined,
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
    failsSync: false,
    isRotten: false,
  };
}
