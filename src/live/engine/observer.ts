import type { HostNote } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import { type Level, noteLine } from '../../host/note-line.ts';
import type { Unit } from '../../protocol/model/address.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { OperatorCall } from '../../security/authorise.ts';
import type { Answered } from '../../transport-http/clients/exchange.ts';
import type { Audited } from '../../transport-http/clients/operator-paths.ts';
import type { CutOff } from '../../transport-http/clients/untaken.ts';
import type { ProcessStatus } from '../admin/status.ts';

export type { HostNote } from '../../host/host-io.ts';

/**
 * The observer of a live process, behind which logs and metrics are. Its functions are called within the turn of the
 * event loop that serves requests: they must return at once and never throw.
 */
export interface Observer {
  noted(unit: Unit, note: HostNote): void;
  /** A client was answered. */
  answered(answer: Answered): void;
  /** A call that needs a proof was taken or refused. */
  audited?(call: OperatorCall, outcome: Audited): void;
  /** A connection was cut off whose client did not take its answers. */
  cutOff?(cutOff: CutOff): void;
  /** A link of a peer was refused or cut off, or a peer has refused one of this node. */
  refused?(): void;
  /** A write of a replica became durable, `millis` after it was handed to the disk. */
  written(unit: Unit, millis: number): void;
  /** A snapshot became durable, `millis` after it was begun. */
  saved(unit: Unit, millis: number): void;
  /** Every envelope from and to other nodes; undefined where none is wanted. */
  readonly carried: ((direction: 'in' | 'out', envelope: Envelope) => void) | undefined;
}

/** An observer that logs notes as sentences and ignores the rest. */
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

/** A read-only view of a live process. */
export interface ProcessView {
  status(): ProcessStatus;
  host(): Host;
  /** Envelopes that wait for the link to each other node. */
  queued(): Readonly<Record<NodeId, number>>;
  /** Whether the process is stopping: it serves only what it has begun. */
  isStopping(): boolean;
}
