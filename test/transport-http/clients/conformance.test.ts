import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTls } from '../../../src/security/tls.ts';
import { createHttpServer, type HttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { type Certificates, makeCertificates } from '../../support/security/certificates.ts';
import { sendRaw } from '../../support/transport-http/raw-http.ts';
import { anyCaller } from '../../support/security/any-caller.ts';

let server: HttpServer;
let port: number;
/** The paths that the service was asked, with the bodies. */
let asked: string[] = [];
/** Requests of `/held`, which are answered when the test says so. */
let held: number[] = [];

beforeAll(async () => {
  server = createHttpServer({
    onRequests: (requests) => {
      for (const { id, method, path, body } of requests) {
        asked.push(`${method} ${path} ${body}`);
        if (path === '/held') held.push(id);
        else answer(id, path);
      }
    },
    onGone: () => {},
    operatorPaths: [{ method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: {} }) }],
    authorise: anyCaller,
    onPeer: (socket) => socket.close(),
  });
  port = await server.listen(0, '127.0.0.1');
});

function answer(id: number, path: string): void {
  if (path === '/last') server.respond(id, { status: 200, headers: { connection: 'close' }, body: path });
  else if (path === '/nothing') server.respond(id, { status: 204, headers: {}, body: '' });
  else if (path === '/no-header') server.respond(id, { status: 200, headers: { 'x-a': 'a\nb' }, body: path });
  else if (path === '/no-status') server.respond(id, { status: 20, headers: {}, body: path });
  else server.respond(id, { status: 200, headers: {}, body: path });
}

afterAll(() => server.close());

const HOST = 'Host: x\r\n';
const BODY = '{"username":"rfc"}';
const post = (headers: string, body = BODY): string => `POST /users/create HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
const get = (path: string): string => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`;
const chunk = `12\r\n${BODY}\r\n0\r\n\r\n`;
const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';

