import { constants } from 'node:crypto';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps, Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Tls } from '../security/tls.ts';

/** Limits of a process's HTTP clients; beyond them a connection is closed or answered with the status named. */
export interface HttpLimits {
  /** Bytes of request line and headers: 431. */
  readonly maxHeaderSize: number;
  /** Milliseconds for the TLS handshake, for the headers (408), and for the whole request (408). */
  readonly handshakeTimeout: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** Interval of the check of the last two, in milliseconds. */
  readonly connectionsCheckingInterval: number;
  /** Milliseconds that a connection may be idle between two requests. */
  readonly keepAliveTimeout: number;
}

export const HTTP_LIMITS: HttpLimits = {
  maxHeaderSize: 16 * 1024,
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  connectionsCheckingInterval: 1_000,
  // Above the 60 s for which proxies and load balancers keep theirs by default: the server must not close first.
  keepAliveTimeout: 75_000,
};

/** A server that does not listen yet; over TLS with certificates. */
export function createListener(tls: Tls | undefined, limits: HttpLimits, receive: RequestListener): Server {
  const options = { ...limits, ...WAYS };
  if (tls === undefined) return allowHalfOpen(createHttp(options, receive));
  const { cert, key, ca, clientCerts } = tls;
  const certificates = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert: clientCerts !== 'nobody',
    rejectUnauthorized: clientCerts === 'everyone',
    // A session begun without a certificate must not be resumed as one with a certificate.
    secureOptions: clientCerts === 'peers' ? constants.SSL_OP_NO_TICKET : 0,
  };
  const server = createHttps({ ...options, ...certificates, allowHalfOpen: true }, receive);
  // Before the handshake there is no HTTP to refuse in.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return allowHalfOpen(server);
}

/** Shows the certificate that `tls` has now to connections from now on. */
export function replaceCertificate(server: Server, tls: Tls | undefined): void {
  if (tls === undefined || !(server instanceof HttpsServer)) return;
  const { cert, key, ca, clientCerts } = tls;
  const secureOptions = clientCerts === 'peers' ? constants.SSL_OP_NO_TICKET : 0;
  server.setSecureContext({ cert, key, ...(ca === undefined ? {} : { ca }), secureOptions });
}

/** Silence after which the system asks whether the other side is still there, in milliseconds. */
const KEPT_ALIVE_AFTER = 60_000;

/** A request without a host is refused in the same form as all others. */
const WAYS = { keepAlive: true, keepAliveInitialDelay: KEPT_ALIVE_AFTER, requireHostHeader: false } as const;

/** A client that ends its side behind a whole request gets its answer. */
function allowHalfOpen(server: Server): Server {
  return Object.assign(server, { httpAllowHalfOpen: true });
}

/**
 * Connections that wait in the kernel until the process takes them; Linux bounds it by `net.core.somaxconn`. Beyond it
 * the kernel drops what asks to connect, a probe too, which asks again after a second and after three.
 */
const BACKLOG = 4_096;

/** Resolves to the port, which the system chose if `port` was 0. Rejects when it cannot be bound. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(isAddressInfo(address) ? address.port : port);
    });
  });
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
