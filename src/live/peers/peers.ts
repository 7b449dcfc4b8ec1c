import { earlierLifeAt } from '../../gossip/state.ts';
import type { Host } from '../../host/host.ts';
import { GOSSIP } from '../../protocol/model/address.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { members } from '../../protocol/model/configuration.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { RefusalKind } from '../../transport-http/handshake/hello.ts';
import { createPeerLinks, type PeerLinks } from '../../transport-http/peers/peer-links.ts';
import type { Engine } from '../engine/engine.ts';
import { createLineLimit } from '../log/line-limit.ts';
import type { ProcessOptions } from '../options.ts';
import { createRefusalInquiry } from './ask-why-refused.ts';
import type { Directory } from './directory.ts';
import { createPeerIntroduction, type PeerIntroduction } from './introduce-peer.ts';

/** Communication with the other nodes of the cluster. */
export interface Peers {
  readonly links: PeerLinks;
  readonly introduction: PeerIntroduction;
  /**
   * Whether a node refuses this one for its history, and no data server takes its messages: the cluster has begun another
   * history without it.
   */
  isOutlived(): boolean;
}

/** Links to the other nodes, whose messages are fed to the engine. */
export function createPeers(options: ProcessOptions, engine: Engine): Peers {
  const { folder, addresses, log, secret, tls } = options;
  const { topology, nodeId, historyId, diskId, generation, address } = folder.node;
  const { clusterId } = topology;
  const credentials = { secret, tls };
  const mayWarn = createWarningLimit();
  const strangers = createLineLimit((_, count) =>
    log(`refuses ${count} links more of nodes that it does not know`, 'seldom'),
  );
  /** Nodes that refuse this one for its history. */
  const foreign = new Set<NodeId>();
  const refusalInquiry = createRefusalInquiry({
    nodeId,
    own: folder.node,
    credentials,
    addressOf: (peer) =>
      isFrontEnd(engine.host(), peer) ? undefined : (addresses[peer] ?? addressIn(engine.host(), peer)),
    learned: (peer, own) => engine.feed({ type: 'envelope', envelope: hearsay(peer, nodeId, own) }),
  });
  const introduction = createPeerIntroduction({
    clusterId,
    historyId,
    credentials,
    learned: (peer, services) => {
      engine.feed({ type: 'envelope', envelope: hearsay(peer, nodeId, { services, groups: [] }) });
    },
  });
  const links = createPeerLinks({
    self: { clusterId, historyId, nodeId, diskId, generation, incarnation: folder.incarnation, address },
    kind: folder.node.kind,
    secret,
    tls,
    pinned: addresses,
    isNamed: (disk) => isNamed(engine.host(), disk),
    beatsAt: (life) => earlierLifeAt(engine.host().gossip, life, performance.now()),
    onEnvelopes(envelopes) {
      for (const envelope of envelopes) {
        foreign.delete(envelope.from.node);
        engine.feed({ type: 'envelope', envelope });
      }
    },
    onSuspected: (peer) => engine.feed({ type: 'suspected', nodeId: peer }),
    // Not within the step that sends.
    onBacklog: (peer, isLong) => void setImmediate(() => engine.feed({ type: 'backlog', nodeId: peer, isLong })),
    onRefused(reason, by, kind) {
      const warning = foreignWarning(reason, kind);
      options.observer?.refused?.();
      if (warning === undefined) {
        if (by !== undefined || strangers.passes('link')) log(reason, 'seldom');
      } else if (mayWarn()) log(warning, 'warning');
      if (by === undefined) return;
      if (kind === 'history') foreign.add(by);
      else foreign.delete(by);
    },
    onTurnedAway: (by) => refusalInquiry.refusedBy(by),
  });
  return { links, introduction, isOutlived };

  function isOutlived(): boolean {
    if (foreign.size === 0) return false;
    const states = links.states();
    const servers = engine.host().gossip.services.filter(({ kind }) => kind === 'server');
    return servers.every((server) => states[server.nodeId] !== 'open');
  }
}

/** The interval of warnings of another cluster, in milliseconds: the links are tried again all the time. */
const WARNS_EVERY = 60_000;

function createWarningLimit(): () => boolean {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - warnedAt < WARNS_EVERY) return false;
    warnedAt = performance.now();
    return true;
  };
}

/** The refusal of a link between two clusters, or two histories of one, as a warning that says what may have happened. */
function foreignWarning(reason: string, kind: RefusalKind | undefined): string | undefined {
  switch (kind) {
    case 'cluster':
      return `${reason}. A node that lost its folder may have founded a second cluster: it joins again instead, with --join`;
    case 'copy':
      return `${reason}. This node is not heard while the other one runs: stop one of them, and keep both folders`;
    case 'history':
      return `${reason}. Until then it serves nothing`;
    case undefined:
      return undefined;
    default:
      return unreachable(kind);
  }
}

function isNamed({ gossip }: Host, diskId: string): boolean {
  return gossip.groups.some(({ configuration }) => members(configuration).some((member) => member.diskId === diskId));
}

function addressIn({ gossip }: Host, peer: NodeId): string | undefined {
  return gossip.services.find((entry) => entry.nodeId === peer)?.address;
}

function isFrontEnd({ gossip }: Host, peer: NodeId): boolean {
  return gossip.services.some(({ nodeId, kind }) => nodeId === peer && kind === 'frontend');
}

/** The directory of `peer` as a gossip message. */
function hearsay(peer: NodeId, nodeId: NodeId, { services, groups }: Directory): Envelope {
  const message = { type: 'gossip', services, groups, isAnswer: true } as const;
  return { from: { node: peer, unit: GOSSIP }, to: { node: nodeId, unit: GOSSIP }, message };
}
