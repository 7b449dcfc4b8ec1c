import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { HTTP_LIMITS } from '../../../src/transport-http/listener.ts';
import { anyCaller } from '../../support/security/any-caller.ts';

/** Milliseconds for the head, and for the whole request. */
const [HEAD, WHOLE] = [100, 250];
const limits = {
  ...HTTP_LIMITS,
  headersTimeout: HEAD,
  requestTimeout: WHOLE,
  connectionsCheckingInterval: 20,
};

let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server that keeps its answers back until `release`. */
async function serve() {
  const held: number[] = [];
  let isReleased = false;
  const answer = (id: number): void => server?.respond(id, { status: 200, headers: {}, body: '' });
  server = createHttpServer({
    onRequests: (requests) => {
      for (const { id } of requests) {
        if (isReleased) answer(id);
        else held.push(id);
      }
    },
    onGone: () => {},
    operatorPaths: [],
    authorise: anyCaller,
    limits,
    onPeer: (socket) => socket.close(),
  });
  const port = await server.listen(0, '127.0.0.1');
  return {
    port,
    held,
    release: (): void => {
      isReleased = true;
      for (const id of held.splice(0)) answer(id);
    },
  };
}

/** A connection, and the statuses of the answers that have come over it. */
async function client(port: number): Promise<{ readonly socket: Socket; readonly statuses: () => readonly number[] }> {
  let text = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, statuses: () => [...text.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => Number(status)) };
}

const GET = 'GET /events HTTP/1.1\r\nhost: x\r\n\r\n';
const POST = 'POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}';
/** As many as one connection has under way, and as many that wait. */
const CROWD = 32;
const ok = (count: number): readonly number[] => Array.from({ length: count }, () => 200);
const after = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

describe('The time of a request that is on its way', () => {
  it.each([
    ['head', GET],
    ['body', POST],
  ])('stands still over its %s while its connection is paused', async (part, request) => {
    const { port, held, release } = await serve();
    const { socket, statuses } = await client(port);
    const cut = request.length - (part === 'head' ? 10 : 1);
    socket.write(GET.repeat(CROWD) + request.slice(0, cut));
    await expect.poll(() => held.length).toBe(16);
    await after(2 * WHOLE);
    expect(statuses()).toEqual([]);
    release();
    await expect.poll(statuses).toEqual(ok(CROWD));
    socket.write(request.slice(cut));
    await expect.poll(statuses).toEqual(ok(CROWD + 1));
    // Its time is over as well: the next request has its own.
    await after(2 * WHOLE);
    socket.write(GET);
    await expect.poll(statuses).toEqual(ok(CROWD + 2));
    socket.destroy();
  });

  it.each([
    ['head', HEAD, 'GET /events HTTP/1.1\r\nhost: x\r\nx: '],
    ['body', WHOLE, 'POST /events HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n'],
  ])('begins anew once its connection is read again, and ends: over its %s', async (_, limit, beginning) => {
    const { port, held, release } = await serve();
    const { socket, statuses } = await client(port);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(GET.repeat(CROWD) + beginning);
    await expect.poll(() => held.length).toBe(16);
    await after(2 * WHOLE);
    release();
    const releasedAt = performance.now();
    const dripping = setInterval(() => socket.write('x'), 20);
    await closed;
    clearInterval(dripping);
    expect(performance.now() - releasedAt).toBeGreaterThan(limit);
    expect(statuses()).toEqual([...ok(CROWD), 408]);
  });

  it('stands still while the process does', async () => {
    const { port, release } = await serve();
    release();
    const { socket, statuses } = await client(port);
    socket.write(GET.slice(0, 10));
    await after(HEAD / 2);
    // The timers run before the rest is read.
    await new Promise((resolve) => setImmediate(resolve));
    socket.write(GET.slice(10));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * WHOLE);
    await expect.poll(statuses).toEqual([200]);
    socket.destroy();
  });

  it('leaves no listener behind at a connection that asks for another protocol again and again', async () => {
    const warnings: string[] = [];
    const warn = ({ message }: Error): unknown => warnings.push(message);
    process.on('warning', warn);
    const { port, release } = await serve();
    release();
    const { socket, statuses } = await client(port);
    for (let count = 1; count <= 20; count += 1) {
      socket.write('GET /events HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n');
      await expect.poll(statuses, { interval: 1 }).toEqual(ok(count));
    }
    process.off('warning', warn);
    expect(warnings).toEqual([]);
    socket.destroy();
  });
});
