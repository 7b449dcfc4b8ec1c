import { createServer } from 'node:net';

/** Listens at a port for a moment. Resolves to the error where it cannot be had (`EADDRINUSE`: it is in use). */
export function listenOnce(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
