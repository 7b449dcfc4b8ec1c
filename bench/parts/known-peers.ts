import { startEtcdPeer } from './etcd-peer.ts';
import { hasEtcd } from './etcd.ts';
import { startFloor } from './floor.ts';
import { startOwnPeer } from './own-peer.ts';
import type { Peer } from './peer.ts';
import { hasPostgres, startPostgres } from './postgres.ts';
import { hasZooKeeper, startZooKeeper } from './zookeeper.ts';

const PEERS: Readonly<Record<string, { readonly has: () => boolean; readonly start: () => Promise<Peer> }>> = {
  understudy: { has: () => true, start: () => startOwnPeer(24_560) },
  etcd: { has: hasEtcd, start: () => startEtcdPeer(24_600) },
  zookeeper: { has: hasZooKeeper, start: () => startZooKeeper(24_620) },
  postgresql: { has: hasPostgres, start: () => startPostgres(24_640) },
  floor: { has: () => true, start: () => startFloor(24_660) },
};

export const PEER_NAMES: readonly string[] = Object.keys(PEERS);

/** Starts a peer by its name, on ports of its own; undefined where it is not installed. An unknown name is an error. */
export async function startPeer(name: string): Promise<Peer | undefined> {
  const kind = PEERS[name];
  if (kind === undefined) throw new Error(`there is no peer ${name}: ${PEER_NAMES.join(', ')}`);
  if (kind.has()) return kind.start();
  console.error(`${name} is not installed: left out`);
  return undefined;
}
