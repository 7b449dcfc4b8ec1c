import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Secret } from '../../security/secret.ts';
import type { TlsCaller } from '../../security/tls.ts';
import type { Self } from '../handshake/hello.ts';
import { type IncomingLinks, openIncomingLinks } from './incoming-links.ts';
import { type LinkState, openOutgoingLink, type OutgoingLink, QUEUED_AT_MOST } from './outgoing-link.ts';

/**
 * The links of one node: to each other node one WebSocket that carries what this node sends, and from each one that
 * carries what it hears. Two directions that fail apart, as the protocol expects of a network.
 */
export interface PeerLinks {
  /** May be lost; never doubled, and reordered only across a reconnection. Before the links are opened it waits for that. */
  send(envelope: Envelope): void;
  /** Takes over a WebSocket that a peer opened here, and what carries it. */
  accept(socket: WebSocket, wire: Duplex): void;
  /** Opens the links; until then nothing goes out. */
  dial(): void;
  /**
   * What the directory says now, all of it. A node that is new to it is linked to; one that is somewhere else by now, there; one
   * that was removed for good may not open a link any more, and is not linked to again once its link has broken: it may
   * have to be heard until the last of its groups has let it go.
   */
  know(services: readonly ServiceEntry[]): void;
  states(): Readonly<Record<NodeId, LinkState>>;
  /** Envelopes that wait for the link to each other node. */
  queued(): Readonly<Record<NodeId, number>>;
  close(): void;
}

export interface PeerLinksOptions {
  readonly self: Self;
  /** Undefined: none is proven, and none is asked for. */
  readonly secret: Secret | undefined;
  /** Undefined: the links are not encrypted. */
  readonly tls: TlsCaller | undefined;
  /**
   * `host:port` of nodes that are linked to there and nowhere else, whatever the directory says of their address; but one that
   * has lost its disk and joined again is where its new disk is.
   */
  readonly pinned: Readonly<Record<NodeId, string>>;
  /** Characters of full copies that go out to each peer in a second; `COPIED_PER_SECOND` unless said. */
  readonly copiedPerSecond?: number | undefined;
  onEnvelopes(envelopes: readonly Envelope[]): void;
  /** A hint that the process of `nodeId` is gone or new: it was there and now refuses connections, or came back. Silence gives none. */
  onSuspected(nodeId: NodeId): void;
  /** A link that somebody refused or that cannot be, for a log. `peer` where this node wanted the link. */
  onRefused(reason: string, peer?: NodeId): void;
}

interface Outgoing {
  readonly address: string;
  readonly link: OutgoingLink;
}

export function createPeerLinks(options: PeerLinksOptions): PeerLinks {
  const { self, secret, tls } = options;
  const pinned = new Map(Object.entries(options.pinned).filter(([peer]) => peer !== self.nodeId));
  const outgoing = new Map<NodeId, Outgoing>();
  let known = new Map<NodeId, ServiceEntry>();
  let removed = new Set<string>();
  let phase: 'waiting' | 'dialing' | 'closed' = 'waiting';
  /** A node that starts has something to tell everybody before it can be spoken to. */
  const early: Envelope[] = [];
  const incoming: IncomingLinks = openIncomingLinks({
    self,
    secret,
    known: (peer) => known.get(peer),
    isRemoved: (diskId) => removed.has(diskId),
    onEnvelopes: (envelopes) => options.onEnvelopes(envelopes),
    onRestarted: (peer) => options.onSuspected(peer),
    onRefused: (reason) => options.onRefused(reason),
  });
  return {
    send,
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

  /** Makes the links be what they should be by now. Of whom nothing is said any more, the link stays as it is. */
  function follow(): void {
    if (phase !== 'dialing') return;
    for (const peer of new Set([...pinned.keys(), ...known.keys()])) {
      const wanted = addressOf(peer);
      const existing = outgoing.get(peer);
      if (wanted === undefined) existing?.link.retire();
      else if (existing?.address !== wanted || existing.link.isRetired()) open(peer, wanted);
    }
  }

  /** Where `peer` is to be linked to; undefined when it is not to be. */
  function addressOf(peer: NodeId): string | undefined {
    const entry = known.get(peer);
    if (entry?.standing === 'removed') return undefined;
    return entry !== undefined && entry.generation > 1 ? entry.address : (pinned.get(peer) ?? entry?.address);
  }

  function open(peer: NodeId, address: string): void {
    outgoing.get(peer)?.link.close();
    const link = openOutgoingLink({
      address,
      self,
      to: peer,
      secret,
      tls,
      copiedPerSecond: options.copiedPerSecond,
      onUnreachable: (unreachable) => options.onSuspected(unreachable),
      onProblem: (_, problem) => options.onRefused(`no link to ${peer}: ${problem}`, peer),
    });
    outgoing.set(peer, { address, link });
  }

  /** Those that are over are no links. */
  function current(): readonly (readonly [NodeId, OutgoingLink])[] {
    const links = [...outgoing].map(([peer, { link }]) => [peer, link] as const);
    return links.filter(([, link]) => link.state() !== 'closed');
  }
}
