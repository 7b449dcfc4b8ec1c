import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { giveOrder } from '../../src/cli/admin/order-call.ts';
import { readNodeFile } from '../../src/storage/node-file.ts';
import { gatherCrowd, type JoinedNodes, SOON } from '../support/live/joined-nodes.ts';
import { type BoxOffice, expectConserved, type House, openBoxOffice, openHouse } from '../support/live/ticket-sales.ts';

// One cluster, told as a story: each test takes it up where the one before has left it, and clients buy all the time.

let cluster: JoinedNodes;
let house: House;
let office: BoxOffice;

beforeAll(async () => {
  cluster = await gatherCrowd(['s1', 's2', 's3', 's4', 'f1', 'f2', 'x1']);
}, 60_000);

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

afterAll(() => cluster.remove(), 60_000);

const secret = (): { readonly secretFile: string } => ({ secretFile: cluster.secretFile });

const served = () => ({
  bases: cluster.bases('f1', 'f2'),
  client: () => cluster.client('f1', 'f2'),
});

describe('A cluster that one server has founded', { timeout: 300_000 }, () => {
  it('takes in servers and front ends that know one address each, while clients buy', async () => {
    cluster.start('s1', 'server', 'tickets', '--found');
    // It may be started before there is anybody to ask.
    cluster.start('f1', 'frontend', '--join', cluster.address('s1'));
    await cluster.haveVotes({ s1: 1 });
    house = await openHouse(served());
    office = openBoxOffice(served(), house, 2);

    cluster.start('s2', 'server', '--join', cluster.address('f1'));
    await cluster.haveVotes({ s1: 1, s2: 1, f1: 1 });
    cluster.start('s3', 'server', '--join', cluster.address('s2'));
    cluster.start('f2', 'frontend', '--join', cluster.address('s1'));
    await cluster.haveVotes({ s1: 1, s2: 1, s3: 1, f1: 1, f2: 1 });
    await office.sells(20);
    const directory = (await cluster.status('f2'))?.directory ?? [];
    expect(directory.map(({ node, standing, reachable }) => [node, standing, reachable])).toEqual(
      ['f1', 'f2', 's1', 's2', 's3'].map((node) => [node, 'member', true]),
    );
  });

  it('refuses a node with another secret, or none, or the name of a living one', async () => {
    const other = `${cluster.secretFile}.other`;
    await writeFile(other, 'another secret of sixteen bytes', { mode: 0o644 });
    const join = ['server', '--join', cluster.address('s1'), '--port', '1', '--data', cluster.folder('x1')];
    const [wrong, none, alive] = await Promise.all([
      cluster.run(...join, '--secret-file', other),
      cluster.run(...join),
      cluster.run(...join, '--secret-file', cluster.secretFile, '--node', 's2'),
    ]);
    expect(wrong.err).toContain("cannot join: the signature is not one of this call by the cluster's secret");
    expect(wrong.err).toContain(`others on this machine can read ${other}`);
    expect(none.err).toContain('a node that joins needs the secret of its cluster: --secret-file FILE');
    expect(alive.err).toContain(`cannot join: s2 lives, at ${cluster.address('s2')}`);
    expect([wrong.code, none.code, alive.code]).toEqual([1, 2, 1]);
    expect(existsSync(cluster.folder('x1'))).toBe(false);
  });

  it('lets its primary leave for good while clients buy: it hands over, and never comes back', async () => {
    const leaving = await cluster.primary('events');
    const others = ['s1', 's2', 's3'].filter((node) => node !== leaving);
    expect((await giveOrder(cluster.address(leaving), { type: 'leave' }, secret())).body).toEqual({ left: leaving });
    expect(await cluster.ended(leaving)).toBe(0);
    const votes = Object.fromEntries(others.map((node) => [node, 1]));
    await expect.poll(witnessVotes, SOON).toBe(1);
    await office.sells(20);
    cluster.again(leaving);
    expect(await cluster.ended(leaving)).toBe(1);
    cluster.start('s4', 'server', '--join', cluster.address('f2'));
    await cluster.haveVotes({ ...votes, s4: 1, f1: 1, f2: 1 });
  });

  it('hands a lead over while clients buy, asked by way of whom you like', async () => {
    const from = await cluster.primary('users');
    const status = await cluster.status(from);
    const to = status?.groups['users']?.members.find(({ node, kind }) => kind === 'data' && node !== from)?.node ?? '';
    const ran = await cluster.run(
      'transfer',
      'users',
      '--to',
      to,
      '--at',
      cluster.address('s4'),
      '--secret-file',
      cluster.secretFile,
    );
    expect(ran).toEqual({ code: 0, out: `${to} is primary of users\n`, err: '' });
    await office.sells(20);
  });

  it('takes a server back that lost its disk, under its old name and as another disk', async () => {
    const before = await readNodeFile(cluster.folder('s4'));
    await cluster.kill('s4');
    await rm(cluster.folder('s4'), { recursive: true });
    cluster.start('s4', 'server', '--join', cluster.address('f1'));
    await expect.poll(() => readNodeFile(cluster.folder('s4')), SOON).toBeDefined();
    const after = await readNodeFile(cluster.folder('s4'));
    expect([before?.generation, after?.generation, after?.nodeId]).toEqual([1, 2, 's4']);
    await expect.poll(async () => (await cluster.status('s4'))?.groups['events']?.role, SOON).not.toBe('learner');
    await office.sells(20);
  });

  it('is left for a while in good order, and a folder is all it takes to come back, even without its directory', async () => {
    const stopped = await cluster.primary('events');
    cluster.signal(stopped, 'SIGTERM');
    expect(await cluster.ended(stopped)).toBe(0);
    expect(await cluster.primary('events')).not.toBe(stopped);
    await writeFile(`${cluster.folder(stopped)}/services.json`, '{"format":1,"serv');
    cluster.again(stopped);
    // The others have not forgotten where it listens.
    await expect.poll(async () => (await cluster.status(stopped))?.groups['events']?.role, SOON).toBe('secondary');
    await office.sells(20);
  });

  it('removes a node that is down, which learns of it when it comes up again, and ends', async () => {
    await cluster.kill('f1');
    // Until s4 knows that f1 is down, it refuses to remove it.
    const f1AtS4 = async () => (await cluster.status('s4'))?.directory.find(({ node }) => node === 'f1');
    await expect.poll(async () => (await f1AtS4())?.reachable, SOON).toBe(false);
    const removed = await giveOrder(cluster.address('s4'), { type: 'remove', node: 'f1' }, secret());
    expect(removed.body).toEqual({ removed: 'f1' });
    expect(await witnessVotes()).toBe(2);
    // No group names it by now: all others refuse its links, the other front end too, whose word removes no node.
    for (const group of ['events', 'users'])
      await expect
        .poll(() => membersOf(group), SOON)
        .toSatisfy((names: readonly string[]) => names.length > 0 && !names.includes('f1'));
    cluster.again('f1');
    expect(await cluster.ended('f1')).toBe(3);
    expect(cluster.logs()).toContain('has been removed from its cluster. To take part');
  });

  it('has lost no ticket and sold none twice', async () => {
    await office.close();
    await expectConserved(served(), house, office.sold());
  });
});

async function membersOf(group: string): Promise<readonly string[]> {
  return (await configurationOf(group)).map(({ node }) => node);
}

async function configurationOf(group: string) {
  const status = await cluster.status(await cluster.primary(group));
  return status?.groups[group]?.members ?? [];
}

async function witnessVotes(): Promise<number> {
  const members = await configurationOf('events');
  return members.filter(({ kind }) => kind === 'witness').reduce((sum, { votes }) => sum + votes, 0);
}
