import { plainRefusal } from '../frontend/respond.ts';
import type { Order } from '../host/host-io.ts';
import type { Host } from '../host/host.ts';
import type { Unit } from '../protocol/model/address.ts';
import { splitHostPort } from '../protocol/model/host-port.ts';
import { withSecret } from '../security/authorise.ts';
import { destinationsIn } from '../service/router.ts';
import type { NodeFolder } from '../storage/node-folder.ts';
import type { Store } from '../storage/store.ts';
import { browserRules, connectionLimits } from '../transport-http/clients/access.ts';
import { createHttpServer, type HttpServer } from '../transport-http/clients/http-server.ts';
import type { OperatorPath } from '../transport-http/clients/operator-paths.ts';
import { createProbeListener } from '../transport-http/probe-listener.ts';
import { greetRoutes } from './admin/greet-routes.ts';
import { membershipPaths } from './admin/paths.ts';
import { statePath } from './admin/state-path.ts';
import { type ProcessStatus, processStatus } from './admin/status.ts';
import { watchVotes } from './admin/watch-votes.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { linesOnly, type Observer, type ProcessView } from './engine/observer.ts';
import type { Recorder } from './engine/recorder.ts';
import { watchRoom } from './engine/room-watch.ts';
import type { ProcessOptions, RunningProcess } from './options.ts';
import { createPeers, type Peers } from './peers/peers.ts';
import { watchOutlived } from './peers/watch-outlived.ts';
import { createShutdown, type Shutdown } from './shutdown/shutdown.ts';

/** Serves `host` over `stores` until it is stopped. Rejects when the port cannot be bound; the disk stays open then. */
export async function serve(
  options: ProcessOptions,
  host: Host,
  stores: ReadonlyMap<Unit, Store>,
  recorder: Recorder | undefined,
): Promise<RunningProcess> {
  const { folder, failed } = options;
  const { incarnation } = folder;
  const startedAt = performance.now();
  let unwatch: (() => void) | undefined;
  const observer = options.observer ?? linesOnly(options.log);
  const engine = createEngine({
    host,
    stores,
    send: ({ envelope }) => peers.links.send(envelope),
    respond: ({ id, response }) => server.respond(id, response),
    stream: (action) => server.stream(action),
    known: ({ services }) => {
      peers.links.know(services);
      folder.remember(services);
    },
    claimed: (action) => folder.exceed(action.incarnation),
    dismissed: ({ reason }) => void shutdown.dismissed(reason),
    failed,
    observer,
    recorder,
  });
  const peers = createPeers(options, engine);
  const shutdown = createShutdown({
    host: () => engine.host(),
    feed: (order) => engine.feed({ type: 'order', order }),
    folder,
    close,
    dismissed: (why) => options.dismissed(why),
    failed,
  });
  const status = (): ProcessStatus =>
    processStatus(engine.host(), {
      node: folder.node,
      incarnation,
      startedAt,
      links: peers.links.states(),
      peers: peers.links.builds(),
    });
  const parts = { engine, peers, shutdown, status };
  const operatorPaths = operatorPathsOf(options, parts);
  const server = createServer(options, parts, operatorPaths, observer);
  const probePort = options.access?.probePort;
  const probes = probePort === undefined ? undefined : createProbeListener(operatorPaths);

  const room = watchRoom({
    kind: folder.node.kind,
    folder: folder.path,
    reserve,
    changed: (of) => engine.feed({ type: 'short', of }),
    log: options.log,
  });

  // Before the port is open: messages to others wait until their links are open.
  const services = [...folder.services.services, ...(options.services ?? [])];
  engine.feed({ type: 'started', incarnation, services, lives: folder.lives });
  for (const [unit, { stored }] of stores) engine.feed({ type: 'recovered', unit, stored });
  try {
    if (probePort !== undefined) await probes?.listen(probePort, options.host);
    const port = await server.listen(options.port, options.host);
    peers.links.dial();
    const ends = [watchVotes(() => engine.host(), observer)];
    if (folder.node.kind === 'frontend') {
      ends.push(
        watchOutlived(
          () => peers.isOutlived(),
          (isSo) => engine.feed({ type: 'outlived', isSo }),
        ),
      );
    }
    unwatch = () => ends.forEach((end) => end());
    return {
      port,
      status,
      useCertificate: () => server.useCertificate(),
      retire: () => shutdown.retire(),
      stop: () => shutdown.stop(),
    };
  } catch (error) {
    room.stop();
    await probes?.close();
    await engine.stop();
    throw error;
  }

  /** Besides the reserve there must be room for one more snapshot of each group. */
  function reserve(): number {
    const { diskReserve } = options.settings;
    if (diskReserve === 0 || folder.node.kind !== 'server') return diskReserve;
    const sizes = Object.values(engine.host().slots).map(({ replica: { size } }) => size.state + size.since);
    return diskReserve + sizes.reduce((sum, size) => sum + size, 0);
  }

  async function close(): Promise<void> {
    room.stop();
    const stopped = engine.stop();
    unwatch?.();
    peers.links.close();
    await server.close();
    await probes?.close();
    await stopped;
    await recorder?.close();
    await closeDisk(folder, stores);
  }
}

