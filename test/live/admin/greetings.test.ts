import { afterEach, describe, expect, test } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import type { Order } from '../../../src/host/host-io.ts';
import { createHost, founder, type Host, stepHost } from '../../../src/host/host.ts';
import { greetRoutes } from '../../../src/live/admin/greet-routes.ts';
import { directoryOf, SERVICES_PATH } from '../../../src/live/peers/directory.ts';
import { createPeerIntroduction, type PeerIntroduction } from '../../../src/live/peers/introduce-peer.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { firstConfiguration, firstDiskId, type Topology } from '../../../src/protocol/model/topology.ts';
import { withSecret } from '../../../src/security/authorise.ts';
import { secretOf } from '../../../src/security/secret.ts';
import { createHttpServer, type HttpServer } from '../../../src/transport-http/clients/http-server.ts';
import type { OperatorAnswer } from '../../../src/transport-http/clients/operator-paths.ts';
import { anyCaller } from '../../support/security/any-caller.ts';

const topology: Topology = { clusterId: 'c', servers: ['s1', 's2'], frontEnds: ['f1'], groups: ['events', 'users'] };

const ADDRESSES: Readonly<Record<string, string>> = { s1: '10.0.1.9:4599', s2: '10.0.1.8:4600', f1: '10.0.1.5:4560' };

function entry(nodeId: string, more: Partial<ServiceEntry> = {}): ServiceEntry {
  return {
    nodeId,
    kind: nodeId.startsWith('s') ? 'server' : 'frontend',
    address: ADDRESSES[nodeId] ?? '',
    diskId: firstDiskId(topology, nodeId),
    generation: 1,
    incarnation: 1,
    standing: 'member',
    beat: 1,
    ...more,
  };
}

/** s1, which has just heard of everybody and that `primary` leads both groups. */
function hostOf(primary: string, services: readonly ServiceEntry[] = [entry('s2'), entry('f1')]): Host {
  const now = { millis: performance.now(), wall: 0, chance: 0 };
  const self = founder(topology, 's1', ADDRESSES['s1']);
  const plan = { topology, self, service: tickets, settings: DEFAULT_SETTINGS };
  const [started] = stepHost(createHost(plan), { type: 'started', incarnation: 1, services }, now);
  const groups = topology.groups.map((group) => {
    const epoch = { counter: 1, nodeId: primary };
    return { group, epoch, primary, index: 1, configuration: firstConfiguration(topology, group) };
  });
  const message = { type: 'gossip', services: [], groups, isAnswer: true } as const;
  const envelope = { from: { node: 's2', unit: 'gossip' }, to: { node: 's1', unit: 'gossip' }, message };
  return stepHost(started, { type: 'envelope', envelope }, now)[0];
}

const nobody: PeerIntroduction = { meet: (address) => Promise.resolve(`${address} does not answer`) };

interface Asked {
  readonly orders: readonly Order[];
  readonly answer: OperatorAnswer;
}

async function ask(
  host: Host,
  method: 'GET' | 'POST',
  path: string,
  body: unknown = '',
  introduction: PeerIntroduction = nobody,
): Promise<Asked> {
  const orders: Order[] = [];
  const feed = (order: Order): void => void orders.push(order);
  const paths = greetRoutes({ service: tickets, host: () => host, feed, introduction });
  const found = paths.find((candidate) => candidate.method === method && candidate.path === path);
  if (found === undefined) throw new Error(`no path ${method} ${path}`);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    answer: await found.answer({ body: text, headers: {}, query: new URLSearchParams(), from: '10.0.1.7' }),
    orders,
  };
}

const no = (error: string) => ({ status: 400, body: { error } });

test('what changes anything takes a proof, and what only says something does not', () => {
  const greeted = { service: tickets, host: () => hostOf('s1'), feed: () => undefined, introduction: nobody };
  expect(greetRoutes(greeted).map(({ method, path, signed }) => [`${method} ${path}`, signed])).toEqual([
    ['POST /greet/event', true],
    ['POST /greet/user', true],
    ['POST /greet/frontend', true],
    ['GET /election', false],
    ['POST /election', true],
  ]);
});

