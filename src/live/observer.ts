import type { Host } from '../host/host.ts';
import type { HostAction } from '../host/host-io.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Envelope, Unit } from '../protocol/messages.ts';
import type { ProcessStatus } from './status.ts';

/** What a unit of a host found worth noting. */
export type HostNote = Extract<HostAction, { readonly type: 'note' }>['note'];

/**
 * What a live process lets others know of itself while it runs: the port behind which logs and metrics are. Everything is
 * called within a turn of the event loop that serves somebody, so it must return at once and never throw.
 */
export interface Observer {
  noted(unit: Unit, note: HostNote): void;
  /** A client has been answered. */
  answered(answer: Answered): void;
  /** A write of a replica became durable, `millis` after it was handed to the disk. */
  written(unit: Unit, millis: number): void;
  /** The same of a snapshot. */
  saved(unit: Unit, millis: number): void;
  /** Every envelope from and to other nodes; undefined where nobody reads along. */
  readonly carried: ((direction: 'in' | 'out', envelope: Envelope) => void) | undefined;
}

/** One answer over HTTP, to a client or to an operator. */
export interface Answered {
  readonly method: string;
  /** As in the request line; may carry a query string. */
  readonly path: string;
  readonly status: number;
  /** From the whole request to its answer, in milliseconds. */
  readonly millis: number;
  /** What the client calls the request, or what it was called here. */
  readonly requestId: string;
}

/** Nobody watches. */
export const UNOBSERVED: Observer = {
  noted: () => undefined,
  answered: () => undefined,
  written: () => undefined,
  saved: () => undefined,
  carried: undefined,
};

/** What may be asked of a live process at any time, without disturbing it. */
export interface ProcessSight {
  status(): ProcessStatus;
  host(): Host;
  /** Envelopes that wait for the link to each other node. */
  queued(): Readonly<Record<NodeId, number>>;
  /** Whether it has been asked to stop, and serves only what it has begun. */
  isStopping(): boolean;
}
