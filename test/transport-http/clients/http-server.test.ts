import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../../src/frontend/front-end-io.ts';
import {
  createHttpServer,
  type HttpServer,
  type HttpServerOptions,
} from '../../../src/transport-http/clients/http-server.ts';
import { anyCaller } from '../../support/security/any-caller.ts';

let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Stage {
  readonly base: string;
  readonly port: number;
  readonly batches: (readonly HttpRequest[])[];
  readonly gone: number[];
}

/** A server whose front end answers with `answer`, or never. */
async function stage(
  answer?: (request: HttpRequest) => string,
  frontEnd = true,
  more: Partial<HttpServerOptions> = {},
): Promise<Stage> {
  const batches: (readonly HttpRequest[])[] = [];
  const gone: number[] = [];
  const started = createHttpServer({
    onRequests: frontEnd
      ? (requests) => {
          batches.push(requests);
          for (const request of requests) {
            const body = answer?.(request);
            if (body !== undefined) started.respond(request.id, { status: 200, headers: { 'x-told': 'yes' }, body });
          }
        }
      : undefined,
    onGone: (id) => gone.push(id),
    operatorPaths: [
      { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: { node: 's1' } }) },
    ],
    authorise: anyCaller,
    onPeer: (socket) => socket.close(),
    ...more,
  });
  server = started;
  const port = await started.listen(0, '127.0.0.1');
  return { base: `http://127.0.0.1:${port}`, port, batches, gone };
}

