import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';

/** The certificate files of a process, each in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** The authority that signs the others' certificates. Left out: the authorities that the system trusts. */
  readonly ca?: string;
  readonly clientCerts?: ClientCerts;
}

/**
 * Which callers must show a certificate signed by `ca`. `peers`: the other nodes and the callers of signed paths.
 * `everyone`: clients and probes as well.
 */
export type ClientCerts = 'nobody' | 'peers' | 'everyone';

export const CLIENT_CERTS: readonly ClientCerts[] = ['nobody', 'peers', 'everyone'];

/** The certificate that one side of a connection shows, and the authority it trusts. */
export interface TlsCaller {
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly ca: Buffer | undefined;
}

/** The same for a process that is called as well. */
export interface Tls extends TlsCaller {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCerts: ClientCerts;
}

/** Reads the files. Rejects with a message that names the wrong one. */
export async function readTls({ cert, key, ca, clientCerts = 'nobody' }: TlsFiles): Promise<Tls> {
  const tls = {
    cert: await read(cert),
    key: await read(key),
    ca: ca === undefined ? undefined : await read(ca),
    clientCerts,
  };
  if (clientCerts !== 'nobody' && ca === undefined)
    throw new Error('certificates of others can be asked for only where a file says who signs them (ca)');
  checkPair(tls, `${cert} and ${key} are no certificate and its key`);
  return tls;
}

/** Time before the end of a certificate from which on it is warned of, in milliseconds: a fortnight. */
const EXPIRES_SOON = 14 * 86_400_000;

/** Unix time in milliseconds at which the certificate that a process shows ends. */
export function certificateEnd({ cert }: Pick<Tls, 'cert'>): number {
  return Date.parse(new X509Certificate(cert).validTo);
}

/** What is wrong with the time of the certificate that a process shows, at `now` (Unix time in milliseconds). */
export function certificateProblem({ cert }: Pick<Tls, 'cert'>, now: number): string | undefined {
  const { validFrom, validTo } = new X509Certificate(cert);
  if (now < Date.parse(validFrom)) return `its certificate is valid only from ${validFrom} on: others refuse it`;
  if (now > Date.parse(validTo)) return `its certificate has expired on ${validTo}: others refuse it`;
  return now > Date.parse(validTo) - EXPIRES_SOON ? `its certificate expires on ${validTo}` : undefined;
}

/** Puts what `by` has into `tls`, which is in use. Links that are open keep what they were opened with. */
export function replaceTls(tls: Tls, by: Tls): void {
  Object.assign(tls, by);
}

/** Reads the files of a program that only calls: it may have no certificate of its own. */
export async function readTlsCaller({ cert, key, ca }: Partial<TlsFiles>): Promise<TlsCaller> {
  if ((cert === undefined) !== (key === undefined)) throw new Error('a certificate and its key are given together');
  const tls = {
    cert: cert === undefined ? undefined : await read(cert),
    key: key === undefined ? undefined : await read(key),
    ca: ca === undefined ? undefined : await read(ca),
  };
  checkPair(tls, `${[cert, key, ca].filter((file) => file !== undefined).join(', ')}: not certificates`);
  return tls;
}

/** Options of Node.js for a connection that `tls` opens. */
export function callerOptions(tls: TlsCaller | undefined): { cert?: Buffer; key?: Buffer; ca?: Buffer } {
  if (tls === undefined) return {};
  return {
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
  };
}

/** Whether the other side has shown a certificate, where a peer or an operator must. */
export function isCertified(tls: Tls | undefined, socket: Duplex): boolean {
  if (tls === undefined || tls.clientCerts === 'nobody') return true;
  // A resumed session counts as authorized, even where no certificate was shown when it began.
  return socket instanceof TLSSocket && socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0;
}

/**
 * The names in the certificate that the other side has shown, where certificates of peers are asked for: its common
 * name, and each DNS name of it with its first label. A node may only speak under one of them. Undefined: not asked for.
 */
export function namesShown(tls: TlsCaller | undefined, socket: Duplex): readonly string[] | undefined {
  if (tls === undefined || !('clientCerts' in tls) || tls.clientCerts === 'nobody') return undefined;
  if (!(socket instanceof TLSSocket)) return [];
  const { subject, subjectaltname = '' } = socket.getPeerCertificate();
  const common: unknown = subject?.CN;
  const alternative = subjectaltname
    .split(', ')
    .flatMap((name) => (name.startsWith('DNS:') ? [name.slice(4), name.slice(4).split('.', 1)[0] ?? ''] : []));
  return [...(typeof common === 'string' ? [common] : []), ...alternative];
}

function checkPair(tls: TlsCaller, problem: string): void {
  try {
    createSecureContext(callerOptions(tls));
  } catch (error) {
    throw new Error(`${problem}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function read(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
}
