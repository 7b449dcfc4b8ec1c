/**
 * Durable writes beside etcd's, in one run: both clusters of three take turns on the same machine under the same load.
 *
 *     npm run build && node --import tsx bench/peers.ts [--seconds 5] [--rounds 3] [--clients 1,16,64,256] [--json]
 *
 * Ours: `POST /users/create` through one front end, answered when every in-sync data server has it on disk. etcd: `put`
 * through the HTTP/JSON gateway of one member, a key of its own each. Needs `etcd` (Debian: etcd-server); without it, ours alone.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { hasEtcd, startEtcd } from './parts/etcd.ts';
import { type Figures, load, type LoadRequest, post } from './parts/load.ts';
import { startOwnCluster } from './parts/own-cluster.ts';

const OWN_PORT = 24_560;
const ETCD_PORT = 24_600;
const HOST = '127.0.0.1';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1,16,64,256' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

const own: LoadRequest = {
  host: HOST,
  port: OWN_PORT,
  text: () => post(HOST, OWN_PORT, '/users/create', '{"username":"ada"}'),
};
const etcd: LoadRequest = {
  host: HOST,
  port: ETCD_PORT,
  text(number) {
    const key = Buffer.from(`user-${process.pid}-${number}`).toString('base64');
    const value = Buffer.from('{"username":"ada"}').toString('base64');
    return post(HOST, ETCD_PORT, '/v3/kv/put', `{"key":"${key}","value":"${value}"}`);
  },
};

const ownCluster = await startOwnCluster(OWN_PORT, 3);
const etcdCluster = hasEtcd() ? await startEtcd(ETCD_PORT, undefined) : undefined;
const peers = [
  { name: 'understudy', request: own },
  ...(etcdCluster === undefined ? [] : [{ name: 'etcd', request: etcd }]),
];
try {
  // Warm-up, until hot code is compiled.
  for (const { request } of peers) await load(request, 64, 5);
  const table = new Table({
    head: ['clients', 'peer', 'writes/s', 'p50 ms', 'p99 ms', 'failed', 'of etcd'],
    style: { head: [], border: [] },
  });
  for (const clients of values.clients.split(',').map(Number)) {
    const rounds: { readonly name: string; readonly figures: Figures }[] = [];
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const { name, request } of peers) rounds.push({ name, figures: await load(request, clients, seconds) });
    }
    const medians = peers.map(({ name }) => ({
      name,
      ...medianOf(rounds.filter((round) => round.name === name).map(({ figures }) => figures)),
    }));
    const base = medians.find(({ name }) => name === 'etcd')?.perSecond;
    for (const { name, perSecond, p50Millis, p99Millis, failed } of medians) {
      if (values.json)
        console.log(JSON.stringify({ bench: 'peers', clients, name, perSecond, p50Millis, p99Millis, failed }));
      const ratio = base === undefined ? '' : (perSecond / base).toFixed(2);
      table.push([clients, name, perSecond, p50Millis, p99Millis, failed, ratio]);
    }
  }
  if (!values.json) console.log(table.toString());
} finally {
  await etcdCluster?.stop();
  await ownCluster.stop();
}

/** The round with the median throughput. */
function medianOf(rounds: readonly Figures[]): Figures {
  const middle = [...rounds].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)];
  if (middle === undefined) throw new RangeError('there is at least one round');
  return middle;
}
