import { cp } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { gatherCrowd, type JoinedNodes, SOON } from '../support/live/joined-nodes.ts';

let cluster: JoinedNodes;

beforeAll(async () => {
  cluster = await gatherCrowd(['s1', 'f1', 'x1', 'x2']);
});

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

afterAll(() => cluster.remove());

it('a copy of the folder of a node that runs is refused, and that node serves on', { timeout: 60_000 }, async () => {
  cluster.start('s1', 'server', 'tickets', '--found');
  cluster.start('f1', 'frontend', '--join', cluster.address('s1'));
  await served('early');
  await copyFolder(cluster.folder('s1'), cluster.folder('x1'));
  await served('late');

  cluster.start('x1', 'server');
  expect(await cluster.ended('x1')).toBe(3);
  expect(cluster.logs()).toContain('nothing is started: s1 already runs on this disk');
  expect(cluster.logs()).toContain(`at ${cluster.address('s1')}. Of two folders one is a copy of the other`);
  expect((await cluster.status('s1'))?.incarnation).toBe(1);
  await served('later');
});

it(
  'an earlier state of a folder is refused each time, where others know of a later run',
  { timeout: 60_000 },
  async () => {
    await cluster.kill('s1');
    await copyFolder(cluster.folder('s1'), cluster.folder('x2'));
    cluster.again('s1');
    await served('after the copy');
    await cluster.kill('s1');
    for (const _ of [1, 2, 3]) {
      cluster.start('x2', 'server');
      expect(await cluster.ended('x2')).toBe(3);
    }
    expect(cluster.logs()).toContain('and f1 knows start 2 of it. This folder is an earlier state of that disk');
    cluster.again('s1');
    await served('and after that');
  },
);

it('a node that was killed starts again, since nothing answers for its disk', { timeout: 60_000 }, async () => {
  await cluster.kill('s1');
  cluster.again('s1');
  await served('last');
});

/** Copies the folder of a node that runs, but for its lock. */
async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: (path) => !basename(path).startsWith('lock.') });
}

async function served(username: string): Promise<void> {
  await expect.poll(() => create(username).catch(() => 0), SOON).toBe(200);
}

async function create(username: string): Promise<number> {
  const [base] = cluster.bases('f1');
  const body = JSON.stringify({ username });
  return (await fetch(`${base}/users/create`, { method: 'POST', body })).status;
}
