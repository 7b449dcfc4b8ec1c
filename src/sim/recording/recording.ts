import type { Unit } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Role } from '../../protocol/replica/replica.ts';
import type { FaultType } from '../plan/fault.ts';

/**
 * A recording: a run as a list of facts, for drawings and analysis. Plain JSON, and equal for equal plans. The digest
 * does not depend on whether a recording is made.
 */
export interface Recording {
  readonly version: 1;
  /** The plan's name, if it has one. */
  readonly name: string | undefined;
  readonly seed: number;
  readonly digest: string;
  readonly servers: readonly NodeId[];
  readonly frontEnds: readonly NodeId[];
  /** In the order of their arrival. */
  readonly clients: readonly string[];
  readonly groups: readonly GroupName[];
  /** The end of the run, in microseconds of simulated time. */
  readonly endedAt: number;
  /** In order of time. */
  readonly events: readonly RecordedEvent[];
}

/** A recorded event. */
export type RecordedEvent = RecordedFact & {
  /** Microseconds since the start. */
  readonly at: number;
  /** The number of the run's event that caused it, as in a violation; 0 before the first. */
  readonly number: number;
};

export type RecordedFact =
  | MessageFact
  | LifeFact
  | ReplicaFact
  | ClientFact
  /** A fault was injected. */
  | {
      readonly type: 'fault';
      readonly fault: FaultType;
      /** The name under which it is ended; undefined where faults have no names, or where all of them are meant. */
      readonly name: string | undefined;
      /** The affected nodes; of a partition or hold, one side. Empty if there was none. */
      readonly nodes: readonly NodeId[];
      /** The other side, of a partition or hold. */
      readonly others: readonly NodeId[];
      readonly oneWay: boolean;
      /** The fault as in the plan, in JSON. */
      readonly text: string;
    }
  /** The liveness phase begins: every fault is undone and every node started, except for `broken`. */
  | { readonly type: 'healed'; readonly broken: readonly NodeId[]; readonly text: string }
  | { readonly type: 'violated'; readonly judge: string; readonly reason: string; readonly what: string };

type MessageFact =
  | {
      readonly type: 'sent';
      /** Unique in the run; the arrivals have it, too. */
      readonly id: number;
      readonly from: NodeId;
      readonly to: NodeId;
      /** The sending replica or front end; empty for a client, and for what no process sends. */
      readonly fromUnit: Unit;
      /** The receiving replica or front end; empty for a client. */
      readonly unit: Unit;
      /** `heartbeat`, `append`, …; `request` and `response` of clients; `refused`, `reset` and `gone` for connections. */
      readonly kind: string;
      readonly text: string;
      readonly fate: RecordedFate;
    }
  | { readonly type: 'released'; readonly id: number }
  | { readonly type: 'arrived'; readonly id: number; readonly outcome: Arrival };

/** `waits`: its link is held. `dropped` and `cut` are final, `twice` means two arrivals. */
export type RecordedFate = 'once' | 'twice' | 'dropped' | 'cut' | 'waits';

/**
 * `paused`: kept for the process until it resumes. `refused`: there is no process. `ignored`: it is no longer awaited.
 * `lost`: its sender has been cut off in the liveness phase meanwhile.
 */
export type Arrival = 'taken' | 'paused' | 'refused' | 'ignored' | 'lost';

type LifeFact =
  | { readonly type: 'started'; readonly node: NodeId; readonly life: number }
  /** The process did not start because of its disk. */
  | { readonly type: 'stayed-down'; readonly node: NodeId; readonly reason: string }
  | { readonly type: 'crashed'; readonly node: NodeId }
  | { readonly type: 'paused'; readonly node: NodeId }
  | { readonly type: 'resumed'; readonly node: NodeId };

type ReplicaFact =
  | {
      readonly type: 'role';
      readonly node: NodeId;
      readonly group: GroupName;
      readonly role: Role;
      /** The promised epoch, such as `3.s2`. */
      readonly epoch: string;
      /** The primary it follows. */
      readonly primary: NodeId | undefined;
    }
  /** Entries up to `index` are visible at this node. */
  | { readonly type: 'committed'; readonly node: NodeId; readonly group: GroupName; readonly index: number }
  /** A write begins; `records` is the number of its changes. */
  | { readonly type: 'writes'; readonly node: NodeId; readonly group: GroupName; readonly records: number }
  /** It is durable: the log on the disk ends at `index`. */
  | { readonly type: 'written'; readonly node: NodeId; readonly group: GroupName; readonly index: number }
  /** The log in memory ends at `last`, an entry of `epoch`. */
  | {
      readonly type: 'logged';
      readonly node: NodeId;
      readonly group: GroupName;
      readonly last: number;
      readonly epoch: string;
    }
  /** This primary has found entries up to `index` safe (PROTOCOL §4.3). */
  | { readonly type: 'safe'; readonly node: NodeId; readonly group: GroupName; readonly index: number }
  /** A snapshot is durable. */
  | { readonly type: 'saved'; readonly node: NodeId; readonly group: GroupName; readonly index: number }
  /** A note of the host: `elected`, `steps-down`, …; `text` as in a log. */
  | {
      readonly type: 'note';
      readonly node: NodeId;
      readonly unit: Unit;
      readonly note: string;
      readonly text: string;
    };

type ClientFact =
  | { readonly type: 'called'; readonly client: string; readonly operation: number; readonly text: string }
  | {
      readonly type: 'ended';
      readonly client: string;
      readonly operation: number;
      /** `ok`: a status below 400. `refused`: any other answer. `unknown`: none, so it may have taken effect. */
      readonly outcome: 'ok' | 'refused' | 'unknown';
      /** Status and body, if there was an answer. */
      readonly text: string;
    };

/** Records a run as it happens. Changed in place, by the simulator only. */
export interface Recorder {
  readonly events: RecordedEvent[];
  put(fact: RecordedFact): void;
  /** `carrier` stands for the message until it arrives; it is the same object for all its copies. */
  sent(carrier: object, message: Omit<Extract<RecordedFact, { type: 'sent' }>, 'type' | 'id'>): void;
  released(carrier: object): void;
  /** Does nothing if `carrier` was never sent. */
  arrived(carrier: object, outcome: Arrival): void;
}

/** `now` and `number` give the present time in microseconds and the number of the event. */
export function createRecorder(now: () => number, number: () => number): Recorder {
  const events: RecordedEvent[] = [];
  const ids = new WeakMap<object, number>();
  let last = 0;
  const put = (fact: RecordedFact): void => {
    // The recording ends with the verdict.
    if (events.at(-1)?.type === 'violated') return;
    events.push({ at: now(), number: number(), ...fact });
  };
  return {
    events,
    put,
    sent(carrier, message) {
      last += 1;
      ids.set(carrier, last);
      put({ type: 'sent', id: last, ...message });
    },
    released(carrier) {
      const id = ids.get(carrier);
      if (id !== undefined) put({ type: 'released', id });
    },
    arrived(carrier, outcome) {
      const id = ids.get(carrier);
      if (id !== undefined) put({ type: 'arrived', id, outcome });
    },
  };
}