/** The parts of a process that its paths use. */
interface Parts {
  readonly engine: Engine;
  readonly peers: Peers;
  readonly shutdown: Shutdown;
  readonly status: () => ProcessStatus;
}

function createServer(
  options: ProcessOptions,
  { engine, peers }: Parts,
  operatorPaths: readonly OperatorPath[],
  observer: Observer,
): HttpServer {
  const { folder, service, secret, access = {} } = options;
  const { nodeId, kind } = folder.node;
  const refusal = service.refusal ?? plainRefusal;
  return createHttpServer({
    onRequests:
      engine.host().frontEnd === undefined ? undefined : (requests) => engine.feed({ type: 'requests', requests }),
    onGone: (id) => engine.feed({ type: 'gone', id }),
    onTaken: (id) => engine.feed({ type: 'taken', id }),
    operatorPaths,
    onAnswered: (answered) => observer.answered(answered),
    onCutOff: (cutOff) => observer.cutOff?.(cutOff),
    onAudited: (call, outcome) => observer.audited?.(call, outcome),
    authorise: withSecret(
      secret,
      { nodeId, clusterId: folder.node.clusterId, incarnation: folder.incarnation },
      Date.now,
    ),
    tls: options.tls,
    browsers: browserRules(access, splitHostPort(folder.node.address).host),
    connectionLimits: connectionLimits(access),
    refusal: (code, reason) => refusal(code, reason, undefined),
    destinationOf: destinationsIn(kind === 'server' ? (service.serverRoutes ?? []) : service.routes),
    hasRoomForPeer: (wire) => peers.links.hasRoom(wire),
    onPeer: (socket, wire) => peers.links.accept(socket, wire),
  });
}

function operatorPathsOf(
  { folder, service, operatorPaths }: ProcessOptions,
  { engine, peers, shutdown, status }: Parts,
): readonly OperatorPath[] {
  const host = (): Host => engine.host();
  const feed = (order: Order): void => engine.feed({ type: 'order', order });
  const { introduction } = peers;
  const own: readonly OperatorPath[] = [
    { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: status() }) },
    statePath(host),
    ...(folder.node.kind === 'server' ? greetRoutes({ service, host, feed, introduction }) : []),
    ...membershipPaths({ node: folder.node, host, feed, leave: () => shutdown.leave() }),
  ];
  const view: ProcessView = {
    status,
    host,
    queued: () => peers.links.queued(),
    isStopping: () => shutdown.isStopping(),
  };
  return [...own, ...(operatorPaths?.(view, own) ?? [])];
}

/** Closes the stores, then their folder. */
export async function closeDisk(folder: NodeFolder, stores: ReadonlyMap<Unit, Store>): Promise<void> {
  for (const store of stores.values()) await store.close();
  await folder.close();
}
