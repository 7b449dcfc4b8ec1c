/**
 * Durable writes beside other replicated services, in one run: clusters of three take turns on this machine, under the
 * same load.
 *
 *     npm run build
 *     node --import tsx bench/peers.ts [--peers understudy,etcd,zookeeper,postgresql,floor] [--clients 1,16,64,256]
 *                                      [--seconds 8] [--rounds 3] [--warm 20] [--wrk] [--json]
 *
 * - A peer that is not installed is left out (Debian: etcd-server, zookeeper, postgresql).
 * - `--wrk` loads those that speak HTTP with wrk in place of the own generator.
 * - CPU a write is that of the peer's processes, without the generator (Linux).
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { PEER_NAMES, startPeer } from './parts/known-peers.ts';
import type { Peer } from './parts/peer.ts';
import { measured, medianOf, type Round } from './parts/rounds.ts';
import { hasWrk, wrk } from './parts/wrk.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: PEER_NAMES.join(',') },
    clients: { type: 'string', default: '1,16,64,256' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    warm: { type: 'string', default: '20' },
    wrk: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
if (values.wrk && !hasWrk()) throw new Error('wrk is not installed');

const peers: Peer[] = [];
try {
  for (const name of values.peers.split(',')) {
    const peer = await startPeer(name);
    if (peer !== undefined) peers.push(peer);
  }
  console.error(`${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model ?? ''}`);
  console.error(`Node.js ${process.version}, load average ${loadavg()[0]?.toFixed(1) ?? ''} before`);
  for (const { name, about } of peers) console.error(`${name}: ${about}`);
  for (const peer of peers) await peer.write(64, Number(values.warm));

  const table = new Table({
    head: ['clients', 'peer', 'writes/s', 'p50 ms', 'p99 ms', 'failed', 'CPU µs', 'of etcd', 'rounds'],
    style: { head: [], border: [] },
  });
  for (const clients of values.clients.split(',').map(Number)) {
    const rounds = new Map<Peer, Round[]>(peers.map((peer) => [peer, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const peer of peers) rounds.get(peer)?.push(await measure(peer, clients));
    }
    const medians = new Map(peers.map((peer) => [peer, medianOf(rounds.get(peer) ?? [])]));
    const base = [...medians].find(([{ name }]) => name === 'etcd')?.[1].figures.perSecond;
    for (const [peer, { figures, cpu }] of medians) {
      const all = (rounds.get(peer) ?? []).map((round) => round.figures.perSecond).sort((a, b) => a - b);
      const { perSecond, p50Millis, p99Millis, failed } = figures;
      const row = { bench: 'peers', clients, name: peer.name, perSecond, p50Millis, p99Millis, failed, cpu, all };
      if (values.json) console.log(JSON.stringify(row));
      const ratio = base === undefined ? '' : (perSecond / base).toFixed(2);
      table.push([clients, peer.name, perSecond, p50Millis, p99Millis, failed, cpu, ratio, all.join(' ')]);
    }
  }
  if (!values.json) console.log(table.toString());
} finally {
  for (const peer of peers) await peer.stop();
}

function measure(peer: Peer, clients: number): Promise<Round> {
  const { http } = peer;
  return measured(
    () => peer.pids(),
    () => (values.wrk && http !== undefined ? wrk(http, clients, seconds) : peer.write(clients, seconds)),
  );
}