/** Sends bytes as they are and resolves to all that comes back until the other side closes. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answered = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (answered += text));
    socket.on('close', () => resolve(answered));
    socket.on('error', reject);
  });
}

describe('The HTTP server', () => {
  it('passes a path that is for operators on for whoever proves to be one, and proves its answer to him', async () => {
    const { base, batches } = await stage(() => 'well', true, {
      destinationOf: (method, path) => ({
        path,
        signed: method === 'POST' && path === '/users/0/tickets/add',
        changes: false,
      }),
      authorise: ({ headers, body }) =>
        headers['proof'] === body
          ? { type: 'granted', by: 'operator', sign: ({ status, body: said }) => ({ proof: `${status} ${said}` }) }
          : { type: 'refused', reason: 'no proof' },
    });
    const add = (proof: string) =>
      fetch(`${base}/users/0/tickets/add`, { method: 'POST', headers: { proof }, body: 'x' });
    const refused = await add('y');
    expect([refused.status, await refused.json(), batches.length]).toEqual([401, { error: 'no proof' }, 0]);
    const granted = await add('x');
    expect([granted.status, granted.headers.get('proof'), await granted.text()]).toEqual([200, '200 well', 'well']);
    const open = await fetch(`${base}/users/0`);
    expect([open.status, open.headers.get('proof')]).toEqual([200, null]);
  });

  it('says no in the words of the service, but for the paths of operators', async () => {
    const { base, port } = await stage(undefined, true, {
      refusal: (status, reason) => ({ no: `${status} ${reason}` }),
      destinationOf: (_, path) => ({ path, signed: path === '/trade', changes: false }),
      authorise: () => ({ type: 'refused', reason: 'no proof' }),
    });
    const long = 'x'.repeat(65_537);
    const said = async (path: string, body: string): Promise<unknown> =>
      (await fetch(`${base}${path}`, { method: 'POST', body })).json();
    expect(await said('/trade', '')).toEqual({ no: '401 no proof' });
    expect(await said('/orders', long)).toEqual({ no: '413 the body is longer than 65536 bytes' });
    expect(await said('/status', long)).toEqual({ error: 'the body is longer than 65536 bytes' });
    expect(await said('/status', '')).toEqual({ error: 'this path takes GET only' });
    expect(await raw(port, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*\{"no":"400 this is no HTTP request"\}$/s);
  });

  it('says no in the plain form where the words of the service throw', async () => {
    const { base } = await stage(undefined, true, {
      refusal: () => {
        throw new Error('no words');
      },
    });
    const refused = await fetch(`${base}/orders`, { method: 'POST', body: 'x'.repeat(65_537) });
    expect([refused.status, await refused.json()]).toEqual([413, { error: 'the body is longer than 65536 bytes' }]);
  });

  it('counts each answer under the path as it is written, and what leads nowhere as unknown', async () => {
    const counted: string[] = [];
    const { base } = await stage(() => 'well', true, {
      destinationOf: (method, path) =>
        method === 'GET' && path.startsWith('/users/')
          ? { path: '/users/:userid', signed: false, changes: false }
          : undefined,
      onAnswered: ({ route }) => counted.push(route),
    });
    const long = { method: 'POST', body: 'x'.repeat(65_537) };
    for (const path of ['/users/7?x=1', '/status?verbose', '/nope']) await fetch(`${base}${path}`);
    for (const path of ['/status', '/users/7']) await (await fetch(`${base}${path}`, long)).text();
    expect(counted).toEqual(['/users/:userid', '/status', 'unknown', '/status', 'unknown']);
  });

  it.each(['/nope', '/peer'])('stands a hundred sockets that ask %s for an upgrade and are reset', async (path) => {
    const { base, port } = await stage(() => 'well');
    const upgrade = `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    const resets = Array.from(
      { length: 100 },
      () =>
        new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => {
            socket.write(upgrade, () => socket.resetAndDestroy());
          });
          socket.on('error', () => undefined);
          socket.on('close', () => resolve());
        }),
    );
    await Promise.all(resets);
    const response = await fetch(`${base}/events`);
    expect(await response.text()).toBe('well');
  });

  it('answers a HEAD as a GET without its body, and takes nothing but GET at /status', async () => {
    const { base } = await stage(() => 'well');
    const head = await fetch(`${base}/events`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(`${base}/status`, { method: 'HEAD' })).status).toBe(200);
    const post = await fetch(`${base}/status`, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('hands a request on as it came, with an id and a uuid of version 7, and sends the answer back', async () => {
    const { base, batches } = await stage((request) => `you sent ${request.body}`);
    const response = await fetch(`${base}/events/create?x=1`, {
      method: 'POST',
      body: 'ünïcode',
      headers: { 'X-Name': 'a' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-told')).toBe('yes');
    expect(await response.text()).toBe('you sent ünïcode');
    const request = batches[0]?.[0];
    expect(request).toMatchObject({ id: 1, method: 'POST', path: '/events/create?x=1', body: 'ünïcode' });
    expect(request?.headers['x-name']).toBe('a');
    expect(request?.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('hands on in one batch what arrived in one turn of the event loop', async () => {
    const { port, batches } = await stage(() => 'ok');
    const one = 'GET /events HTTP/1.1\r\nhost: x\r\n\r\n';
    await raw(port, `${one}${one}GET /events HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(batches.map((batch) => batch.map(({ id }) => id))).toEqual([[1, 2, 3]]);
  });

  it('answers GET /status by itself', async () => {
    const { base, batches } = await stage();
    const response = await fetch(`${base}/status`);
    expect(await response.json()).toEqual({ node: 's1' });
    expect(batches).toEqual([]);
  });

  it('answers 404 to everything else where there is no front end', async () => {
    const { base } = await stage(undefined, false);
    const response = await fetch(`${base}/events`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: 'this process is a data server: it answers GET /status only' });
  });

  it('says when a client hangs up before its answer', async () => {
    const { port, batches, gone } = await stage();
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /events HTTP/1.1\r\nhost: x\r\n\r\n'));
    await expect.poll(() => batches.length).toBe(1);
    socket.resetAndDestroy();
    await expect.poll(() => gone).toEqual([1]);
  });

  it('refuses a body that says it is too long with 413, and closes', async () => {
    const { port, batches } = await stage(() => 'ok');
    const answered = await raw(
      port,
      `POST /events/create HTTP/1.1\r\nhost: x\r\ncontent-length: 65537\r\n\r\n${'a'.repeat(65_537)}`,
    );
    expect(answered).toMatch(/^HTTP\/1\.1 413 /);
    expect(answered).toContain('"error":"the body is longer than 65536 bytes"');
    expect(batches).toEqual([]);
  });

  it('refuses a body that turns out too long with 413, and closes', async () => {
    const { port } = await stage(() => 'ok');
    const chunk = `8000\r\n${'a'.repeat(0x8000)}\r\n`;
    const answered = await raw(
      port,
      `POST /events/create HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(3)}0\r\n\r\n`,
    );
    expect(answered).toMatch(/^HTTP\/1\.1 413 /);
    expect(answered).toContain('"error"');
  });

  it('takes a body of exactly the limit', async () => {
    const { base } = await stage(({ body }) => String(body.length));
    const response = await fetch(base, { method: 'POST', body: 'a'.repeat(65_536) });
    expect(await response.text()).toBe('65536');
  });

  it('does not ask for a body that will be too long', async () => {
    const { port } = await stage(() => 'ok');
    const answered = await raw(
      port,
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999\r\nexpect: 100-continue\r\n\r\n',
    );
    expect(answered).toMatch(/^HTTP\/1\.1 413 /);
  });

  it.each([
    ['bytes that are no HTTP', 'hello\r\n\r\n', 400],
    [
      'a body that is not UTF-8',
      'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n\u00ff',
      400,
    ],
    ['headers that are too long', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('refuses %s and goes on serving', async (_, bytes, status) => {
    const { base, port } = await stage(() => 'ok');
    const answered = await rawLatin(port, bytes);
    expect(answered).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answered).toContain('"error"');
    expect(await (await fetch(base)).text()).toBe('ok');
  });

  it('ignores an upgrade to a WebSocket anywhere but at /peer', async () => {
    const { port } = await stage(() => 'ok');
    const answered = await raw(
      port,
      'GET /other HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n',
    );
    expect(answered).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('rejects when its port is taken', async () => {
    const { port } = await stage();
    const second = createHttpServer({
      onRequests: undefined,
      onGone: () => {},
      operatorPaths: [],
      authorise: anyCaller,
      onPeer: () => {},
    });
    await expect(second.listen(port, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
  });
});

/** As `raw`, one byte per character. */
function rawLatin(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answered = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
    socket.on('data', (data: Buffer) => (answered += data.toString()));
    socket.on('close', () => resolve(answered));
    socket.on('error', reject);
  });
}
