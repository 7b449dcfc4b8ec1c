import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePorts } from '../../src/cli/up/ports.ts';
import { splitHostPort } from '../../src/protocol/model/host-port.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';

/** What an orchestrator waits for a probe (deploy/kubernetes), in milliseconds. */
const PROBE_WITHIN = 5_000;

let cluster: LiveCluster;
let probePort = 0;

beforeAll(async () => {
  [probePort = 0] = await freePorts(1);
  cluster = await startCluster({ servers: 1, frontEnds: 1 });
  await cluster.stop('s1');
  cluster.start('s1', ['--probe-port', String(probePort)]);
  await vi.waitFor(async () => expect((await probe('/readyz')).status).toBe(200), SOON);
}, 60_000);

afterAll(() => cluster.remove());

const FLOODS = [
  {
    what: 'sockets that are answered and never close their side',
    count: 2_500,
    bytes: 'GET /x HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: w\r\n\r\n',
  },
  {
    what: 'upgrades that say no hello',
    count: 1_500,
    bytes:
      'GET /peer HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n',
  },
];

/** Resolves once the flood has begun. */
async function flood(count: number, bytes: string): Promise<Worker> {
  const { port } = splitHostPort(cluster.address('s1'));
  const opened = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('../support/live/flood.mjs', import.meta.url), {
    workerData: { port, count, bytes, opened },
  });
  await expect.poll(() => Atomics.load(opened, 0), SOON).toBeGreaterThan(count / 2);
  return worker;
}

function probe(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${probePort}${path}`, { signal: AbortSignal.timeout(PROBE_WITHIN) });
}

describe('A port for probes answers', { timeout: 30_000 }, () => {
  it.each(FLOODS)('during a flood of the port of all clients, from the same address: $what', async (one) => {
    const worker = await flood(one.count, one.bytes);
    try {
      for (const path of ['/readyz', '/healthz', '/readyz', '/healthz', '/readyz']) {
        expect([path, (await probe(path)).status]).toEqual([path, 200]);
        // Probes are spread over the flood.
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } finally {
      await worker.terminate();
    }
  });

  it('and none of the refused connections has a line of the log to itself', () => {
    const lines = cluster.logLines('s1').filter((line) => /answers 503|no hello in time/.test(line));
    expect(lines.length).toBeLessThanOrEqual(100);
  });
});
