import { type RawData, WebSocketServer } from 'ws';
import { type HostPort, splitHostPort } from '../../protocol/model/host-port.ts';
import type { Tls } from '../../security/tls.ts';
import { decodeHello, type Hello, HELLO_AT_MOST, PEER_PATH } from '../../transport-http/handshake/hello.ts';
import { createListener, HTTP_LIMITS, listen } from '../../transport-http/listener.ts';
import { frameText } from '../../transport-http/peers/frame-text.ts';
import { busyPort } from './listen-once.ts';
import type { Place } from './place.ts';
import { StartError } from './start-error.ts';

/** How long it is listened at a founder's place, in milliseconds: a peer opens a broken link again every half second. */
const LISTENS_FOR = 1_500;

/**
 * Rejects with a `StartError` where nodes of a cluster still link to the place of a founder: a node of that cluster was
 * there, and has lost its folder. Also where the port cannot be had.
 */
export async function refuseSoughtPlace({ listen: at }: Place, tls: Tls | undefined): Promise<void> {
  const hello = await helloAt(splitHostPort(at), tls);
  if (hello === undefined) return;
  const { clusterId, nodeId, to } = hello;
  throw new StartError(
    `nothing is founded: ${nodeId} of the cluster ${clusterId} links to ${to} at this place. If ${to} has lost its folder, ` +
      `it joins again (--join ADDRESS, of any node of that cluster). A new cluster is founded elsewhere, or once ${to} is removed from that one`,
  );
}

/** The first hello of a peer at this port, if one comes. Calls of nodes that want to join are cut off: they try again. */
async function helloAt(at: HostPort, tls: Tls | undefined): Promise<Hello | undefined> {
  let heard: ((hello: Hello | undefined) => void) | undefined;
  const first = new Promise<Hello | undefined>((resolve) => {
    heard = resolve;
  });
  const server = createListener(tls, HTTP_LIMITS, (request) => void request.socket.destroy());
  const peers = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: HELLO_AT_MOST });
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== PEER_PATH || request.headers.upgrade?.toLowerCase() !== 'websocket') return socket.destroy();
    peers.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => peer.terminate());
      peer.on('message', (data: RawData, isBinary: boolean) => {
        const decoded = decodeHello(isBinary ? '' : frameText(data));
        if (decoded.type === 'decoded') heard?.(decoded.value);
        peer.terminate();
      });
    });
    return undefined;
  });
  await listen(server, at.port, at.host).catch((error: unknown) => {
    throw busyPort(at, error);
  });
  const silence = setTimeout(() => heard?.(undefined), LISTENS_FOR);
  const hello = await first;
  clearTimeout(silence);
  for (const peer of peers.clients) peer.terminate();
  await new Promise<void>((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
  return hello;
}
