import { createServer } from 'node:http';
import { connect, createServer as createNet, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CONNECTION_LIMITS, watchConnections } from '../../src/transport-http/clients/connections.ts';
import { createHttpServer, type HttpServer } from '../../src/transport-http/clients/http-server.ts';
import { HTTP_LIMITS } from '../../src/transport-http/listener.ts';
import type { CutOff } from '../../src/transport-http/clients/untaken.ts';
import { QUEUED_AT_MOST } from '../../src/transport-http/peers/outgoing-queue.ts';
import { sendRaw } from '../support/transport-http/raw-http.ts';
import { election, node, strike } from '../support/transport-http/peer-node.ts';
import { anyCaller } from '../support/security/any-caller.ts';

let server: HttpServer | undefined;

afterEach(async () => {
  await strike();
  await server?.close();
  server = undefined;
});

/** A server that is in a hurry, and answers every GET. */
async function serve(): Promise<number> {
  const started = createHttpServer({
    onRequests: (requests) => {
      for (const { id, path } of requests) started.respond(id, { status: 200, headers: {}, body: path });
    },
    onGone: () => {},
    operatorPaths: [],
    authorise: anyCaller,
    limits: { ...HTTP_LIMITS, headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 },
    onPeer: (socket) => socket.close(),
  });
  server = started;
  return started.listen(0, '127.0.0.1');
}

function listenOn(listener: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('it listens on no port'));
    });
  });
}

/** Sends the beginning of a request and then a byte now and then; resolves to what comes back until it is closed. */
function drip(port: number, beginning: string): Promise<string> {
  return new Promise((resolve) => {
    let answered = '';
    let dripping: NodeJS.Timeout | undefined;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(beginning);
      dripping = setInterval(() => socket.write('x'), 25);
    });
    socket.on('data', (data: Buffer) => (answered += data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(dripping);
      resolve(answered);
    });
  });
}

