import type { Dismissal } from '../gossip/gossip-io.ts';
import type { Level } from '../host/note-line.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Settings } from '../protocol/model/settings.ts';
import type { Secret } from '../security/secret.ts';
import type { Tls } from '../security/tls.ts';
import type { Service } from '../service/service.ts';
import type { NodeFolder } from '../storage/node-folder.ts';
import type { Access } from '../transport-http/clients/access.ts';
import type { OperatorPath } from '../transport-http/clients/operator-paths.ts';
import type { ProcessStatus } from './admin/status.ts';
import type { FaultyDisk } from './engine/disk-faults.ts';
import type { Observer, ProcessView } from './engine/observer.ts';

export interface ProcessOptions {
  /** The folder of this node, just opened. The process owns and closes it, even when the start fails. */
  readonly folder: NodeFolder;
  /** `host:port` of nodes in a cluster file; they take precedence over the directory. */
  readonly addresses: Readonly<Record<NodeId, string>>;
  /** Nodes in a cluster file, besides those that the folder remembers. */
  readonly services?: readonly ServiceEntry[] | undefined;
  readonly service: Service;
  /** All settings but the deduplication window, which is part of the cluster's first configuration. */
  readonly settings: Settings;
  /** The interface. */
  readonly host: string;
  /** The secret that other nodes and operators must prove. */
  readonly secret: Secret;
  /** Undefined: no encryption. */
  readonly tls?: Tls | undefined;
  /** Who may call it over HTTP. */
  readonly access?: Access | undefined;
  /** 0 lets the system choose; then the others cannot know it. */
  readonly port: number;
  /** The folder for records of the node's inputs, one folder for each run; undefined: none are kept. */
  readonly record?: string | undefined;
  /** Faults of its disk, under `understudy chaos`. */
  readonly disk?: FaultyDisk | undefined;
  readonly log: (line: string, level: Level) => void;
  /** The observer; without one, notes become log lines. */
  readonly observer?: Observer | undefined;
  /** Operator paths besides those that it has anyway (`own`). */
  readonly operatorPaths?: ((view: ProcessView, own: readonly OperatorPath[]) => readonly OperatorPath[]) | undefined;
  /**
   * Called once, when a write failed or an invariant did not hold. The process must end, since memory and disk may no
   * longer agree. Until then the node does nothing more.
   */
  readonly failed: (error: unknown) => void;
  /** The node is no member any more: it has left, or others say so. Its process must end. */
  readonly dismissed: (why: Dismissal | 'left') => void;
}

/** One live node of a cluster: a host driven by disk, network, clients and clock. */
export interface RunningProcess {
  readonly port: number;
  status(): ProcessStatus;
  /** The certificate of `tls` has been replaced. */
  useCertificate(): void;
  /**
   * Hands over leadership and votes, answers pending requests, and stops. Resolves to the unfinished duties, if any,
   * after a bounded time.
   */
  retire(): Promise<string | undefined>;
  /** Stops serving, waits for writes under way, and frees folder and port. */
  stop(): Promise<void>;
}