describe('POST /greet/…', () => {
  const list = [
    { service: 'event', address: '10.0.1.9:4599', primary: false },
    { service: 'event', address: '10.0.1.8:4600', primary: true },
    { service: 'frontend', address: '10.0.1.5:4560', primary: false },
    { service: 'user', address: '10.0.1.9:4599', primary: false },
    { service: 'user', address: '10.0.1.8:4600', primary: true },
  ];

  test('answers whoever is known with the services there are', async () => {
    expect((await ask(hostOf('s2'), 'POST', '/greet/event', { port: 4600 })).answer).toEqual({
      status: 200,
      body: list,
    });
    expect((await ask(hostOf('s2'), 'POST', '/greet/frontend', { port: 4560 })).answer).toEqual({
      status: 200,
      body: list,
    });
  });

  test('leaves out whoever has stopped or was removed', async () => {
    const host = hostOf('s2', [entry('s2', { standing: 'away' }), entry('f1', { standing: 'removed' })]);
    const { answer } = await ask(host, 'POST', '/greet/event', { port: 4599 });
    expect(answer.body).toEqual([list[0], list[3]]);
  });

  test('meets whoever is not known, at the address the call came from, or says why not', async () => {
    const met: string[] = [];
    const meeting: PeerIntroduction = {
      meet: (address, kind) => {
        met.push(`${kind} ${address}`);
        return Promise.resolve(undefined);
      },
    };
    expect((await ask(hostOf('s2'), 'POST', '/greet/event', { port: 4601 }, meeting)).answer.status).toBe(200);
    // A front end is no data server.
    expect((await ask(hostOf('s2'), 'POST', '/greet/frontend', { port: 4600 }, meeting)).answer.status).toBe(200);
    expect(met).toEqual(['server 10.0.1.7:4601', 'frontend 10.0.1.7:4600']);
    expect((await ask(hostOf('s2'), 'POST', '/greet/event', { port: 4601 })).answer).toEqual(
      no('service unreachable: 10.0.1.7:4601 does not answer'),
    );
  });

  describe.each(['/greet/event', '/greet/frontend', '/election'])('%s', (path) => {
    test.each([
      '',
      '{',
      'null',
      '[]',
      '7',
      '{}',
      '{"port":"4599"}',
      '{"port":0}',
      '{"port":-1}',
      '{"port":1.5}',
      '{"port":65536}',
    ])('takes no body like %s', async (body) => {
      const { answer, orders } = await ask(hostOf('s1'), 'POST', path, body);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).toMatch(/^\{"error":"(port: expected a port|the body)/);
      expect(orders).toEqual([]);
    });
  });
});

describe('/election', () => {
  test('GET says that a server with a vote would stand', async () => {
    expect((await ask(hostOf('s2'), 'GET', '/election')).answer).toEqual({ status: 200, body: '' });
    const stopping = stepHost(
      hostOf('s2'),
      { type: 'order', order: { type: 'stand', standing: 'away' } },
      { millis: performance.now(), wall: 0, chance: 0 },
    )[0];
    expect((await ask(stopping, 'GET', '/election')).answer).toEqual(no('s1 is about to end'));
  });

  test('GET says that one without a vote would not', async () => {
    const stranger: Topology = { ...topology, servers: ['s2'] };
    const self = { ...founder(topology, 's1', ADDRESSES['s1']), diskId: 'c/s1/2-x', generation: 2 };
    const plan = { topology: stranger, self, service: tickets, settings: DEFAULT_SETTINGS };
    const now = { millis: performance.now(), wall: 0, chance: 0 };
    const [learner] = stepHost(createHost(plan), { type: 'started', incarnation: 1, services: [] }, now);
    expect((await ask(learner, 'GET', '/election')).answer).toEqual(no('s1 has no vote in events'));
  });

  test('POST is 200 for the primary there is, and orders nothing', async () => {
    expect(await ask(hostOf('s2'), 'POST', '/election', { port: 4600 })).toEqual({
      answer: { status: 200, body: '' },
      orders: [],
    });
  });

  test('POST unseats nobody: where this server does not lead, it says who does', async () => {
    const { answer, orders } = await ask(hostOf('s2'), 'POST', '/election', { port: 4599 });
    expect(answer).toEqual({
      status: 400,
      body: { error: 's1 is not the primary of events, s2 is', primary: '10.0.1.8:4600' },
    });
    expect(orders).toEqual([]);
  });

  test('POST refuses a port at which no data server is known', async () => {
    expect((await ask(hostOf('s2'), 'POST', '/election', { port: 4560 })).answer).toEqual(
      no('service unreachable: no data server is known at port 4560'),
    );
  });
});

describe('An acquaintance', () => {
  const secret = secretOf(Buffer.from('a secret that is long enough for anybody'));
  const other = secretOf(Buffer.from('another secret that is as long as the first'));
  let server: HttpServer | undefined;

  afterEach(() => server?.close());

  /** A process at which somebody is met; resolves to its address. */
  async function open(status: object, authorise = anyCaller, own = known): Promise<string> {
    server = createHttpServer({
      onRequests: undefined,
      onGone: () => undefined,
      operatorPaths: [
        { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: status }) },
        {
          method: 'GET',
          path: SERVICES_PATH,
          signed: true,
          roles: ['server'],
          answer: () => ({ status: 200, body: directoryOf(own, { services: [entry('s2')], groups: [] }) }),
        },
      ],
      authorise,
      onPeer: (socket) => socket.close(),
    });
    return `127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
  }

  const known = { node: 's2', kind: 'server', clusterId: 'c', historyId: 'c' };

  async function meet(address: string, proof?: typeof secret): Promise<readonly [string | undefined, unknown]> {
    const learned: unknown[] = [];
    const introduction = createPeerIntroduction({
      clusterId: 'c',
      historyId: 'c',
      credentials: { secret: proof, tls: undefined },
      learned: (from, services) => learned.push(from, services),
    });
    return [await introduction.meet(address, 'server'), learned];
  }

  test('takes in what a process of its own cluster knows', async () => {
    expect(await meet(await open(known))).toEqual([undefined, ['s2', [entry('s2')]]]);
  });

  test('does so with a secret, if the other one proves it as well', async () => {
    const address = await open(known, withSecret(secret, { nodeId: 's2', clusterId: 'c', incarnation: 0 }, Date.now));
    expect(await meet(address, secret)).toEqual([undefined, ['s2', [entry('s2')]]]);
  });

  test('listens to nobody who does not know the secret, or wants another one', async () => {
    const open2 = await open(known);
    expect(await meet(open2, secret)).toEqual([
      `${open2} does not answer: what answers at ${open2} does not know the cluster's secret`,
      [],
    ]);
    await server?.close();
    const wanting = await open(known, withSecret(other, { nodeId: 's2', clusterId: 'c', incarnation: 0 }, Date.now));
    expect(await meet(wanting, secret)).toEqual([`${wanting} refuses to be asked`, []]);
  });

  test.each([
    [{ ...known, clusterId: 'd' }, 'is of another cluster'],
    [{ ...known, historyId: 'd' }, 'is of another cluster'],
    [{ ...known, kind: 'frontend' }, 'is no data server'],
    [{}, 'is no process of understudy'],
  ])('does not listen to %j', async (status, reason) => {
    const [problem, learned] = await meet(await open(status));
    expect(problem).toContain(reason);
    expect(learned).toEqual([]);
  });

  test('does not believe a status that the directory behind it belies', async () => {
    const address = await open(known, anyCaller, { ...known, historyId: 'd' });
    expect(await meet(address)).toEqual([`${address} is of another cluster`, []]);
  });

  test('says that nobody answers', async () => {
    const address = await open(known);
    await server?.close();
    expect((await meet(address))[0]).toMatch(/ does not answer: /);
  });
});
