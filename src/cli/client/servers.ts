import { UserError } from '../shared/errors.ts';
import { fetchStatus, type NodeStatus } from '../status/fetch-status.ts';
import { baseOf } from './requests.ts';

/** A data server with its base URL. */
export interface DataServer {
  readonly node: string;
  readonly address: string;
}

/**
 * The data servers among the processes at `addresses`, then the members that they know: one address of any process is
 * enough. Throws a `UserError` where one does not answer, or where there is no data server.
 */
export async function serversAround(addresses: readonly string[]): Promise<readonly string[]> {
  const statuses = await Promise.all(addresses.map((address) => fetchStatus(address)));
  const found = serversIn(addresses, statuses, ({ standing, reachable }) => standing === 'member' && reachable);
  return found.map(({ address }) => address);
}

/**
 * All data servers of the cluster but removed ones, reachable or not. Throws a `UserError` where an address does not
 * answer and is unknown to the others, or where there is no data server.
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

/** `statuses`: those of `addresses`, one for one; undefined without an answer. */
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
  if (found.size === 0) throw new UserError(`no process at ${addresses.join(', ')} knows a data server`);
  return [...found].map(([node, address]) => ({ node, address }));
}
