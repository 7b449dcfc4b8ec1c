import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';
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
  it('serves on when two of three data servers are killed at once, and both catch up when they are back', async () => {
    const house = await openHouse(cluster);
    const office = openBoxOffice(cluster, house);
    await office.sells(20);
    const [first = '', second = '', last = ''] = cluster.servers;
    await cluster.kill(first, second);
    await office.sells(40);
    expect(await cluster.primary('events')).toBe(last);
    cluster.start(first);
    cluster.start(second);
    await cluster.voters();
    await office.close();
    // What was sold while they were away is theirs now: they alone still know it.
    await cluster.kill(last);
    await expectConserved(cluster, house, office.sold());
  });

  it('serves on when two of three data servers are killed one after the other', async () => {
    const house = await openHouse(cluster);
    const office = openBoxOffice(cluster, house);
    for (let kills = 0; kills < 2; kills += 1) {
      await office.sells(20);
      await cluster.kill(await cluster.primary('events'));
    }
    await office.sells(40);
    await office.close();
    await expectConserved(cluster, house, office.sold());
  });

  it('has one primary after its primary was stopped for 3 s, and takes it back as a secondary', async () => {
    const house = await openHouse(cluster);
    const office = openBoxOffice(cluster, house);
    await office.sells(20);
    const stopped = await cluster.primary('events');
    cluster.signal(stopped, 'SIGSTOP');
    const others = cluster.servers.filter((server) => server !== stopped);
    await expect
      .poll(async () => {
        const roles = await Promise.all(
          others.map(async (server) => (await cluster.status(server))?.groups['events']?.role),
        );
        return roles.includes('primary');
      }, SOON)
      .toBe(true);
    const stoppedAt = performance.now();
    await office.sells(20);
    // The length of the stop is what this test is about.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, stoppedAt + 3_000 - performance.now())));
    cluster.signal(stopped, 'SIGCONT');
    await cluster.voters();
    await office.close();
    await cluster.whole();
    const roles = await Promise.all(
      cluster.servers.map(async (server) => (await cluster.status(server))?.groups['events']?.role),
    );
    expect(roles.filter((role) => role === 'primary')).toHaveLength(1);
    expect((await cluster.status(stopped))?.groups['events']?.role).toBe('secondary');
    await expectConserved(cluster, house, office.sold());
  });

  it('conserves tickets when the primaries of both groups are killed in the middle of purchases', async () => {
    const house = await openHouse(cluster);
    const office = openBoxOffice(cluster, house, 8);
    await office.sells(40);
    // Two processes as a rule; where chance has made one server primary of both groups, it dies for both.
    const primaries = new Set([await cluster.primary('events'), await cluster.primary('users')]);
    await cluster.kill(...primaries);
    await office.sells(40);
    await office.close();
    await expectConserved(cluster, house, office.sold());
  });

  it('finds its data again after all of it was killed at once', async () => {
    const house = await openHouse(cluster);
    const office = openBoxOffice(cluster, house);
    await office.sells(40);
    const nodes = [...cluster.servers, ...cluster.frontEnds];
    await cluster.kill(...nodes);
    for (const node of nodes) cluster.start(node);
    await office.sells(20);
    await office.close();
    await expectConserved(cluster, house, office.sold());
  });
});
