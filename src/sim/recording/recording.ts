import type { Unit } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Role } from '../../protocol/replica/replica.ts';
import type { FaultType } from '../plan/fault.ts';

/**
 * A run as a list of facts, for drawing it and for reasoning about it. Plain JSON, and the same for the same plan. The
 * digest does not depend on whether a tape was kept.
 */
export interface Recording {
  readonly version: 1;
  /** The plan's name, if it has one. */
  readonly name: string | undefined;
  readonly seed: number;
  readonly digest: string;
  readonly servers: readonly NodeId[];
  readonly frontEnds: readonly NodeId[];
  /** In the order in which they came. */
  readonly clients: readonly string[];
  readonly groups: readonly GroupName[];
  /** When the run ended, in microseconds of simulated time. */
  readonly endedAt: number;
  /** In the order in which it happened. */
  readonly events: readonly RecordedEvent[];
}

/** Something that happened. */
export type RecordedEvent = RecordedFact & {
  /** Microseconds since the start. */
  readonly at: number;
  /** The number of the run's event in which it happened, as a violation names it; 0 before the first. */
  readonly number: number;
};

export type RecordedFact =
  | MessageFact
  | LifeFact
  | ReplicaFact
  | ClientFact
  /** The plan did something to the cluster. */
  | {
      readonly type: 'fault';
      readonly fault: FaultType;
      /** What ends it names it so; undefined where faults have no names, and where all of them are meant. */
      readonly name: string | undefined;
      /** Whom it was done to; of a partition or hold, one side. Empty if there was nobody. */
      readonly nodes: readonly NodeId[];
      /** The other side, of a partition or hold. */
      readonly others: readonly NodeId[];
      readonly oneWay: boolean;
      /** The fault as the plan has it, in JSON. */
      readonly text: string;
    }
  /** The end begins: every fault is undone and every node started, but for those that stay broken. */
  | { readonly type: 'healed'; readonly broken: readonly NodeId[]; readonly text: string }
  | { readonly type: 'violated'; readonly judge: string; readonly reason: string; readonly what: string };

type MessageFact =
  | {
      readonly type: 'sent';
      /** Unique in the run; the arrivals have it, too. */
      readonly id: number;
      readonly from: NodeId;
      readonly to: NodeId;
      /** The replica or front end that sends it; empty for a client, and for what no process sends. */
      readonly fromUnit: Unit;
      /** The replica or front end it is for; empty for a client. */
      readonly unit: Unit;
      /** `heartbeat`, `append`, …; `request` and `response` of clients; `refused`, `reset` and `gone` for connections. */
      readonly kind: string;
      readonly text: string;
      readonly fate: RecordedFate;
    }
  | { readonly type: 'released'; readonly id: number }
  | { readonly type: 'arrived'; readonly id: number; readonly outcome: Arrival };

/** `waits`: its link is held. `dropped` and `cut` are the end of it, `twice` is two arrivals. */
export type RecordedFate = 'once' | 'twice' | 'dropped' | 'cut' | 'waits';

/**
 * `paused`: kept for the process, and taken when it goes on. `refused`: there is no process. `ignored`: nobody waits for
 * it any more. `lost`: its sender has been broken off for good meanwhile.
 */
export type Arrival = 'taken' | 'paused' | 'refused' | 'ignored' | 'lost';

type LifeFact =
  | { readonly type: 'started'; readonly node: NodeId; readonly life: number }
  /** The process did not start: its disk does not let it. */
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
      /** The epoch it has promised, such as `3.s2`. */
      readonly epoch: string;
      /** The primary it follows. */
      readonly primary: NodeId | undefined;
    }
  /** Entries up to `index` are visible at this node. */
  | { readonly type: 'committed'; readonly node: NodeId; readonly group: GroupName; readonly index: number }
  /** A write begins; `records` is how many changes it makes. */
  | { readonly type: 'writes'; readonly node: NodeId; readonly group: GroupName; readonly records: number }
  | { readonly type: 'written'; readonly node: NodeId; readonly group: GroupName }
  /** A snapshot is durable. */
  | { readonly type: 'saved'; readonly node: NodeId; readonly group: GroupName; readonly index: number }
  /** What the host says of itself: `elected`, `steps-down`, …; `text` as in a log. */
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

/** Records a run while it happens. Changed in place, by the simulator only. */
export interface Recorder {
  readonly events: RecordedEvent[];
  put(fact: RecordedFact): void;
  /** `carrier` stands for the message until it arrives; it is the same object for all its copies. */
  sent(carrier: object, message: Omit<Extract<RecordedFact, { type: 'sent' }>, 'type' | 'id'>): void;
  released(carrier: object): void;
  /** Does nothing if `carrier` was never sent. */
  arrived(carrier: object, outcome: Arrival): void;
}

/** `now` and `number` say when it is: microseconds, and the number of the event. */
export function createRecorder(now: () => number, number: () => number): Recorder {
  const events: RecordedEvent[] = [];
  const ids = new WeakMap<object, number>();
  let last = 0;
  const put = (fact: RecordedFact): void => {
    // Nothing counts that comes after the verdict.
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
