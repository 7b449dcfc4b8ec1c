import { versionOfPackage } from '../../src/transport-http/handshake/build.ts';
import { load, post } from './load.ts';
import { type OwnClusterOptions, startOwnCluster } from './own-cluster.ts';
import type { Peer } from './peer.ts';

const HOST = '127.0.0.1';

/** Three data servers and two front ends of the ticket service, from `port` on; clients use the first front end. */
export async function startOwnPeer(port: number, options: Partial<OwnClusterOptions> = {}): Promise<Peer> {
  const own = await startOwnCluster(port, options);
  const request = { host: HOST, port, text: () => post(HOST, port, '/users/create', '{"username":"ada"}') };
  return {
    name: 'understudy',
    about: `Understudy ${versionOfPackage()}, POST /users/create at one front end, on every in-sync disk when answered`,
    http: { method: 'POST', url: `http://${HOST}:${port}/users/create`, body: '{"username":"ada"}' },
    pids: () => own.children().map(({ pid }) => pid),
    write: (clients, seconds) => load(request, clients, seconds),
    async snapshots() {
      const servers = own.children().filter(({ kind }) => kind === 'server');
      const counts = await Promise.all(servers.map(({ address }) => snapshotsOf(address)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    stop: () => own.stop(),
  };
}

/** The sum of `understudy_snapshot_seconds_count` over its groups. */
async function snapshotsOf(address: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const counts = [...text.matchAll(/^understudy_snapshot\w*_count\{[^}]*\} (\d+)$/gm)].map(([, count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