describe('A client that takes its time', () => {
  it.each([
    ['headers', 'GET / HTTP/1.1\r\nhost: x\r\nx: '],
    ['body', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n'],
    ['chunks', 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffff\r\n'],
  ])('over its %s is answered 408 and cut off', async (_, beginning) => {
    const answered = await drip(await serve(), beginning);
    expect(answered).toMatch(/^HTTP\/1\.1 408 /);
    expect(answered).toContain('"error":"the request took too long to arrive"');
  });

  it('over reading its answer is cut off', async () => {
    const plain = createServer((_, response) => void response.end(Buffer.alloc(64 * 1024 * 1024)));
    const told: CutOff[] = [];
    const limits = { ...CONNECTION_LIMITS, takesWithin: 100, lookEvery: 20 };
    const connections = watchConnections(plain, limits, (cutOff) => void told.push(cutOff));
    const port = await listenOn(plain);
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
    socket.pause();
    // It reads nothing, so it does not see that it was cut off; the server's side does.
    const closed = new Promise<void>((resolve) =>
      plain.once('connection', (side: Socket) => side.once('close', resolve)),
    );
    await closed;
    expect(told).toEqual([{ reason: 'stalled', from: '127.0.0.1' }]);
    socket.destroy();
    connections.close();
    await new Promise<void>((resolve) => plain.close(() => resolve()));
  });
});

it('A connection that was answered for the last time ends, though its client leaves it open', async () => {
  const closed: number[] = [];
  const plain = createServer((_, response) => void response.end());
  const connections = watchConnections(plain, { ...CONNECTION_LIMITS, lookEvery: 20 });
  plain.on('connection', (side: Socket) => side.once('close', () => closed.push(1)));
  plain.on('clientError', (_, side) => side.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const port = await listenOn(plain);
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write('no HTTP\r\n\r\n'));
  socket.resume();
  await expect.poll(() => closed.length, { timeout: 5_000 }).toBe(1);
  socket.destroy();
  connections.close();
  await new Promise<void>((resolve) => plain.close(() => resolve()));
});

it('A port whose places are all taken answers probes, and sends clients away', async () => {
  const started = createHttpServer({
    onRequests: (requests) => {
      for (const { id, path } of requests) started.respond(id, { status: 200, headers: {}, body: path });
    },
    onGone: () => {},
    operatorPaths: [{ method: 'GET', path: '/healthz', signed: false, answer: () => ({ status: 200, body: 'ok' }) }],
    authorise: anyCaller,
    connectionLimits: { ...CONNECTION_LIMITS, perSourceAtMost: 3, reservedAtMost: 4 },
    onPeer: (socket) => socket.close(),
  });
  server = started;
  const port = await started.listen(0, '127.0.0.1');
  const kept = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'));
  for (const socket of kept) socket.on('error', () => undefined);
  await Promise.all(kept.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  const ask = (path: string) => sendRaw(port, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  expect(await ask('/healthz')).toMatchObject({ statuses: [200], isClosed: true });
  expect(await ask('/events')).toMatchObject({ statuses: [503], isClosed: true });
  for (const socket of kept) socket.destroy();
  await expect.poll(async () => (await sendRaw(port, LAST)).statuses).toEqual([200]);
});

it('A request names the connection and the address that it came from', async () => {
  const heard: string[] = [];
  const started = createHttpServer({
    onRequests: (requests) => {
      for (const { id, connection = '', source } of requests) {
        heard.push(connection);
        started.respond(id, { status: 200, headers: {}, body: source ?? '' });
      }
    },
    onGone: () => {},
    operatorPaths: [],
    authorise: anyCaller,
    onPeer: (socket) => socket.close(),
  });
  server = started;
  const port = await started.listen(0, '127.0.0.1');
  const get = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
  expect((await sendRaw(port, get.repeat(2), { count: 2 })).text).toContain('127.0.0.1');
  await sendRaw(port, get, { count: 1 });
  expect(heard).toHaveLength(3);
  expect([heard[0] === heard[1], heard[0] === heard[2]]).toEqual([true, false]);
});

it('Answers that clients do not take are bounded over all connections: those that leave most are cut off', async () => {
  const mebibyte = 2 ** 20;
  const text = 'x'.repeat(mebibyte);
  const told = new Set<string>();
  const started = createHttpServer({
    onRequests: (requests) => {
      for (const { id } of requests) started.respond(id, { status: 200, headers: {}, body: text });
    },
    onGone: () => {},
    onCutOff: ({ reason, from }) => told.add(`${reason} ${from}`),
    operatorPaths: [],
    authorise: anyCaller,
    connectionLimits: { ...CONNECTION_LIMITS, untakenAtMost: 24 * mebibyte },
    onPeer: (socket) => socket.close(),
  });
  server = started;
  const port = await started.listen(0, '127.0.0.1');
  const unread = (count: number, localAddress: string): Socket => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    socket.pause();
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(count));
    return socket;
  };
  // Eight connections of one source, each of which leaves less than the bound, and a slow client of another.
  const slow = unread(8, '127.0.0.3');
  const greedy = Array.from({ length: 8 }, () => unread(12, '127.0.0.2'));
  let cutOff = 0;
  for (const socket of greedy) socket.once('close', () => (cutOff += 1));
  // What has been cut off is told by a read alone: a paused socket does not see that the other side has ended.
  const readLater = async (socket: Socket): Promise<number> => {
    let bytes = 0;
    socket.on('data', (data: Buffer) => (bytes += data.length));
    socket.resume();
    await expect.poll(() => socket.destroyed || bytes > 8 * mebibyte, { timeout: 5_000 }).toBe(true);
    return bytes;
  };
  const one = await fetch(`http://127.0.0.1:${port}/`);
  expect((await one.text()).length).toBe(mebibyte);
  expect(await readLater(slow)).toBeGreaterThan(8 * mebibyte);
  await Promise.all(greedy.map(readLater));
  await expect.poll(() => cutOff).toBeGreaterThanOrEqual(5);
  expect([...told]).toEqual(['crowded 127.0.0.2']);
  for (const socket of [slow, ...greedy]) socket.destroy();
});

it('An upgrade for which there is no room is left unanswered for a while before it is closed', async () => {
  const started = createHttpServer({
    onRequests: undefined,
    onGone: () => {},
    operatorPaths: [],
    authorise: anyCaller,
    hasRoomForPeer: () => false,
    onPeer: () => expect.unreachable(),
  });
  server = started;
  const port = await started.listen(0, '127.0.0.1');
  const askedAt = performance.now();
  const key = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const asked = `GET /peer HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n${key}\r\n`;
  expect(await sendRaw(port, asked)).toMatchObject({ statuses: [], isClosed: true });
  expect(performance.now() - askedAt).toBeGreaterThan(900);
});

const LAST = 'GET /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

it('A client that asks for many things at once is answered each, in order', async () => {
  const port = await serve();
  const paths = Array.from({ length: 500 }, (_, number) => `/n${number}`);
  const bodies = await new Promise<string[]>((resolve) => {
    let text = '';
    const requests = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join('');
    const socket = connect(port, '127.0.0.1', () => socket.write(requests));
    socket.on('data', (data: Buffer) => {
      text += data.toString();
      const found = [...text.matchAll(/\r\n\r\n(\/n\d+)/g)].map(([, path = '']) => path);
      if (found.length < paths.length) return;
      socket.destroy();
      resolve(found);
    });
  });
  expect(bodies).toEqual(paths);
});

it('A peer that takes nothing is sent so much and no more, and then linked to anew', async () => {
  let opened = 0;
  let first: Socket | undefined;
  // Between the two: takes what s2 sends and passes it on, or lets it wait.
  const s1 = await node('s1', {});
  const proxy = createNet((near) => {
    opened += 1;
    const far = connect(s1.port, '127.0.0.1');
    far.on('data', (data) => near.write(data));
    near.on('data', (data) => far.write(data));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    if (opened === 1) first = near;
  });
  const port = await listenOn(proxy);
  const s2 = await node('s2', { s1: `127.0.0.1:${port}` });
  s2.links.dial();
  await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
  first?.pause();
  // Long ones fill the buffers of the system and then the 16 MiB of the socket; then the queue.
  const long = election('s2', 's1', 1);
  const message = { ...long.message, end: { epoch: { counter: 1, nodeId: 'n'.repeat(1_000_000) }, index: 1 } };
  for (let count = 0; count < 40; count += 1) {
    s2.links.send({ ...long, message });
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (let count = 0; s2.refused.length === 0 && count < 2 * QUEUED_AT_MOST; count += 1)
    s2.links.send(election('s2', 's1', 2));
  expect(s2.refused).toEqual([
    expect.stringMatching(/^no link to s1: it takes too little: \d+ messages of \d+ characters wait for it$/),
  ]);
  expect(s2.links.queued()['s1']).toBeLessThan(QUEUED_AT_MOST);
  await expect.poll(() => opened, { timeout: 5_000 }).toBe(2);
  await expect.poll(() => s2.links.states(), { timeout: 5_000 }).toEqual({ s1: 'open' });
  s2.links.send(election('s2', 's1', 7));
  await expect.poll(() => s1.heard.at(-1)).toEqual(election('s2', 's1', 7));
  proxy.close();
});
