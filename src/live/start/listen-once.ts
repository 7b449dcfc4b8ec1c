import { createServer } from 'node:net';
import type { HostPort } from '../../protocol/model/host-port.ts';
import { StartError } from './start-error.ts';
import { errorCode } from '../../protocol/model/error-code.ts';

/** Listens at a port for a moment. Resolves to the error where it cannot be had (`EADDRINUSE`: it is in use). */
export function listenOnce(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** The error of a node whose port cannot be had, from that of the system. */
export function busyPort({ host, port }: HostPort, error: unknown): StartError {
  const isInUse = errorCode(error) === 'EADDRINUSE';
  const why = error instanceof Error ? error.message : String(error);
  return new StartError(`port ${port} of ${host} ${isInUse ? 'is in use' : `cannot be had: ${why}`}`);
}
