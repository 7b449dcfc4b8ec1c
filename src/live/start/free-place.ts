import { splitHostPort } from '../../protocol/model/host-port.ts';
import { busyPort, listenOnce } from './listen-once.ts';
import type { Place } from './place.ts';
import { StartError } from './start-error.ts';

/**
 * Rejects with a `StartError` where a port that a node will listen on cannot be had: that of its place, and that of its
 * probes. Before anything is stored: a node that founds or joins a cluster and fails later is a member already, and one
 * that starts again would keep a place that it cannot have.
 */
export async function refuseBusyPlace({ listen }: Place, probePort: number | undefined): Promise<void> {
  const { host, port } = splitHostPort(listen);
  if (probePort === port) throw new StartError(`port ${port} is that of the node: its probes have another one`);
  for (const one of probePort === undefined ? [port] : [port, probePort]) {
    const problem = await listenOnce(host, one);
    if (problem !== undefined) throw busyPort({ host, port: one }, problem);
  }
}
