import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { commonVersion, SPOKEN } from '../../protocol/wire/spoken.ts';
import type { Secret } from '../../security/secret.ts';
import type { TlsCaller } from '../../security/tls.ts';
import { type Build, type PeerBuild, type PeerBuilds, rangeOf } from '../handshake/build.ts';
import type { Life } from '../handshake/check-hello.ts';
import type { LinkKey, RefusalKind, Self } from '../handshake/hello.ts';
import { type IncomingLinks, openIncomingLinks } from './incoming-links.ts';
import { type LinkState, openOutgoingLink, type OutgoingLink } from './outgoing-link.ts';
import { QUEUED_AT_MOST } from './outgoing-queue.ts';

/**
 * Peer links of one node: to each other node one WebSocket that carries what this node sends, and from each one that
 * carries what it receives. The two directions fail apart, as the protocol expects of a network.
 */
export interface PeerLinks {
  /**
   * Sends an envelope, which may be lost, is never doubled, and reordered only across a reconnection. Before `dial` it
   * waits.
   */
  send(envelope: Envelope): void;
  /** Whether one more may open a WebSocket here and say its hello. */
  hasRoom(wire: Duplex): boolean;
  /** Takes over a WebSocket that a peer opened here, and the wire that carries it. */
  accept(socket: WebSocket, wire: Duplex): void;
  /** Opens the links; until then no envelope is sent. */
  dial(): void;
  /**
   * Follows the directory, given in full:
   *
   * - A new node is linked to; one with a new address, there.
   * - A removed node may open no link any more once no group names its disk; until then a group may need its vote. An
   *   open link to it lasts until it breaks.
   */
  know(services: readonly ServiceEntry[]): void;
  states(): Readonly<Record<NodeId, LinkState>>;
  /** What each linked node has said of its build, once it was heard. */
  builds(): PeerBuilds;
  /** Envelopes that wait for the link to each other node. */
  queued(): Readonly<Record<NodeId, number>>;
  close(): void;
}

export interface PeerLinksOptions {
  readonly self: Self;
  /** Default: a data server. */
  readonly kind?: LinkKey | undefined;
  /** Proven at both ends of each link. */
  readonly secret: Secret;
  /** Undefined: no encryption. */
  readonly tls: TlsCaller | undefined;
  /**
   * `host:port` of nodes that take precedence over the directory. A node that has lost its disk and joined again is
   * linked to at its new disk's address.
   */
  readonly pinned: Readonly<Record<NodeId, string>>;
  /** Characters of full copies to each peer in a second. Default: `COPIED_PER_SECOND`. */
  readonly copiedPerSecond?: number | undefined;
  /** Whether the newest configuration of some group names the disk. */
  isNamed(diskId: string): boolean;
  /** Where an earlier life of this disk is, if its beat has risen a moment ago. */
  beatsAt(life: Life & Pick<Self, 'nodeId'>): string | undefined;
  onEnvelopes(envelopes: readonly Envelope[]): void;
  /**
   * A hint that the process of `nodeId` is gone or new: it refuses connections after it was there, or came back.
   * Silence gives no hint.
   */
  onSuspected(nodeId: NodeId): void;
  /** Much waits for the link to `nodeId`, or little does again. Called within `send`, too. */
  onBacklog?(nodeId: NodeId, isLong: boolean): void;
  /** `nodeId` refuses this node: at each attempt to open a link to it. */
  onTurnedAway?(nodeId: NodeId): void;
  /** A link was refused or failed, for a log: once for each problem. `peer`: the node that this one wanted to reach. */
  onRefused(reason: string, peer?: NodeId, kind?: RefusalKind): void;
}

interface Outgoing {
  readonly address: string;
  readonly link: OutgoingLink;
}

