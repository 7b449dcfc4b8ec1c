import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serversAround } from '../../src/cli/client/servers.ts';
import { testBackends } from '../../src/cli/client/tickets/backends.ts';
import { testConcurrent } from '../../src/cli/client/tickets/concurrent.ts';
import { testWatch } from '../../src/cli/client/tickets/watch.ts';
import { testWriteRead } from '../../src/cli/client/tickets/write-read.ts';
import { secretBeside } from '../../src/cli/cluster/cluster-file.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { readSecret, type Secret } from '../../src/security/secret.ts';
import { type LiveCluster, startCluster } from '../support/live/live-cluster.ts';

const PATIENT = 300_000;

let cluster: LiveCluster;
let secret: Secret;

beforeAll(async () => {
  cluster = await startCluster({ servers: 2, frontEnds: 1 });
  secret = await readSecret(secretBeside(cluster.file));
}, PATIENT);

afterAll(() => cluster.remove());

async function ask(
  node: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly [number, unknown]> {
  const response = await fetch(`http://${cluster.address(node)}${path}`, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return [response.status, text === '' ? undefined : JSON.parse(text)];
}

/** The same by an operator, who knows the secret that `up` has made. */
async function order(node: string, path: string, body: unknown): Promise<readonly [number, unknown]> {
  const call = { method: 'POST', path, body: JSON.stringify(body) } as const;
  const answer = await callSigned(cluster.address(node), call, { secret, tls: undefined });
  return [answer.status, answer.body === '' ? undefined : JSON.parse(answer.body)];
}

const EMPTY = [200, undefined];

/** All there is to see at a data server. */
function look(): Promise<readonly unknown[]> {
  const paths = ['/events/list', '/users/0', '/users/1', '/users/2', '/users/granted'];
  return Promise.all(paths.map((path) => ask('s1', path)));
}

function isSigned(path: string): boolean {
  return /\/add$|^\/greet\/|^\/election$/.test(path);
}

describe('Each data server by itself', { timeout: PATIENT }, () => {
  it("answers the event service's and the user service's paths, whoever leads, with one result for one uuid", async () => {
    expect(await ask('s1', '/events/list')).toEqual([200, []]);
    expect(await ask('s1', '/users/create', { username: 'ann' })).toEqual([200, { userid: 0 }]);
    expect(await ask('s2', '/users/create', { username: 'bob' })).toEqual([200, { userid: 1 }]);
    const gala = { userid: 0, eventname: 'gala', numtickets: 10 };
    expect(await ask('s1', '/events/create', gala)).toEqual([200, { eventid: 0 }]);

    const purchase = { userid: 1, eventid: 0, tickets: 4 };
    const key = { 'idempotency-key': '0190c0de-0000-4000-8000-000000000001' };
    expect(await ask('s1', '/events/purchase/0', purchase, key)).toEqual(EMPTY);
    expect(await ask('s2', '/events/purchase/0', purchase, key)).toEqual(EMPTY);
    expect(await ask('s2', '/users/1/tickets/transfer', { eventid: 0, tickets: 1, targetuser: 0 })).toEqual(EMPTY);
    const row = { eventid: 0, eventname: 'gala', userid: 0, avail: 6, purchased: 4 };
    for (const node of ['s1', 's2']) {
      expect(await ask(node, '/events/0')).toEqual([200, row]);
      expect(await ask(node, '/events/list')).toEqual([200, [row]]);
      expect(await ask(node, '/users/1')).toEqual([
        200,
        { userid: 1, username: 'bob', tickets: [{ eventid: 0 }, { eventid: 0 }, { eventid: 0 }] },
      ]);
    }
    // A front end shows the same, joined.
    expect(await ask('f1', '/users/0')).toEqual([200, { userid: 0, username: 'ann', tickets: [row] }]);
  });

  it('counts what an operator adds apart', async () => {
    expect(await ask('s1', '/users/granted')).toEqual([200, []]);
    expect(await order('s1', '/users/0/tickets/add', { eventid: 0, tickets: 2 })).toEqual(EMPTY);
    expect(await ask('s2', '/users/granted')).toEqual([200, [{ eventid: 0, tickets: 2 }]]);
    expect(await ask('s2', '/events/0')).toMatchObject([200, { avail: 6, purchased: 4 }]);
    for (const path of ['/users/0/tickets/add', '/greet/event', '/greet/frontend', '/election']) {
      expect((await ask('s1', path, { eventid: 0, tickets: 2, port: 1 }))[0]).toBe(401);
    }
    expect(await ask('s1', '/users/granted')).toEqual([200, [{ eventid: 0, tickets: 2 }]]);
    expect((await ask('f1', '/users/0/tickets/add', { eventid: 0, tickets: 2 }))[0]).toBe(404);
  });

  it('refuses what makes no sense with a reason, and nothing changes', async () => {
    const before = await look();
    const counts = [0, -1, 1.5, '1', null, 2 ** 53];
    const nonsense: readonly (readonly [string, unknown])[] = [
      ...counts.map((tickets) => ['/events/purchase/0', { userid: 1, eventid: 0, tickets }] as const),
      ...counts.map((tickets) => ['/users/0/tickets/add', { eventid: 0, tickets }] as const),
      ...counts.map((tickets) => ['/users/0/tickets/transfer', { eventid: 0, tickets, targetuser: 1 }] as const),
      ...counts.slice(1).map((numtickets) => ['/events/create', { userid: 0, eventname: 'x', numtickets }] as const),
      ...counts.slice(0, 4).map((port) => ['/greet/event', { port }] as const),
      ...counts.slice(0, 4).map((port) => ['/election', { port }] as const),
      ['/events/purchase/0', { userid: 1, eventid: 1, tickets: 1 }],
      ['/events/purchase/7', { userid: 1, eventid: 7, tickets: 1 }],
      ['/events/purchase/0', { userid: 7, eventid: 0, tickets: 1 }],
      ['/events/purchase/0', { userid: 1, eventid: 0, tickets: 7 }],
      ['/events/purchase/-1', { userid: 1, eventid: -1, tickets: 1 }],
      ['/events/create', { userid: 7, eventname: 'x', numtickets: 1 }],
      ['/events/create', []],
      ['/users/create', { username: '' }],
      ['/users/create', 'bob'],
      ['/users/7/tickets/add', { eventid: 0, tickets: 1 }],
      ['/users/0/tickets/add', { eventid: 7, tickets: 1 }],
      ['/users/0/tickets/transfer', { eventid: 0, tickets: 4, targetuser: 1 }],
      ['/users/0/tickets/transfer', { eventid: 0, tickets: 1, targetuser: 7 }],
      ['/greet/frontend', {}],
      ['/election', { port: 1 }],
    ];
    for (const [path, body] of nonsense) {
      const [status, said] = await (isSigned(path) ? order : ask)('s1', path, body);
      expect([path, body, status]).toEqual([path, body, 400]);
      expect(JSON.stringify(said)).toMatch(/^\{"error":"./);
    }
    expect(await look()).toEqual(before);
  });

  it('greets with the services there are, and takes an election for a wish that the primary may grant', async () => {
    const portOf = (node: string): number => Number(cluster.address(node).split(':')[1]);
    const leader = await cluster.primary('events');
    const other = leader === 's1' ? 's2' : 's1';
    const [status, list] = await order(other, '/greet/event', { port: portOf(leader) });
    expect(status).toBe(200);
    expect(list).toEqual(
      expect.arrayContaining([
        { service: 'event', address: cluster.address(leader), primary: true },
        { service: 'event', address: cluster.address(other), primary: false },
        { service: 'frontend', address: cluster.address('f1'), primary: false },
      ]),
    );
    expect(await order(other, '/greet/frontend', { port: portOf('f1') })).toEqual([200, list]);
    expect((await order(other, '/greet/event', { port: portOf('f1') }))[0]).toBe(400);
    expect(await ask(other, '/greet')).toEqual(EMPTY);
    expect(await ask(other, '/election')).toEqual(EMPTY);

    expect(await order(other, '/election', { port: portOf(leader) })).toEqual(EMPTY);
    expect(await order(other, '/election', { port: portOf(other) })).toEqual([
      400,
      { error: `${other} is not the primary of events, ${leader} is`, primary: cluster.address(leader) },
    ]);
    expect(await cluster.primary('events')).toBe(leader);
    expect(await order(leader, '/election', { port: portOf(other) })).toEqual(EMPTY);
    expect(await cluster.primary('events')).toBe(other);
    // A front end is told, and takes note.
    expect(await ask('f1', '/election', { port: portOf(other) })).toEqual(EMPTY);
  });

  it('stands the test commands, which count what was added apart as well', async () => {
    const shared = { deadline: 30_000, quiet: true };
    const { bases } = cluster;
    const wrote = await testWriteRead({ ...shared, eventname: 'a play', frontEnds: bases, times: 2 });
    expect(wrote.problems).toEqual([]);
    const bought = await testConcurrent({ ...shared, kind: 'purchase', frontEnds: bases, times: 20, clients: 4 });
    expect(bought.problems).toEqual([]);
    // One address is enough, and be it a front end's.
    const addresses = await serversAround(bases);
    expect(addresses).toHaveLength(2);
    const compared = await testBackends({ ...shared, addresses, usersAtMost: 100, within: 30_000 });
    expect(compared.problems).toEqual([]);
    expect((await testWatch({ addresses, watchFor: 30_000 })).problems).toEqual([]);
  });
});
