import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { secretBeside } from '../../src/cli/cluster/cluster-file.ts';
import { type LiveCluster, startCluster } from '../support/live/live-cluster.ts';
import { field, openHouse, ticketsHeld } from '../support/live/ticket-sales.ts';

const PATIENT = 60_000;
const HOLD_FOR = 1_000;
const bin = fileURLToPath(new URL('../../bin/understudy.mjs', import.meta.url));

let cluster: LiveCluster;

beforeAll(async () => {
  cluster = await startCluster({ holdFor: HOLD_FOR });
}, PATIENT);

afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

afterAll(async () => {
  await cluster.remove();
});

function post(
  base: string | undefined,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${base ?? ''}${path}`, { method: 'POST', body, headers });
}

describe('A live front end', { timeout: PATIENT }, () => {
  it('shows a client its own writes through the other front end, by the token it was given', async () => {
    const [first, second] = cluster.bases;
    for (let round = 0; round < 20; round += 1) {
      const created = await post(first, '/users/create', `{"username":"ada ${round}"}`);
      const token = created.headers.get('understudy-token') ?? '';
      const userid = field({ body: await created.json() }, 'userid');
      const read = await fetch(`${second}/users/${userid}`, {
        headers: { 'understudy-token': token, 'understudy-read': 'session' },
      });
      expect(await read.json()).toEqual({ userid, username: `ada ${round}`, tickets: [] });
    }
  });

  it('carries out a write once, however often and wherever it is sent with the same Idempotency-Key', async () => {
    const house = await openHouse(cluster, 10);
    const [user = -1] = house.users;
    const key = { 'idempotency-key': '0190c0de-0000-4000-8000-00000000beef' };
    const path = `/events/${house.event}/purchase/${user}`;
    const statuses: number[] = [];
    for (const base of [...cluster.bases, ...cluster.bases]) {
      statuses.push((await post(base, path, '{"tickets":6}', key)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200]);
    expect(await ticketsHeld(cluster, user, house.event)).toBe(6);
    expect((await post(cluster.bases[0], path, '{"tickets":5}', key)).status).toBe(422);
    expect((await post(cluster.bases[0], path, '{"tickets":5}')).status).toBe(400);
    expect(await ticketsHeld(cluster, user, house.event)).toBe(6);
  });

  it.each([
    ['no JSON', '/users/create', '{"username":'],
    ['an empty body', '/users/create', ''],
    ['a list', '/users/create', '[]'],
    ['a wrong type', '/users/create', '{"username":7}'],
    ['deep nesting', '/users/create', '['.repeat(30_000)],
    ['a body that is too long', '/users/create', JSON.stringify({ username: 'a'.repeat(70_000) }), 413],
    ['an unknown user', '/events/create', '{"userid":9999,"eventname":"x","numtickets":1}'],
    ['a negative count', '/events/create', '{"userid":0,"eventname":"x","numtickets":-1}'],
    ['a fraction', '/events/create', '{"userid":0,"eventname":"x","numtickets":1.5}'],
    ['a huge count', '/events/create', '{"userid":0,"eventname":"x","numtickets":1e300}'],
    ['an unknown event', '/events/9999/purchase/0', '{"tickets":1}'],
    ['a count of zero', '/events/0/purchase/0', '{"tickets":0}'],
    ['an id that is none', '/events/__proto__/purchase/0', '{"tickets":1}'],
    ['an oversized transfer', '/users/0/tickets/transfer', '{"eventid":0,"tickets":1000000,"targetuser":1}'],
  ])('refuses %s with a reason, and goes on', async (_, path, body, status = 400) => {
    const refused = await post(cluster.bases[0], path, body);
    expect(refused.status).toBe(status);
    expect(await refused.text()).toMatch(/^\{"error":"[^"].*"\}$/);
    expect((await fetch(`${cluster.bases[0]}/greet`)).status).toBe(200);
  });

  it('survives bytes that are no HTTP, and connections that break off', async () => {
    const port = Number(cluster.bases[0]?.split(':').at(-1));
    for (const bytes of ['\0\0\0\0', 'GET', 'POST /users/create HTTP/1.1\r\ncontent-length: 50\r\n\r\n{"user']) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(bytes, () => socket.destroy()));
        socket.on('error', () => {});
        socket.on('close', () => resolve());
      });
    }
    expect((await fetch(`${cluster.bases[0]}/greet`)).status).toBe(200);
  });

  it('shows its state and that of every server at /status', async () => {
    const frontEnd = await cluster.status('f1');
    expect(frontEnd).toMatchObject({ node: 'f1', kind: 'frontend', groups: { events: { role: 'witness' } } });
    const leader = await cluster.primary('events');
    const status = await cluster.status(leader);
    expect(status).toMatchObject({
      node: leader,
      kind: 'server',
      groups: { events: { role: 'primary', primary: leader } },
    });
    const { members } = status?.groups['events'] ?? {};
    expect(members?.map(({ node, kind, votes }) => [node, kind, votes])).toEqual([
      ['f1', 'witness', 1],
      ['f2', 'witness', 1],
      ['s1', 'data', 1],
      ['s2', 'data', 1],
      ['s3', 'data', 1],
    ]);
  });

  it('does not run twice on one data folder', async () => {
    const child = spawn(process.execPath, [bin, 'server', '--cluster', cluster.file, '--node', 's1', '--port', '1']);
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(said).toContain('is in use by process');
    expect(await cluster.status('s1')).toMatchObject({ node: 's1' });
  });

  it('serves on when the disk of a data server takes no more, and that server ends', async () => {
    const [node = ''] = cluster.servers;
    await cluster.kill(node);
    // Files of at most 64 blocks: the write that would pass it fails.
    const flags = `--cluster "${cluster.file}" --node ${node} --secret-file "${secretBeside(cluster.file)}"`;
    const command = `ulimit -f 64; exec "${process.execPath}" "${bin}" server ${flags}`;
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const client = cluster.client();
    for (let nth = 0; child.exitCode === null && nth < 2_000; nth += 1) {
      const outcome = await client.request('POST', '/users/create', { username: 'a'.repeat(200) });
      expect(outcome).toMatchObject({ type: 'answered', status: 200 });
    }
    child.kill('SIGKILL');
    expect(await ended).toBe(1);
    expect(said).toContain(`${node} stops: `);
    expect(said).toContain('EFBIG');
    cluster.start(node);
  });

  it('answers 503 with the uuid when it has held a write for its time, and later yields its outcome, once', async () => {
    await cluster.kill(...cluster.servers);
    const body = '{"username":"eve"}';
    const key = { 'idempotency-key': '0190c0de-0000-4000-8000-0000000000aa' };
    const held = await post(cluster.bases[0], '/users/create', body, key);
    expect(held.status).toBe(503);
    expect(Number(held.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await held.json()).toMatchObject({ uuid: key['idempotency-key'] });
    for (const server of cluster.servers) cluster.start(server);

    const options = { uuid: key['idempotency-key'] };
    const first = await cluster.client().request('POST', '/users/create', { username: 'eve' }, options);
    const again = await cluster.client().request('POST', '/users/create', { username: 'eve' }, options);
    expect(first).toMatchObject({ type: 'answered', status: 200 });
    expect(again).toEqual(first);
    const next = await cluster.client().request('POST', '/users/create', { username: 'mallory' });
    expect(field(next, 'userid')).toBe(field(first, 'userid') + 1);
  });
});
