import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatherCrowd, type JoinedNodes, SOON } from '../support/live/joined-nodes.ts';

let cluster: JoinedNodes;

beforeEach(async () => {
  cluster = await gatherCrowd(['s1', 's2', 'f1', 'x1']);
  cluster.start('s1', 'server', 'tickets', '--found');
  cluster.start('s2', 'server', '--join', cluster.address('s1'));
  cluster.start('f1', 'frontend', '--join', `${cluster.address('s2')},${cluster.address('s1')}`);
  await cluster.haveVotes({ s1: 1, s2: 1, f1: 1 });
}, 120_000);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
}, 60_000);

const order = (...words: readonly string[]) => cluster.run(...words, '--secret-file', cluster.secretFile);

async function setAside(node: string): Promise<void> {
  await rename(cluster.folder(node), `${cluster.folder(node)}.kept`);
}

async function putBack(node: string): Promise<void> {
  await rm(cluster.folder(node), { recursive: true, force: true });
  await rename(`${cluster.folder(node)}.kept`, cluster.folder(node));
}

describe('What is final for a disk', { timeout: 240_000 }, () => {
  it('is refused at once, and changes nothing, while no primary can be elected: the start of the old disk brings service back', async () => {
    await cluster.kill('s2');
    await cluster.kill('f1');
    await expect.poll(async () => (await cluster.status('s1'))?.groups['events']?.role, SOON).not.toBe('primary');
    const removed = await order('remove', 'f1', '--at', cluster.address('s1'));
    expect(removed.code).toBe(1);
    expect(removed.err).toMatch(/nothing is changed: events, users has no primary that is heard here/);
    await setAside('f1');
    cluster.start('f1', 'frontend', '--join', cluster.address('s1'));
    expect(await cluster.ended('f1')).toBe(1);
    expect(cluster.logs()).toContain('has no primary that is heard here, and may need the disk of f1');
    expect(existsSync(cluster.folder('f1'))).toBe(false);
    await putBack('f1');
    cluster.again('f1');
    await cluster.client('f1').post('/users/create', { username: 'ada' });
  });

  it('is refused of the only data server that has a vote, whatever starts at its address, until that has started again', async () => {
    cluster.signal('s2', 'SIGTERM');
    await cluster.ended('s2');
    await cluster.client('f1').post('/users/create', { username: 'ada' });
    await cluster.kill('s1');
    await setAside('s1');
    cluster.start('s1', 'server', '--join', cluster.address('f1'));
    expect(await cluster.ended('s1')).toBe(1);
    await putBack('s1');
    cluster.again('s1');
    await cluster.client('f1').post('/users/create', { username: 'bob' });
  });

  it('is not what a founder does that has lost its folder: it founds nothing while others look for it, and joins', async () => {
    await cluster.kill('s1');
    await setAside('s1');
    cluster.start('s1', 'server', 'tickets', '--found');
    expect(await cluster.ended('s1')).toBe(1);
    expect(cluster.logs()).toContain('nothing is founded: ');
    cluster.start('s1', 'server', 'tickets');
    expect(await cluster.ended('s1')).toBe(2);
    cluster.start('s1', 'server', '--join', cluster.address('f1'));
    await cluster.haveVotes({ s1: 1, s2: 1, f1: 1 });
    await cluster.kill('s1');
    await putBack('s1');
    cluster.again('s1');
    expect(await cluster.ended('s1')).toBe(3);
    await cluster.client('f1').post('/users/create', { username: 'ada' });
  });
});
