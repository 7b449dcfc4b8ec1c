import { signedIn } from '../frontend/router.ts';
import type { Service } from '../frontend/service.ts';
import type { Dismissal } from '../gossip/gossip-io.ts';
import { createHost, type Host, type HostPlan } from '../host/host.ts';
import type { Order } from '../host/host-io.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Envelope, Unit } from '../protocol/messages.ts';
import { GOSSIP, type ServiceEntry } from '../protocol/services.ts';
import type { Settings } from '../protocol/settings.ts';
import { onlyLocal, withSecret } from '../security/authorise.ts';
import { isLoopback } from '../security/loopback.ts';
import { MAKE_A_SECRET, type Secret } from '../security/secret.ts';
import type { Tls } from '../security/tls.ts';
import type { NodeFolder } from '../storage/node-folder.ts';
import type { Store } from '../storage/store.ts';
import { createHttpServer } from '../transport-http/http-server.ts';
import type { OperatorPath } from '../transport-http/operator-paths.ts';
import { createPeerLinks } from '../transport-http/peer-links.ts';
import { depart } from './departure.ts';
import type { FaultyDisk } from './disk-faults.ts';
import { createAcquaintance } from './acquaintance.ts';
import { createEngine } from './engine.ts';
import type { Level } from '../host/note-line.ts';
import { greetingPaths } from './greetings.ts';
import { createInquiry } from './inquiry.ts';
import { membershipPaths } from './membership.ts';
import { linesOnly, type Observer, type ProcessSight } from './observer.ts';
import { type Recorder, recorderOf } from './recorder.ts';
import { statePath } from './state-path.ts';
import { processStatus, type ProcessStatus } from './status.ts';

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
  readonly operatorPaths?: ((sight: ProcessSight, own: readonly OperatorPath[]) => readonly OperatorPath[]) | undefined;
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

