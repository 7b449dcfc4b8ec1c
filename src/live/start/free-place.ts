import { createServer } from 'node:net';
import { isLoopback } from '../../security/loopback.ts';
import { needsSecret } from '../process.ts';
import { partsOf, type Place } from './place.ts';
import { StartError } from './start-error.ts';

/** Throws a `StartError` where a node without a secret is to listen off this machine. */
export function refuseOpenPlace({ listen }: Place, hasSecret: boolean): void {
  const { host } = partsOf(listen);
  if (!hasSecret && !isLoopback(host)) throw new StartError(needsSecret(host, '`secretFile`'));
}

/**
 * Rejects with a `StartError` where the port of a place cannot be had. For a new folder, before the node founds or
 * joins a cluster: a node that fails later is a member already.
 */
export async function refuseBusyPlace({ listen }: Place): Promise<void> {
  const { host, port } = partsOf(listen);
  const problem = await listenOnce(host, port);
  if (problem !== undefined) throw new StartError(`port ${port} of ${host} ${problem}`);
}

function listenOnce(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: Error & { readonly code?: string }) =>
      resolve(error.code === 'EADDRINUSE' ? 'is in use' : `cannot be had: ${error.message}`),
    );
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
