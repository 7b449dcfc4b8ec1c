import type { HostAction } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import { type Level, noteLine } from '../../host/note-line.ts';
import type { Unit } from '../../protocol/model/address.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Answered } from '../../transport-http/clients/exchange.ts';
import type { ProcessStatus } from '../admin/status.ts';

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

/** Writes notes down as lines, and leaves the rest to nobody. */
export function linesOnly(log: (line: string, level: Level) => void): Observer {
  return {
    noted(unit, note) {
      const { line, level } = noteLine(unit, note);
      log(line, level);
    },
    answered: () => undefined,
    written: () => undefined,
    saved: () => undefined,
    carried: undefined,
  };
}

/** What may be asked of a live process at any time, without disturbing it. */
export interface ProcessView {
  status(): ProcessStatus;
  host(): Host;
  /** Envelopes that wait for the link to each other node. */
  queued(): Readonly<Record<NodeId, number>>;
  /** Whether it has been asked to stop, and serves only what it has begun. */
  isStopping(): boolean;
}
