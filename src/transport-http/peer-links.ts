import type { WebSocket } from 'ws';
import type { NodeId } from '../protocol/epoch.ts';
import type { Envelope } from '../protocol/messages.ts';
import { WIRE_VERSION } from './hello.ts';
import { type IncomingLinks, openIncomingLinks } from './incoming-links.ts';
import { type LinkState, openOutgoingLink, type OutgoingLink } from './outgoing-link.ts';

/**
 * The links of one node: to each other node one WebSocket that carries what this node sends, and from each one that
 * carries what it hears. Two directions that fail apart, as the protocol expects of a network.
 */
export interface PeerLinks {
  /** May be lost; never doubled, and reordered only across a reconnection. */
  send(envelope: Envelope): void;
  /** Takes over a WebSocket that a peer opened here. */
  accept(socket: WebSocket): void;
  /** Opens the links; until then nothing is sent. */
  dial(): void;
  states(): Readonly<Record<NodeId, LinkState>>;
  /** Envelopes that wait for the link to each other node. */
  queued(): Readonly<Record<NodeId, number>>;
  close(): void;
}

export interface PeerLinksOptions {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly incarnation: number;
  /** `host:port` of every other node. */
  readonly addresses: Readonly<Record<NodeId, string>>;
  onEnvelopes(envelopes: readonly Envelope[]): void;
  /** A hint that the process of `nodeId` is gone or new: it was there and now refuses connections, or came back. Silence gives none. */
  onSuspected(nodeId: NodeId): void;
  /** A link that somebody refused, for a log. */
  onRefused(reason: string): void;
}

export function createPeerLinks(options: PeerLinksOptions): PeerLinks {
  const { clusterId, nodeId, incarnation, addresses } = options;
  const outgoing = new Map<NodeId, OutgoingLink>();
  const incoming: IncomingLinks = openIncomingLinks({
    clusterId,
    nodeId,
    incarnation,
    peers: new Set(Object.keys(addresses)),
    onEnvelopes: (envelopes) => options.onEnvelopes(envelopes),
    onRestarted: (peer) => options.onSuspected(peer),
    onRefused: (reason) => options.onRefused(reason),
  });
  return {
    send: (envelope) => outgoing.get(envelope.to.node)?.send(envelope),
    accept: (socket) => incoming.accept(socket),
    dial() {
      for (const [peer, address] of Object.entries(addresses)) {
        const hello = { understudy: WIRE_VERSION, clusterId, nodeId, incarnation, to: peer };
        outgoing.set(
          peer,
          openOutgoingLink({
            address,
            hello,
            onUnreachable: (unreachable) => options.onSuspected(unreachable),
            onRefused: (_, reason) => options.onRefused(`${peer} refuses this node: ${reason}`),
          }),
        );
      }
    },
    states: () => Object.fromEntries([...outgoing].map(([peer, link]) => [peer, link.state()])),
    queued: () => Object.fromEntries([...outgoing].map(([peer, link]) => [peer, link.queued()])),
    close() {
      for (const link of outgoing.values()) link.close();
      incoming.close();
    },
  };
}