describe('A request', () => {
  it.each<[string, string, number[]]>([
    ['two hosts', `GET /a HTTP/1.1\r\n${HOST}Host: y\r\n\r\n`, [400]],
    ['two equal hosts', `GET /a HTTP/1.1\r\n${HOST}${HOST}\r\n`, [400]],
    ['a host with a space', 'GET /a HTTP/1.1\r\nHost: a b\r\n\r\n', [400]],
    ['a host with a path', 'GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n', [400]],
    ['no host', 'GET /a HTTP/1.1\r\n\r\n', [400]],
    ['no host in HTTP/1.0', 'GET /a HTTP/1.0\r\n\r\n', [200]],
    ['an empty host', 'GET /a HTTP/1.1\r\nHost:\r\n\r\n', [200]],
    ['an IPv6 host', 'GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', [200]],
    ['an absolute target', `GET http://x/a HTTP/1.1\r\n${HOST}\r\n`, [200]],
    ['an absolute target without a path', `GET https://x:80?b HTTP/1.1\r\n${HOST}\r\n`, [200]],
    ['an absolute target with a user', `GET http://me@x/a HTTP/1.1\r\n${HOST}\r\n`, [400]],
    ['a target of the whole server', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, [204]],
    ['another target', `GET * HTTP/1.1\r\n${HOST}\r\n`, [400]],
    ['a tunnel as its wish', `CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`, [405]],
    ['a length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', chunk), [400]],
    ['an unknown transfer coding', post('Transfer-Encoding: identity\r\n'), [501]],
    ['gzip and chunks', post('Transfer-Encoding: gzip, chunked\r\n', chunk), [501]],
    ['chunks twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', chunk), [400]],
    ['chunks in HTTP/1.0', `POST /a HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${chunk}`, [400]],
    ['chunks', post('Transfer-Encoding: Chunked\r\n', chunk), [200]],
    ['a compressed body', post('Content-Encoding: gzip\r\nContent-Length: 18\r\n'), [415]],
    ['a body as it is', post('Content-Encoding: identity\r\nContent-Length: 18\r\n'), [200]],
    ['a body that is too long', post('Content-Length: 70000\r\n', 'x'.repeat(70_000)) + get('/a'), [413]],
    ['an unknown method', `FOO /a HTTP/1.1\r\n${HOST}\r\n`, [501]],
    ['an unknown method behind another', `${get('/a')}FOO /a HTTP/1.1\r\n${HOST}\r\n`, [200, 501]],
    ['another expectation', post('Expect: 200-ok\r\nContent-Length: 18\r\n'), [417]],
    ['HTTP/2 as its version', `GET /a HTTP/2.0\r\n${HOST}\r\n`, [505]],
    ['a version of its own', `GET /a HTTP/7.1\r\n${HOST}\r\n`, [505]],
    ['lines that end in a line feed alone', `GET /a HTTP/1.1\n${HOST}\r\n`, [400]],
    ['a wish for h2c', `GET /a HTTP/1.1\r\n${HOST}${upgrade}\r\n`, [200]],
    ['a wish for h2c at /status', `GET /status HTTP/1.1\r\n${HOST}${upgrade}\r\n`, [200]],
    ['a wish for h2c at /peer', `GET /peer HTTP/1.1\r\n${HOST}${upgrade}\r\n`, [426]],
    ['a body behind an upgrade', post('Connection: Upgrade\r\nUpgrade: foo/2\r\nContent-Length: 18\r\n'), [200]],
    ['a request behind an upgrade', `GET /a HTTP/1.1\r\n${HOST}${upgrade}\r\n${get('/b')}`, [200, 200]],
    ['a body of bad JSON, and one behind it', `${post('Content-Length: 1\r\n', '{')}${get('/a')}`, [200, 200]],
    ['bytes behind it that are no request', `${post('Content-Length: 18\r\n')}xyz\r\n\r\n`, [200, 400]],
    ['half of another behind it', `${get('/a')}GET /b HTTP/1.1\r\n`, [200]],
    ['a status without a body', get('/nothing') + get('/a'), [204, 200]],
    ['an answer with a header that is none', get('/no-header') + get('/a'), [500, 200]],
    ['an answer with a status that is none', get('/no-status') + get('/a'), [500, 200]],
  ])('with %s is answered', async (_, bytes, statuses) => {
    const answers = await sendRaw(port, bytes, { count: statuses.length });
    expect(answers.statuses).toEqual(statuses);
    const heads = answers.text.split('HTTP/1.1 ').length - 1;
    expect(answers.text.match(/cache-control: no-store/g)).toHaveLength(heads);
  });

  it('keeps its path, its body and its other headers when its upgrade is ignored', async () => {
    asked = [];
    const answers = await sendRaw(port, `${post(`${upgrade}Content-Length: 18\r\n`)}${get('/b')}`, { count: 2 });
    expect(answers.statuses).toEqual([200, 200]);
    expect(asked).toEqual([`POST /users/create ${BODY}`, 'GET /b ']);
  });

  it('may wish for an upgrade as often as it likes on one connection', async () => {
    const bytes = `GET /a HTTP/1.1\r\n${HOST}${upgrade}\r\n`.repeat(30);
    expect((await sendRaw(port, bytes, { count: 30 })).statuses).toEqual(Array.from({ length: 30 }, () => 200));
  });

  it('is answered although its client has ended its side', async () => {
    const answers = await sendRaw(port, get('/a'), { ends: true });
    expect(answers).toMatchObject({ statuses: [200], isClosed: true });
  });

  it('is not answered where the client ends its side before it is whole', async () => {
    const answers = await sendRaw(port, post('Content-Length: 30\r\n'), { ends: true });
    expect(answers).toMatchObject({ statuses: [400], isClosed: true });
  });
});

/** What comes behind a request that is held, and both together. */
const late = (bytes: string): readonly [string, string] => [bytes, `${get('/held')}${bytes}`];

