import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openWitnesses } from '../support/live/history-clients.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';
import { expectConserved } from '../support/live/ticket-sales.ts';

const PATIENT = 600_000;

/** A machine with too much to do starves heartbeats, and a node that comes and goes is let in later each time. */
const READY = { ...SOON, timeout: 180_000 };

let cluster: LiveCluster;

beforeEach(async () => {
  cluster = await startCluster();
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
});

describe('A cluster of three data servers and two front ends', { timeout: PATIENT }, () => {
  it('is restarted process by process while clients buy, and not one request fails', async () => {
    const { house, witnesses } = await openWitnesses(cluster);
    for (const node of [...cluster.servers, ...cluster.frontEnds]) {
      const before = await cluster.status(node);
      expect(await cluster.stop(node)).toBe('exit code 0');
      await witnesses.see(10);
      cluster.start(node);
      await vi.waitFor(async () => {
        const ready = await fetch(`http://${cluster.address(node)}/readyz`);
        expect([ready.status, (await cluster.status(node))?.incarnation]).toEqual([
          200,
          (before?.incarnation ?? 0) + 1,
        ]);
      }, READY);
      await cluster.voters();
      await witnesses.see(10);
    }
    await witnesses.close();
    witnesses.agree();
    await cluster.whole();
    await expectConserved(cluster, house, witnesses.sold());
  });
});
