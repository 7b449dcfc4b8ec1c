import { STATE_PATH, stateAnswer } from '../../live/admin/state-path.ts';
import { callSigned } from '../../security/call-process.ts';
import { readSecret } from '../../security/secret.ts';
import { ledgerOf } from '../client/bazaar/ledgers.ts';
import { baseOf } from '../client/requests.ts';
import { POLL_WITHIN } from '../shared/poll-until.ts';
import type { OwnCluster } from '../up/temporary-cluster.ts';
import type { ReplicaView } from './evaluation.ts';

/** Pause before data servers that differ are asked again, in milliseconds. */
const AGAIN_AFTER = 200;

/** The data of all servers once the last of them has applied what the others have, or at the deadline. */
export async function settledViews(own: OwnCluster, deadline: number): Promise<readonly ReplicaView[]> {
  const until = performance.now() + POLL_WITHIN;
  for (;;) {
    const sights = await Promise.all(own.servers.map((node) => groupViewOf(own, node, deadline)));
    if (differentHashes(sights).length === 0 || performance.now() >= until) return sights;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  }
}

/** Groups whose hashes differ although orders and books are equal. */
export function differentHashes([first, ...others]: readonly ReplicaView[]): readonly string[] {
  return others.flatMap((other) =>
    Object.entries(first?.hashes ?? {})
      .filter(([group, hash]) => other.hashes[group] !== hash)
      .map(([group]) => `${first?.node ?? ''} and ${other.node} have made different states of ${group}`),
  );
}

async function groupViewOf(own: OwnCluster, node: string, deadline: number): Promise<ReplicaView> {
  const address = own.address(node);
  const { orders, books } = await ledgerOf(baseOf(address), deadline);
  const credentials = { secret: await readSecret(own.secretFile), tls: undefined };
  const answer = await callSigned(address, { method: 'GET', path: STATE_PATH }, credentials);
  const { groups } = stateAnswer.parse(JSON.parse(answer.body));
  return {
    node,
    orders: orders.length,
    stocks: books.length,
    shares: books.reduce((sum, { quantity }) => sum + quantity, 0),
    hashes: Object.fromEntries(Object.entries(groups).map(([group, { machine }]) => [group, machine])),
  };
}
