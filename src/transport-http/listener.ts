import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Tls } from '../security/tls.ts';

/** What one process takes of its HTTP clients; beyond it a connection is closed or answered with the status named. */
const LIMITS = {
  /** Bytes of request line and headers: 431. */
  maxHeaderSize: 16 * 1024,
  /** Milliseconds for the headers, and for the whole request: 408. */
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  /** How often those two are looked at, in milliseconds. */
  connectionsCheckingInterval: 1_000,
  /** Milliseconds a connection may rest between two requests. */
  keepAliveTimeout: 60_000,
};

/** A server, over TLS where there are certificates, that listens nowhere yet. */
export function createListener(tls: Tls | undefined, receive: RequestListener): Server {
  if (tls === undefined) return createHttp(LIMITS, receive);
  const { cert, key, ca, clientCerts } = tls;
  const certificates = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert: clientCerts !== 'nobody',
    rejectUnauthorized: clientCerts === 'everyone',
  };
  const server = createHttps({ ...LIMITS, ...certificates, handshakeTimeout: LIMITS.headersTimeout }, receive);
  // No word of HTTP has been said yet, so there is no way to say no in it.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}

/** Resolves to the port, which the system chose if `port` was 0. Rejects when it cannot listen there. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(isAddressInfo(address) ? address.port : port);
    });
  });
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
