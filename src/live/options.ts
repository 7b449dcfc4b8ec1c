import type { Dismissal } from '../gossip/gossip-io.ts';
import type { Level } from '../host/note-line.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Settings } from '../protocol/model/settings.ts';
import type { Secret } from '../security/secret.ts';
import type { Tls } from '../security/tls.ts';
import type { Service } from '../service/service.ts';
import type { NodeFolder } from '../storage/node-folder.ts';
import type { OperatorPath } from '../transport-http/clients/operator-paths.ts';
import type { ProcessStatus } from './admin/status.ts';
import type { FaultyDisk } from './engine/disk-faults.ts';
import type { Observer, ProcessView } from './engine/observer.ts';

export interface ProcessOptions {
  /** Of this node alone, just opened. It is this process's from now on, which closes it, whatever becomes of the start. */
  readonly folder: NodeFolder;
  /** `host:port` of nodes, as a cluster file has them: they win over what the directory says. */
  readonly addresses: Readonly<Record<NodeId, string>>;
  /** Who there is besides those the folder remembers, as a cluster file says. */
  readonly services?: readonly ServiceEntry[] | undefined;
  readonly service: Service;
  /** How long requests count is not for them to say: that is part of the cluster's first configuration. */
  readonly settings: Settings;
  /** Without a secret: of this machine alone. */
  readonly host: string;
  /** What other nodes and operators must prove to know; undefined: nobody is asked for anything. */
  readonly secret?: Secret | undefined;
  /** Undefined: nothing is encrypted. */
  readonly tls?: Tls | undefined;
  /** 0 lets the system choose; then the others cannot know it. */
  readonly port: number;
  /** Where all that this node is told is written down, in a folder for each of its lives; undefined: nowhere. */
  readonly record?: string | undefined;
  /** What is wrong with its disk, under `understudy chaos`. */
  readonly disk?: FaultyDisk | undefined;
  readonly log: (line: string, level: Level) => void;
  /** Who is told of what happens; where nobody is, notes become lines of the log. */
  readonly observer?: Observer | undefined;
  /** Paths by which operators look into this process, besides those it has anyway (`own`). */
  readonly operatorPaths?: ((view: ProcessView, own: readonly OperatorPath[]) => readonly OperatorPath[]) | undefined;
  /**
   * A write that failed, or an invariant that did not hold. Called once; the process must end, since what it holds in
   * memory and what is on its disk may no longer agree, and until then this one does nothing more.
   */
  readonly failed: (error: unknown) => void;
  /** The node is a member no longer, because it has left, or for a reason that others have: its process is to end. */
  readonly dismissed: (why: Dismissal | 'left') => void;
}

/** One node of a cluster, live: a host that is told what the disk, the network, the clients and the clock have to say. */
export interface RunningProcess {
  readonly port: number;
  status(): ProcessStatus;
  /**
   * Lets others take over what this node leads and votes for, answers what it was asked, and stops then. Resolves to what it
   * had to leave unfinished, if anything, after a bounded time.
   */
  retire(): Promise<string | undefined>;
  /** Stops serving, lets writes under way end, and frees folder and port. */
  stop(): Promise<void>;
}
