import { plainRefusal } from '../frontend/respond.ts';
import { destinationsIn } from '../service/router.ts';
import type { Dismissal } from '../gossip/gossip-io.ts';
import type { Host } from '../host/host.ts';
import type { Order } from '../host/host-io.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Envelope } from '../protocol/model/messages.ts';
import { onlyLocal, withSecret } from '../security/authorise.ts';
import type { NodeFolder } from '../storage/node-folder.ts';
import type { Store } from '../storage/store.ts';
import { createHttpServer } from '../transport-http/clients/http-server.ts';
import type { OperatorPath } from '../transport-http/clients/operator-paths.ts';
import { createPeerLinks } from '../transport-http/peers/peer-links.ts';
import { createAcquaintance } from './peers/introduce.ts';
import type { Directory } from './peers/directory.ts';
import { depart, departForGood, whenLetGo } from './shutdown/leave.ts';
import { createEngine } from './engine/engine.ts';
import { greetingPaths } from './admin/greetings.ts';
import { createInquiry } from './peers/ask-why-refused.ts';
import { membershipPaths } from './admin/paths.ts';
import { linesOnly } from './engine/observer.ts';
import type { Leaving } from './admin/orders.ts';
import type { Recorder } from './engine/recorder.ts';
import { statePath } from './admin/state-path.ts';
import { processStatus, type ProcessStatus } from './admin/status.ts';
import { officesOf, showTies, type Tie } from './shutdown/duties.ts';
import { until } from './shutdown/until.ts';
import type { ProcessOptions, RunningProcess } from './process.ts';
import { type Unit, GOSSIP } from '../protocol/model/address.ts';

/** Runs `host` over `stores` until it is stopped. Rejects when the port cannot be had; the disk stays open then. */
export async function serve(
  options: ProcessOptions,
  host: Host,
  stores: ReadonlyMap<Unit, Store>,
  recorder: Recorder | undefined,
): Promise<RunningProcess> {
  const { folder, addresses, service, log, failed } = options;
  const { incarnation } = folder;
  const refusal = service.refusal ?? plainRefusal;
  const { topology, nodeId, kind, historyId, diskId, generation } = folder.node;
  const startedAt = performance.now();
  const observer = options.observer ?? linesOnly(log);
  let stopping = false;
  let ended: Promise<void> | undefined;
  let leaving: Promise<Leaving> | undefined;
  const engine = createEngine({
    host,
    stores,
    send: ({ envelope }) => links.send(envelope),
    respond: ({ id, response }) => server.respond(id, response),
    known: ({ services }) => {
      links.know(services);
      folder.remember(services);
    },
    dismissed: ({ reason }) => void dismissed(reason),
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
    own: folder.node,
    credentials: { secret: options.secret, tls: options.tls },
    addressOf: (peer) =>
      addresses[peer] ?? engine.host().gossip.services.find((entry) => entry.nodeId === peer)?.address,
    learned: (peer, own) => engine.feed({ type: 'envelope', envelope: hearsay(peer, nodeId, own) }),
  });
  const acquaintance = createAcquaintance({
    clusterId: topology.clusterId,
    historyId,
    credentials: { secret: options.secret, tls: options.tls },
    learned: (peer, services) => {
      engine.feed({ type: 'envelope', envelope: hearsay(peer, nodeId, { services, groups: [] }) });
    },
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
    refusal: (code, reason) => refusal(code, reason, undefined),
    destinationOf: destinationsIn(kind === 'server' ? (service.serverRoutes ?? []) : service.routes),
    onPeer: (socket, wire) => links.accept(socket, wire),
  });

  // Before anybody is listened to; what is said meanwhile waits until the links are open.
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
    const unfinished = await depart({ host: () => engine.host(), feed: order });
    await stop();
    return unfinished;
  }

  /** Begins to leave, or goes on with it; says after a while how far it has come. */
  async function leave(): Promise<Leaving> {
    stopping = true;
    leaving ??= leaveForGood();
    if (await until(() => offices().length === 0 || hasEnded(), LEFT_WITHIN)) return leaving;
    stopping = false;
    return { type: 'stays', still: showTies(offices()) };
  }

  /** The process ends a moment later, so that whoever asked for it still has an answer. */
  async function leaveForGood(): Promise<Leaving> {
    const unfinished = await departForGood({ host: () => engine.host(), feed: order }, hasEnded);
    if (!hasEnded()) setTimeout(() => dismiss('left'), ANSWERS_FOR);
    return { type: 'left', unfinished };
  }

  async function dismissed(reason: Dismissal): Promise<void> {
    stopping = true;
    if (reason === 'removed') await whenLetGo(() => engine.host(), hasEnded);
    dismiss(reason);
  }

  function offices(): readonly Tie[] {
    return officesOf(engine.host(), nodeId);
  }

  function hasEnded(): boolean {
    return ended !== undefined;
  }

  function dismiss(why: Dismissal | 'left'): void {
    // An overtaken disk is not a former member's: it is a copy of a member's. And one that may still be needed stays usable;
    // where it was replaced, the offices are the other one's.
    const isOver = why === 'replaced' || (why !== 'overtaken' && offices().length === 0);
    void (isOver ? folder.rewrite({ ...folder.node, state: 'left' }) : Promise.resolve()).then(
      () => options.dismissed(why),
      failed,
    );
  }

  /** However often it is asked for. */
  function stop(): Promise<void> {
    ended ??= end();
    return ended;
  }

  async function end(): Promise<void> {
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

/** After this time a node that has not been able to leave says what keeps it. In milliseconds. */
const LEFT_WITHIN = 15_000;

/** What `peer` says, as if it had come by way of gossip. */
function hearsay(peer: NodeId, nodeId: NodeId, { services, groups }: Directory): Envelope {
  const message = { type: 'gossip', services, groups, isAnswer: true } as const;
  return { from: { node: peer, unit: GOSSIP }, to: { node: nodeId, unit: GOSSIP }, message };
}

/** Closes the stores, and the folder behind them. */
export async function closeDisk(folder: NodeFolder, stores: ReadonlyMap<Unit, Store>): Promise<void> {
  for (const store of stores.values()) await store.close();
  await folder.close();
}
