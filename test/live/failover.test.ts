import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveCluster, startCluster } from '../support/live/live-cluster.ts';
import { expectConserved, openBoxOffice, openHouse } from '../support/live/ticket-sales.ts';

const PATIENT = 60_000;

let cluster: LiveCluster;

beforeEach(async () => {
  cluster = await startCluster();
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
});

describe('A cluster of three data servers and two front ends', { timeout: PATIENT }, () => {
  it('goes on selling when the primary is killed, loses no ticket and sells none twice', async () => {
    const house = await openHouse(cluster);
    const office = openBoxOffice(cluster, house);
    await office.sells(40);
    const killed = await cluster.primary('events');
    await cluster.kill(killed);
    await office.sells(40);
    const next = await cluster.primary('events');
    expect(next).not.toBe(killed);
    cluster.start(killed);
    await cluster.voters();
    await office.sells(20);
    await office.close();
    await cluster.whole();
    await expectConserved(cluster, house, office.sold());
  });
});