/** Rejects when a store of the folder cannot be used (a `StorageError`) or the port is taken; nothing is left open then. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { folder, service } = options;
  const { topology, window } = folder.node;
  const stores = new Map<Unit, Store>();
  try {
    refuseStrangers(options);
    const plan: HostPlan = { topology, self: folder.node, service, settings: { ...options.settings, ...window } };
    const host = createHost(plan);
    for (const unit of Object.keys(host.seats)) {
      const store = await folder.openStore(unit);
      stores.set(unit, options.disk?.behind(store) ?? store);
    }
    const recorder = options.record === undefined ? undefined : await recorderOf(options.record, plan, options);
    return await serve(options, host, stores, recorder);
  } catch (error) {
    await closeDisk(folder, stores);
    throw error;
  }
}

async function serve(
  options: ProcessOptions,
  host: Host,
  stores: ReadonlyMap<Unit, Store>,
  recorder: Recorder | undefined,
): Promise<RunningProcess> {
  const { folder, addresses, service, log, failed } = options;
  const { incarnation } = folder;
  const { topology, nodeId, kind, historyId, diskId, generation } = folder.node;
  const startedAt = performance.now();
  const observer = options.observer ?? linesOnly(log);
  let stopping = false;
  const engine = createEngine({
    host,
    stores,
    send: ({ envelope }) => links.send(envelope),
    respond: ({ id, response }) => server.respond(id, response),
    known: ({ services }) => {
      links.know(services);
      folder.remember(services);
    },
    dismissed: ({ reason }) => dismiss(reason),
    failed,
    observer,
    recorder,
  });
  const links = createPeerLinks({
    self: { clusterId: topology.clusterId, historyId, nodeId, diskId, generation, incarnation },
    secret: options.secret,
    tls: options.tls,
    pinned: addresses,
    onEnvelopes(envelopes) {
      for (const envelope of envelopes) engine.feed({ type: 'envelope', envelope });
    },
    onSuspected: (peer) => engine.feed({ type: 'suspected', nodeId: peer }),
    onRefused(reason, by) {
      log(reason, 'seldom');
      if (by !== undefined) inquiry.refusedBy(by);
    },
  });
  const inquiry = createInquiry({
    nodeId,
    credentials: { secret: options.secret, tls: options.tls },
    addressOf: (peer) =>
      addresses[peer] ?? engine.host().gossip.services.find((entry) => entry.nodeId === peer)?.address,
    learned: (peer, own) => engine.feed({ type: 'envelope', envelope: hearsay(peer, nodeId, [own]) }),
  });
  const acquaintance = createAcquaintance({
    clusterId: topology.clusterId,
    historyId,
    credentials: { secret: options.secret, tls: options.tls },
    learned: (peer, services) => engine.feed({ type: 'envelope', envelope: hearsay(peer, nodeId, services) }),
  });
  const sight = { status, host: () => engine.host(), queued: () => links.queued(), isStopping: () => stopping };
  const order = (given: Order): void => engine.feed({ type: 'order', order: given });
  const own: readonly OperatorPath[] = [
    { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: status() }) },
    statePath(() => engine.host()),
    ...(kind === 'server' ? greetingPaths({ service, host: () => engine.host(), feed: order, acquaintance }) : []),
    ...membershipPaths({ node: folder.node, host: () => engine.host(), feed: order, leave }),
  ];
  const server = createHttpServer({
    onRequests: host.frontEnd === undefined ? undefined : (requests) => engine.feed({ type: 'requests', requests }),
    onGone: (id) => engine.feed({ type: 'gone', id }),
    operatorPaths: [...own, ...(options.operatorPaths?.(sight, own) ?? [])],
    onAnswered: (answered) => observer.answered(answered),
    authorise: options.secret === undefined ? onlyLocal : withSecret(options.secret, nodeId, Date.now),
    tls: options.tls,
    isSigned: signedIn(kind === 'server' ? (service.serverRoutes ?? []) : service.routes),
    onPeer: (socket, wire) => links.accept(socket, wire),
  });

  // Before anybody is listened to; what is said meanwhile is lost, and said again.
  const services = [...folder.services.services, ...(options.services ?? [])];
  engine.feed({ type: 'started', incarnation, services });
  for (const [unit, { stored }] of stores) engine.feed({ type: 'recovered', unit, stored });
  try {
    const port = await server.listen(options.port, options.host);
    links.dial();
    return { port, status, retire, stop };
  } catch (error) {
    await engine.stop();
    throw error;
  }

  function status(): ProcessStatus {
    return processStatus(engine.host(), { node: folder.node, incarnation, startedAt, links: links.states() });
  }

  async function retire(): Promise<string | undefined> {
    stopping = true;
    const unfinished = await depart('away', { host: () => engine.host(), feed: order });
    await stop();
    return unfinished;
  }

  /** The process ends a moment later, so that whoever asked for it still has an answer. */
  async function leave(): Promise<string | undefined> {
    stopping = true;
    const unfinished = await depart('removed', { host: () => engine.host(), feed: order });
    setTimeout(() => dismiss('left'), ANSWERS_FOR);
    return unfinished;
  }

  function dismiss(why: Dismissal | 'left'): void {
    // An overtaken disk is not a former member's: it is a copy of a member's.
    const isOver = why !== 'overtaken';
    void (isOver ? folder.rewrite({ ...folder.node, state: 'left' }) : Promise.resolve()).then(
      () => options.dismissed(why),
      failed,
    );
  }

  async function stop(): Promise<void> {
    stopping = true;
    const stopped = engine.stop();
    links.close();
    await server.close();
    await stopped;
    await recorder?.close();
    await closeDisk(folder, stores);
  }
}

/** How long the answer to a call may take until it is out, when the process ends upon it. In milliseconds. */
const ANSWERS_FOR = 100;

/** What `peer` says of nodes, as if it had come by way of gossip. */
function hearsay(peer: NodeId, nodeId: NodeId, services: readonly ServiceEntry[]): Envelope {
  const message = { type: 'gossip', services, groups: [], isAnswer: true } as const;
  return { from: { node: peer, unit: GOSSIP }, to: { node: nodeId, unit: GOSSIP }, message };
}

async function closeDisk(folder: NodeFolder, stores: ReadonlyMap<Unit, Store>): Promise<void> {
  for (const store of stores.values()) await store.close();
  await folder.close();
}

/** Whoever can reach a node that has no secret can do anything to its cluster. */
function refuseStrangers({ host, secret }: ProcessOptions): void {
  if (secret !== undefined || isLoopback(host)) return;
  throw new Error(
    `without a secret a node listens on this machine only (127.0.0.1), not on ${host}; to be reached from elsewhere it needs one, the same for the whole cluster: ${MAKE_A_SECRET} and start every node with --secret-file`,
  );
}
