import { baseOf } from './client-asks.ts';
import { fetchStatus } from './fetch-status.ts';
import { UserError } from './user-error.ts';

/**
 * The data servers among the processes at `addresses`, then those that they know of and that take part now: one address of
 * any process is enough. Throws a `UserError` where one does not answer, or where there is no data server at all.
 */
export async function serversAround(addresses: readonly string[]): Promise<readonly string[]> {
  const found = new Map<string, string>();
  const statuses = await Promise.all(addresses.map((address) => fetchStatus(address)));
  statuses.forEach(({ kind, node }, place) => {
    if (kind === 'server') found.set(node, addresses[place] ?? '');
  });
  for (const { node, kind, address, standing, reachable } of statuses.flatMap(({ directory }) => directory)) {
    if (kind === 'server' && standing === 'member' && reachable && !found.has(node)) found.set(node, baseOf(address));
  }
  if (found.size === 0) throw new UserError(`nobody at ${addresses.join(', ')} knows of a data server`);
  return [...found.values()];
}
