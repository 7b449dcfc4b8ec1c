import type { Service } from '../frontend/service.ts';
import { createHost, type Host, hostWakeAt, stepHost } from '../host/host.ts';
import type { HostAction, HostInput } from '../host/host-io.ts';
import { unreachable } from '../protocol/assert.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Unit } from '../protocol/messages.ts';
import type { Settings } from '../protocol/settings.ts';
import { firstDiskId, type Topology } from '../protocol/topology.ts';
import { openNodeFolder, type NodeFolder } from '../storage/node-folder.ts';
import type { Store } from '../storage/store.ts';
import { createHttpServer } from '../transport-http/http-server.ts';
import { createPeerLinks } from '../transport-http/peer-links.ts';
import { createAlarm } from './alarm.ts';
import { moment } from './moment.ts';
import { type Level, noteLine } from './note-line.ts';
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
    return await run(options, host, folder, stores);
  } catch (error) {
    await closeDisk(folder, stores);
    throw error;
  }
}

async function run(
  options: ProcessOptions,
  blank: Host,
  folder: NodeFolder,
  stores: ReadonlyMap<Unit, Store>,
): Promise<RunningProcess> {
  const { topology, nodeId, log } = options;
  const { clusterId } = topology;
  const { incarnation } = folder;
  const startedAt = performance.now();
  const onDisk = new Set<Promise<void>>();
  let host = blank;
  let over = false;

  const alarm = createAlarm(
    () => feed({ type: 'wake' }),
    () => (over ? undefined : hostWakeAt(host)),
  );
  const links = createPeerLinks({
    clusterId,
    nodeId,
    incarnation,
    addresses: Object.fromEntries(Object.entries(options.addresses).filter(([peer]) => peer !== nodeId)),
    onEnvelopes(envelopes) {
      for (const envelope of envelopes) feed({ type: 'envelope', envelope });
    },
    onSuspected: (peer) => feed({ type: 'suspected', nodeId: peer }),
    onRefused: (reason) => log(reason, 'seldom'),
  });
  const server = createHttpServer({
    onRequests: host.frontEnd === undefined ? undefined : (requests) => feed({ type: 'requests', requests }),
    onGone: (id) => feed({ type: 'gone', id }),
    status,
    onPeer: (socket) => links.accept(socket),
  });

  for (const [unit, { stored }] of stores) feed({ type: 'recovered', unit, stored });
  const port = await server.listen(options.port, options.host);
  links.dial();
  return { port, status, stop };

  function feed(input: HostInput): void {
    if (over) return;
    try {
      const [next, actions] = stepHost(host, input, moment());
      host = next;
      for (const action of actions) carryOut(action);
      alarm.set(hostWakeAt(host));
    } catch (error) {
      fail(error);
    }
  }

  function carryOut(action: HostAction): void {
    switch (action.type) {
      case 'write':
        return whenDurable(storeOf(action.unit).write(action.operations), { type: 'written', unit: action.unit });
      case 'save': {
        const { index } = action.snapshot.base;
        return whenDurable(storeOf(action.unit).save(action.snapshot), { type: 'saved', unit: action.unit, index });
      }
      case 'send':
        return links.send(action.envelope);
      case 'respond':
        return server.respond(action.id, action.response);
      case 'note': {
        const { line, level } = noteLine(action.unit, action.note);
        return log(line, level);
      }
      default:
        return unreachable(action);
    }
  }

  function whenDurable(done: Promise<void>, then: HostInput): void {
    const reported = done.then(() => feed(then), fail);
    onDisk.add(reported);
    void reported.finally(() => onDisk.delete(reported));
  }

  function storeOf(unit: Unit): Store {
    const store = stores.get(unit);
    if (store === undefined) throw new Error(`no store of ${unit}`);
    return store;
  }

  function fail(error: unknown): void {
    if (over) return;
    over = true;
    options.failed(error);
  }

  function status(): ProcessStatus {
    return processStatus(host, { topology, incarnation, startedAt, links: links.states() });
  }

  async function stop(): Promise<void> {
    over = true;
    links.close();
    await server.close();
    await Promise.all(onDisk);
    await closeDisk(folder, stores);
  }
}

async function closeDisk(folder: NodeFolder, stores: ReadonlyMap<Unit, Store>): Promise<void> {
  for (const store of stores.values()) await store.close();
  await folder.close();
}
