import type { Service } from '../frontend/service.ts';
import { createHost, type Host } from '../host/host.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Unit } from '../protocol/messages.ts';
import type { Settings } from '../protocol/settings.ts';
import { firstDiskId, type Topology } from '../protocol/topology.ts';
import { type NodeFolder, openNodeFolder } from '../storage/node-folder.ts';
import type { Store } from '../storage/store.ts';
import { createHttpServer } from '../transport-http/http-server.ts';
import { createPeerLinks } from '../transport-http/peer-links.ts';
import { createEngine } from './engine.ts';
import type { Level } from '../host/note-line.ts';
import { processStatus, type ProcessStatus } from './status.ts';

export interface ProcessOptions {
  readonly topology: Topology;
  readonly nodeId: NodeId;
  /** `host:port` of every node of the topology. */
  readonly addresses: Readonly<Record<NodeId, string>>;
  /** The data folder of this node alone. */
  readonly folder: string;
  readonly service: Service;
  readonly settings: Settings;
  readonly host: string;
  /** 0 lets the system choose; then the others cannot know it from `addresses`. */
  readonly port: number;
  /** Whether the folder may be made: only for a node that has never run. */
  readonly format: boolean;
  readonly log: (line: string, level: Level) => void;
  /**
   * A write that failed, or an invariant that did not hold. Called once; the process must end, since what it holds in
   * memory and what is on its disk may no longer agree, and until then this one does nothing more.
   */
  readonly failed: (error: unknown) => void;
}

/** One node of a cluster, live: a host that is told what the disk, the network, the clients and the clock have to say. */
export interface RunningProcess {
  readonly port: number;
  status(): ProcessStatus;
  /** Stops serving, lets writes under way end, and frees folder and port. */
  stop(): Promise<void>;
}

/** Rejects when the folder cannot be used (a `StorageError`) or the port is taken; nothing is left open then. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { topology, nodeId } = options;
  const identity = { clusterId: topology.clusterId, nodeId, diskId: firstDiskId(topology, nodeId) };
  const host = createHost({
    topology,
    nodeId,
    service: options.service,
    settings: options.settings,
    ports: topology.servers.map((server) => Number(options.addresses[server]?.split(':').at(-1))),
  });
  const units = Object.keys(host.seats);
  const folder = await openNodeFolder(options.folder, identity, { format: options.format, units });
  const stores = new Map<Unit, Store>();
  try {
    for (const unit of units) stores.set(unit, await folder.openStore(unit));
    return await serve(options, host, folder, stores);
  } catch (error) {
    await closeDisk(folder, stores);
    throw error;
  }
}

async function serve(
  options: ProcessOptions,
  host: Host,
  folder: NodeFolder,
  stores: ReadonlyMap<Unit, Store>,
): Promise<RunningProcess> {
  const { topology, nodeId, addresses, log, failed } = options;
  const { incarnation } = folder;
  const startedAt = performance.now();
  const engine = createEngine({
    host,
    stores,
    send: ({ envelope }) => links.send(envelope),
    respond: ({ id, response }) => server.respond(id, response),
    log,
    failed,
  });
  const links = createPeerLinks({
    clusterId: topology.clusterId,
    nodeId,
    incarnation,
    addresses: Object.fromEntries(Object.entries(addresses).filter(([peer]) => peer !== nodeId)),
    onEnvelopes(envelopes) {
      for (const envelope of envelopes) engine.feed({ type: 'envelope', envelope });
    },
    onSuspected: (peer) => engine.feed({ type: 'suspected', nodeId: peer }),
    onRefused: (reason) => log(reason, 'seldom'),
  });
  const server = createHttpServer({
    onRequests: host.frontEnd === undefined ? undefined : (requests) => engine.feed({ type: 'requests', requests }),
    onGone: (id) => engine.feed({ type: 'gone', id }),
    status,
    onPeer: (socket) => links.accept(socket),
  });

  // Before anybody is listened to; what is said meanwhile is lost, and said again.
  for (const [unit, { stored }] of stores) engine.feed({ type: 'recovered', unit, stored });
  try {
    const port = await server.listen(options.port, options.host);
    links.dial();
    return { port, status, stop };
  } catch (error) {
    await engine.stop();
    throw error;
  }

  function status(): ProcessStatus {
    return processStatus(engine.host(), { topology, incarnation, startedAt, links: links.states() });
  }

  async function stop(): Promise<void> {
    const stopped = engine.stop();
    links.close();
    await server.close();
    await stopped;
    await closeDisk(folder, stores);
  }
}

async function closeDisk(folder: NodeFolder, stores: ReadonlyMap<Unit, Store>): Promise<void> {
  for (const store of stores.values()) await store.close();
  await folder.close();
}