export function createPeerLinks(options: PeerLinksOptions): PeerLinks {
  const { self, secret, tls, kind = 'server' } = options;
  const pinned = new Map(Object.entries(options.pinned).filter(([peer]) => peer !== self.nodeId));
  const outgoing = new Map<NodeId, Outgoing>();
  const builds = new Map<NodeId, Build>();
  let known = new Map<NodeId, ServiceEntry>();
  let removed = new Set<string>();
  let phase: 'waiting' | 'dialing' | 'closed' = 'waiting';
  /** Envelopes sent before the links are opened. */
  const early: Envelope[] = [];
  const incoming: IncomingLinks = openIncomingLinks({
    self,
    secret,
    tls,
    kind,
    kindOf: (peer) => known.get(peer)?.kind,
    known: (peer) => known.get(peer),
    isRemoved: (diskId) => removed.has(diskId) && !options.isNamed(diskId),
    beatsAt: (life) => options.beatsAt(life),
    onEnvelopes: (envelopes) => options.onEnvelopes(envelopes),
    onWelcomed(peer, build) {
      builds.set(peer, build);
      outgoing.get(peer)?.link.hurry();
    },
    onRestarted: (peer) => options.onSuspected(peer),
    onRefused: (reason, refusal) => options.onRefused(reason, undefined, refusal),
  });
  return {
    send,
    hasRoom: (wire) => incoming.hasRoom(wire),
    accept: (socket, wire) => incoming.accept(socket, wire),
    dial() {
      phase = 'dialing';
      follow();
      for (const envelope of early.splice(0)) send(envelope);
    },
    know(services) {
      known = new Map(services.filter(({ nodeId }) => nodeId !== self.nodeId).map((entry) => [entry.nodeId, entry]));
      removed = new Set(services.filter(({ standing }) => standing === 'removed').map(({ diskId }) => diskId));
      follow();
    },
    states: () => Object.fromEntries(current().map(([peer, link]) => [peer, link.state()])),
    builds: () => Object.fromEntries(current().flatMap(([peer]) => buildOf(peer))),
    queued: () => Object.fromEntries(current().map(([peer, link]) => [peer, link.queued()])),
    close() {
      phase = 'closed';
      early.length = 0;
      for (const { link } of outgoing.values()) link.close();
      incoming.close();
    },
  };

  function send(envelope: Envelope): void {
    if (phase !== 'waiting') outgoing.get(envelope.to.node)?.link.send(envelope);
    else if (early.length < QUEUED_AT_MOST) early.push(envelope);
  }

  /** Opens, moves and retires links to follow the directory. Links to nodes that it does not name stay. */
  function follow(): void {
    if (phase !== 'dialing') return;
    for (const peer of new Set([...pinned.keys(), ...known.keys()])) {
      const wanted = addressOf(peer);
      const existing = outgoing.get(peer);
      if (wanted === undefined) existing?.link.retire();
      else if (existing?.address !== wanted || existing.link.isRetired()) open(peer, wanted);
    }
  }

  /** The address to link `peer` at; undefined when it is not to be linked. */
  function addressOf(peer: NodeId): string | undefined {
    const entry = known.get(peer);
    if (entry?.standing === 'removed' && !options.isNamed(entry.diskId)) return undefined;
    return entry !== undefined && entry.generation > 1 ? entry.address : (pinned.get(peer) ?? entry?.address);
  }

  function open(peer: NodeId, address: string): void {
    outgoing.get(peer)?.link.close();
    const link = openOutgoingLink({
      address,
      self,
      to: peer,
      key: () => (kind === 'server' ? (known.get(peer)?.kind ?? kind) : kind),
      isWanted: () => addressOf(peer) !== undefined,
      secret,
      tls,
      copiedPerSecond: options.copiedPerSecond,
      onOpen: (opened, build) => void builds.set(opened, build),
      onUnreachable: (unreachable) => options.onSuspected(unreachable),
      onTurnedAway: (refusing) => options.onTurnedAway?.(refusing),
      onBacklog: (slow, isLong) => options.onBacklog?.(slow, isLong),
      onProblem: (_, problem, refusal) => options.onRefused(`no link to ${peer}: ${problem}`, peer, refusal),
    });
    outgoing.set(peer, { address, link });
  }

  function buildOf(peer: NodeId): readonly (readonly [NodeId, PeerBuild])[] {
    const said = builds.get(peer);
    if (said === undefined) return [];
    const speaks = rangeOf(said);
    return [[peer, { build: said.build, speaks, common: commonVersion(SPOKEN, speaks) ?? SPOKEN.from }]];
  }

  /** Links to removed nodes are left out once they are closed. */
  function current(): readonly (readonly [NodeId, OutgoingLink])[] {
    const links = [...outgoing].map(([peer, { link }]) => [peer, link] as const);
    return links.filter(([, link]) => link.state() !== 'closed');
  }
}
