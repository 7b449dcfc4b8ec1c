import { splitHostPort } from '../../protocol/model/host-port.ts';
import { busyPort, listenOnce } from './listen-once.ts';
import type { Place } from './place.ts';

/**
 * Rejects with a `StartError` where the port of a place cannot be had. For a new folder, before the node founds or
 * joins a cluster: a node that fails later is a member already.
 */
export async function refuseBusyPlace({ listen }: Place): Promise<void> {
  const at = splitHostPort(listen);
  const problem = await listenOnce(at.host, at.port);
  if (problem !== undefined) throw busyPort(at, problem);
}
