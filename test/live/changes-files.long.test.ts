import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveCluster, startCluster } from '../support/live/live-cluster.ts';
import { expectConserved, openBoxOffice, openHouse } from '../support/live/ticket-sales.ts';

const PATIENT = 60_000;

let cluster: LiveCluster;

beforeEach(async () => {
  cluster = await startCluster({ flags: ['--setting', 'snapshotEvery=30', '--setting', 'keepEntries=10'] });
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
});

/** The files of changes that a server has of its events. */
async function changesOf(server: string): Promise<readonly string[]> {
  const names = await readdir(join(dirname(cluster.file), server, 'events'));
  return names.filter((name) => name.startsWith('changes-'));
}

describe('A cluster whose snapshots are written as changes', { timeout: PATIENT }, () => {
  it('has all it sold after kill -9 of all its servers at once, and its folders say that earlier builds cannot read them', async () => {
    const house = await openHouse(cluster);
    const office = openBoxOffice(cluster, house);
    // Until results have made the state larger than what changes in it between two snapshots.
    await expect
      .poll(async () => (await Promise.all(cluster.servers.map(changesOf))).map((names) => names.length), {
        timeout: 40_000,
        interval: 200,
      })
      .not.toContain(0);
    await office.sells(20);
    await cluster.kill(...cluster.servers);
    const files = await Promise.all(cluster.servers.map(changesOf));
    expect(files.map((names) => names.length).filter((count) => count > 0)).not.toEqual([]);
    for (const server of cluster.servers) {
      expect(await readFile(join(dirname(cluster.file), server, 'node.json'), 'utf8')).toContain('"format": 3');
      cluster.start(server);
    }
    await office.close();
    await cluster.voters();
    await expectConserved(cluster, house, office.sold());
    const more = openBoxOffice(cluster, house);
    await more.sells(40);
    await more.close();
    await cluster.whole();
    await expectConserved(cluster, house, office.sold() + more.sold());
  });
});
