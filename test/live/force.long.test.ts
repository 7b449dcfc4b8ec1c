import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gatherCrowd, type JoinedNodes, SOON } from '../support/live/joined-nodes.ts';

// One cluster, told as a story: each test takes it up where the one before has left it.

let cluster: JoinedNodes;
let token = '';

beforeAll(async () => {
  cluster = await gatherCrowd(['s1', 's2', 'f1']);
  cluster.start('s1', 'server', 'tickets', '--found');
  cluster.start('f1', 'frontend', '--join', cluster.address('s1'));
  cluster.start('s2', 'server', '--join', cluster.address('s1'));
  await cluster.haveVotes({ s1: 1, s2: 1, f1: 1 });
}, 120_000);

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

afterAll(() => cluster.remove(), 60_000);

describe('A cluster that has lost its majority forever', { timeout: 300_000 }, () => {
  it('is not forced while its server runs, nor without --yes', async () => {
    const client = cluster.client('f1');
    expect(await client.request('POST', '/users/create', { username: 'ada' })).toMatchObject({ status: 200 });
    token = client.token() ?? '';
    const running = await cluster.run('force', '--data', cluster.folder('s1'), '--yes');
    expect(running.err).toContain('is in use by process');
    for (const node of ['s2', 'f1', 's1']) await cluster.kill(node);
    const asked = await cluster.run('force', '--data', cluster.folder('s1'));
    expect(asked.err).toContain('nothing has been changed. To do it, say --yes');
    expect(asked.out).toContain('What only other disks have is lost, even if it was acknowledged.');
    expect([running.code, asked.code]).toEqual([1, 2]);
  });

  it('serves again with what the forced server has, in another history', async () => {
    const forced = await cluster.run('force', '--data', cluster.folder('s1'), '--yes');
    expect(forced).toMatchObject({ code: 0, err: '' });
    expect(forced.out).toContain('s1 is the only member now');
    cluster.again('s1');
    cluster.again('f1');
    // It holds nothing that it can never answer.
    const says = async (): Promise<string> => (await fetch(`${cluster.bases('f1')[0]}/users/0`)).text();
    await expect.poll(() => says().catch(() => ''), SOON).toContain('without this node: join it anew');
    await cluster.kill('f1');
    await rm(cluster.folder('f1'), { recursive: true });
    cluster.start('f1', 'frontend', '--join', cluster.address('s1'));
    expect(await cluster.client('f1').request('GET', '/users/0')).toMatchObject({
      status: 200,
      body: { userid: 0, username: 'ada', tickets: [] },
    });
    const status = await cluster.status('s1');
    expect(status?.historyId).not.toBe(status?.clusterId);
    expect(forced.out).toContain(`its history is ${status?.historyId}`);
  });

  it('refuses tokens of the history that is over', async () => {
    const answer = await fetch(`${cluster.bases('f1')[0]}/users/0`, { headers: { 'understudy-token': token } });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toEqual({ error: 'understudy-token: the cluster has begun another history since' });
  });

  it('hears no node that still has the old one, and takes it in with an empty folder', async () => {
    cluster.again('s2');
    await expect.poll(() => cluster.logs(), SOON).toContain('join it anew, with an empty folder');
    expect((await cluster.status('s1'))?.groups['users']?.members.map(({ node }) => node)).toEqual(['s1', 'f1']);
    await cluster.kill('s2');
    await rm(cluster.folder('s2'), { recursive: true });
    cluster.start('s2', 'server', '--join', cluster.address('s1'));
    await cluster.haveVotes({ s1: 1, s2: 1, f1: 1 });
    const created = await cluster.client('f1').request('POST', '/users/create', { username: 'bob' });
    expect(created).toMatchObject({ status: 200, body: { userid: 1 } });
  });
});
