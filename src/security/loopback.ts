import { isIP, isIPv4 } from 'node:net';

/** A remote address as the host of `host:port`: `10.0.0.7`, `[fe80::1]`. */
export function hostOf(remoteAddress: string): string {
  const plain = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return plain.includes(':') ? `[${plain}]` : plain;
}

/** Whether `host`, an address or the name `localhost`, can be reached from this machine only. */
export function isLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const mapped = bare.replace(/^::ffff:/, '');
  if (isIPv4(mapped)) return mapped.startsWith('127.');
  return isIP(bare) === 6 ? bare === '::1' : bare === 'localhost';
}