describe('A request that waits for its answer', () => {
  it.each([
    ['bytes that are no request', ...late('xyz\r\n\r\n'), 400],
    ['headers that are too long', ...late(`GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(20_000)}\r\n\r\n`), 431],
    ['a tunnel', ...late(`CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`), 405],
    ['a link of a browser', ...late(`${peerUpgrade()}Origin: http://x\r\n\r\n`), 403],
    ['an upgrade', ...late(`GET /a HTTP/1.1\r\n${HOST}${upgrade}\r\n`), 200],
    ['two hosts', ...late(`GET /a HTTP/1.1\r\n${HOST}${HOST}\r\n`), 400],
    ['a body that is too long', ...late(post('Content-Length: 70000\r\n', '')), 413],
  ])('is answered before %s behind it', async (_, __, bytes, status) => {
    held = [];
    const answers = sendRaw(port, bytes, { count: 2 });
    await expect.poll(() => held.length).toBe(1);
    // What comes behind has been read by now.
    await new Promise((resolve) => setImmediate(resolve));
    for (const id of held) server.respond(id, { status: 201, headers: {}, body: 'held' });
    expect((await answers).statuses).toEqual([201, status]);
  });

  it('is passed on though another connection has pipelined thousands, of which sixteen are', async () => {
    held = [];
    const flood = connect(port, '127.0.0.1');
    flood.write(get('/held').repeat(20_000));
    await expect.poll(() => held.length).toBe(16);
    const other = sendRaw(port, get('/held'), { count: 1 });
    await expect.poll(() => held.length).toBe(17);
    server.respond(held.at(-1) ?? 0, { status: 201, headers: {}, body: '' });
    expect((await other).statuses).toEqual([201]);
    flood.destroy();
  });

  it('is one of at most a thousand on its connection', async () => {
    held = [];
    const answers = sendRaw(port, get('/held').repeat(1_010));
    let answered = 0;
    const answerAll = (): number => {
      for (const id of held.slice(answered)) server.respond(id, { status: 201, headers: {}, body: '' });
      return (answered = held.length);
    };
    // All of them have been read, and only sixteen passed on.
    await expect.poll(() => held.length).toBe(16);
    await expect.poll(answerAll, { interval: 1 }).toBe(1_000);
    const { statuses, isClosed } = await answers;
    expect(statuses.slice(0, 1_000).every((status) => status === 201)).toBe(true);
    expect([statuses.slice(1_000), isClosed]).toEqual([[503], true]);
  });
});

function peerUpgrade(): string {
  return `GET /peer HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`;
}

describe('A connection', () => {
  it('whose requests come in two pieces is answered each, in order, wherever they are cut', async () => {
    const chunked = `POST /b HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`;
    const all = `${get('/a')}${chunked}GET /c HTTP/1.1\r\n${HOST}${upgrade}\r\n${get('/d')}`;
    for (let cut = 1; cut < all.length; cut += 7) {
      asked = [];
      const socket = connect(port, '127.0.0.1', () => {
        socket.setNoDelay(true);
        socket.write(all.slice(0, cut));
        setImmediate(() => socket.write(all.slice(cut)));
      });
      let text = '';
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.on('data', (data: Buffer) => {
          text += data.toString();
          if (text.includes('\r\n\r\n/d')) resolve();
        });
      });
      socket.destroy();
      expect([...text.matchAll(/\r\n\r\n(\/\w)/g)].map(([, path]) => path)).toEqual(['/a', '/b', '/c', '/d']);
      expect(asked).toEqual(['GET /a ', 'POST /b hi', 'GET /c ', 'GET /d ']);
    }
  });

  it('ends with the answer that says so: what comes behind it is not carried out', async () => {
    asked = [];
    const { statuses, isClosed } = await sendRaw(port, get('/last'));
    expect([statuses, isClosed, asked]).toEqual([[200], true, ['GET /last ']]);
  });
});

describe('Over TLS', () => {
  let made: Certificates;
  let secure: HttpServer;
  let at: number;
  let ca: Buffer;

  beforeAll(async () => {
    made = makeCertificates();
    ca = readFileSync(made.ca);
    secure = createHttpServer({
      onRequests: (requests) => {
        for (const { id, path } of requests)
          setImmediate(() => secure.respond(id, { status: 200, headers: {}, body: path }));
      },
      onGone: () => {},
      operatorPaths: [],
      authorise: anyCaller,
      tls: await readTls({ cert: made.cert, key: made.key, ca: made.ca }),
      onPeer: (socket) => socket.close(),
    });
    at = await secure.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await secure.close();
    made.remove();
  });

  it.each<[string, string, number[]]>([
    ['bytes behind a request', `${get('/a')}xyz\r\n\r\n`, [200, 400]],
    ['a wish for h2c and a request behind it', `GET /a HTTP/1.1\r\n${HOST}${upgrade}\r\n${get('/b')}`, [200, 200]],
    ['two hosts', `GET /a HTTP/1.1\r\n${HOST}${HOST}\r\n`, [400]],
    ['a tunnel behind a request', `${get('/a')}CONNECT x:1 HTTP/1.1\r\n${HOST}\r\n`, [200, 405]],
  ])('%s are answered the same', async (_, bytes, statuses) => {
    expect((await sendRaw(at, bytes, { count: statuses.length, ca })).statuses).toEqual(statuses);
  });

  it('a client that ends its side is answered', async () => {
    expect(await sendRaw(at, get('/a'), { ends: true, ca })).toMatchObject({ statuses: [200] });
  });
});
