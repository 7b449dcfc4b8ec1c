import { UserError } from '../shared/errors.ts';
import { fetchStatus, type NodeStatus } from '../status/fetch-status.ts';
import { baseOf } from './requests.ts';

/** A data server, and the base URL where it is to be found. */
export interface DataServer {
  readonly node: string;
  readonly address: string;
}

/**
 * The data servers among the processes at `addresses`, then those that they know of and that take part now: one address of
 * any process is enough. Throws a `UserError` where one does not answer, or where there is no data server at all.
 */
export async function serversAround(addresses: readonly string[]): Promise<readonly string[]> {
  const statuses = await Promise.all(addresses.map((address) => fetchStatus(address)));
  const found = serversIn(addresses, statuses, ({ standing, reachable }) => standing === 'member' && reachable);
  return found.map(({ address }) => address);
}

/**
 * All data servers of the cluster, reachable or not, but for those that were removed. Throws a `UserError` where an address
 * does not answer of which the others know nothing, or where there is no data server at all.
 */
export async function dataServersAround(addresses: readonly string[]): Promise<readonly DataServer[]> {
  const asked = await Promise.allSettled(addresses.map((address) => fetchStatus(address)));
  const statuses = asked.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  const known = new Set(statuses.flatMap((status) => status?.directory ?? []).map(({ address }) => baseOf(address)));
  asked.forEach((one, place) => {
    if (one.status === 'rejected' && !known.has(addresses[place] ?? '')) throw one.reason;
  });
  return serversIn(addresses, statuses, ({ standing }) => standing !== 'removed');
}

/** `statuses`: what those at `addresses` have said, one for one; undefined where there was no answer. */
function serversIn(
  addresses: readonly string[],
  statuses: readonly (NodeStatus | undefined)[],
  counts: (row: NodeStatus['directory'][number]) => boolean,
): readonly DataServer[] {
  const found = new Map<string, string>();
  statuses.forEach((status, place) => {
    if (status?.kind === 'server') found.set(status.node, addresses[place] ?? '');
  });
  for (const row of statuses.flatMap((status) => status?.directory ?? [])) {
    if (row.kind === 'server' && counts(row) && !found.has(row.node)) found.set(row.node, baseOf(row.address));
  }
  if (found.size === 0) throw new UserError(`nobody at ${addresses.join(', ')} knows of a data server`);
  return [...found].map(([node, address]) => ({ node, address }));
}
