/**
 * Durable writes without a pause, by windows: what a service is like after ten minutes.
 *
 *     npm run build
 *     node --import tsx bench/sustained.ts [--peers understudy,etcd] [--minutes 10] [--window 10] [--clients 64]
 *                                          [--warm 20] [--svg FILE] [--json]
 *
 * For each window: writes a second, times, CPU of a write, memory of all processes together, and the snapshots that
 * data servers have begun. The last line compares the worst window with the best one.
 */
import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { startPeer } from './parts/known-peers.ts';
import type { Peer } from './parts/peer.ts';
import { costOfAll } from './parts/proc.ts';
import { sustainedSvg, type Window } from './parts/sustained-plot.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: 'understudy' },
    minutes: { type: 'string', default: '10' },
    window: { type: 'string', default: '10' },
    clients: { type: 'string', default: '64' },
    warm: { type: 'string', default: '20' },
    svg: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const [clients, seconds] = [Number(values.clients), Number(values.window)];
const machine = `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model ?? ''}, Node.js ${process.version}`;
console.error(`${machine}, load average ${loadavg()[0]?.toFixed(1) ?? ''} before`);

const runs = new Map<string, readonly Window[]>();
for (const name of values.peers.split(',')) {
  const peer = await startPeer(name);
  if (peer === undefined) continue;
  console.error(`${peer.name}: ${peer.about}`);
  try {
    await peer.write(clients, Number(values.warm));
    runs.set(peer.name, await windowsOf(peer));
  } finally {
    await peer.stop();
  }
}
for (const [name, windows] of runs) report(name, windows);
if (values.svg !== undefined) await writeFile(values.svg, sustainedSvg(runs, `${clients} clients · ${machine}`));

async function windowsOf(peer: Peer): Promise<readonly Window[]> {
  const windows: Window[] = [];
  const count = Math.ceil((Number(values.minutes) * 60) / seconds);
  let snapshots = await peer.snapshots?.();
  while (windows.length < count) {
    const before = costOfAll(peer.pids());
    const { perSecond, requests, failed, p50Millis, p99Millis } = await peer.write(clients, seconds);
    const after = costOfAll(peer.pids());
    const begun = await peer.snapshots?.();
    const window: Window = {
      end: (windows.length + 1) * seconds,
      perSecond,
      failed,
      p50Millis,
      p99Millis,
      cpu: Math.round((after.cpu - before.cpu) / Math.max(1, requests)),
      megabytes: Math.round(after.resident / 1e6),
      snapshots: begun === undefined || snapshots === undefined ? undefined : begun - snapshots,
    };
    snapshots = begun;
    if (values.json) console.log(JSON.stringify({ bench: 'sustained', peer: peer.name, ...window }));
    windows.push(window);
  }
  return windows;
}

function report(name: string, windows: readonly Window[]): void {
  if (values.json) return;
  const table = new Table({
    head: ['s', 'writes/s', 'failed', 'p50 ms', 'p99 ms', 'CPU µs', 'memory MB', 'snapshots'],
    style: { head: [], border: [] },
  });
  for (const { end, perSecond, failed, p50Millis, p99Millis, cpu, megabytes, snapshots } of windows) {
    table.push([end, perSecond, failed, p50Millis, p99Millis, cpu, megabytes, snapshots ?? '']);
  }
  console.log(table.toString());
  const rates = windows.map(({ perSecond }) => perSecond);
  const ratio = Math.min(...rates) / Math.max(...rates);
  console.log(`${name}: worst window ${Math.min(...rates)}/s, best ${Math.max(...rates)}/s, ratio ${ratio.toFixed(2)}`);
}
