import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SPOKEN } from '../../src/protocol/wire/spoken.ts';
import { buildOf, nextBuild, oldestBuild } from '../support/live/builds.ts';
import { openWitnesses } from '../support/live/history-clients.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';
import { expectConserved } from '../support/live/ticket-sales.ts';

const PATIENT = 600_000;

/** A machine with too much to do starves heartbeats, and a node that comes and goes is let in later each time. */
const READY = { ...SOON, timeout: 180_000 };

const OLDEST = oldestBuild();

let folder: string;
let older: string;
let next: string;
let cluster: LiveCluster | undefined;

beforeAll(async () => {
  if (OLDEST === undefined) return;
  folder = await mkdtemp(join(tmpdir(), 'understudy-two-builds-'));
  older = await buildOf(OLDEST, join(folder, 'older'));
  next = await nextBuild(join(folder, 'next'));
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster?.logs());
  await cluster?.remove();
});

afterAll(async () => {
  if (OLDEST !== undefined) await rm(folder, { recursive: true, force: true });
});

describe.skipIf(OLDEST === undefined)(
  'A cluster of the oldest build that the wire allows',
  { timeout: PATIENT },
  () => {
    it('is brought to the next build and back, node by node while clients buy, and not one request fails', async () => {
      cluster = await startCluster({ bin: older });
      const live = cluster;
      const { house, witnesses } = await openWitnesses(live);

      const replace = async (node: string, bin: string, how: 'stopped' | 'killed'): Promise<void> => {
        if (how === 'killed') await live.kill(node);
        else expect(await live.stop(node)).toBe('exit code 0');
        live.start(node, [], bin);
        await vi.waitFor(
          async () => expect((await fetch(`http://${live.address(node)}/readyz`)).status).toBe(200),
          READY,
        );
        await live.voters();
        await witnesses.see(10);
      };
      /** The versions that two nodes of the cluster speak with each other. */
      const spoken = async (): Promise<ReadonlySet<number>> => {
        const all = await Promise.all([...live.servers, ...live.frontEnds].map((node) => live.status(node)));
        return new Set(all.flatMap((one) => Object.values(one?.peers ?? {}).map(({ common }) => common)));
      };

      await replace('s1', next, 'stopped');
      await replace('f2', next, 'stopped');
      await replace('s3', next, 'killed');
      // Nodes of both builds: what the next one added is heard by its own alone.
      expect(await spoken()).toEqual(new Set([SPOKEN.from, SPOKEN.to + 1]));
      await replace('s2', next, 'killed');
      await replace('f1', next, 'stopped');
      await vi.waitFor(async () => expect(await spoken()).toEqual(new Set([SPOKEN.to + 1])), READY);
      await witnesses.see(20);

      await replace('s2', older, 'stopped');
      await replace('f1', older, 'stopped');
      await replace('s3', older, 'killed');
      await replace('s1', older, 'stopped');
      await replace('f2', older, 'stopped');
      await vi.waitFor(async () => expect(await spoken()).toEqual(new Set([SPOKEN.from])), READY);

      await witnesses.close();
      witnesses.agree();
      await live.whole();
      await expectConserved(live, house, witnesses.sold());
    });
  },
);
