import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../../src/live/shutdown/wait-until.ts';
import { onlyLocal } from '../../../src/security/authorise.ts';
import { plainRequestIn } from '../../../src/transport-http/clients/fast-path.ts';
import { createHttpServer, type HttpServer } from '../../../src/transport-http/clients/http-server.ts';

const MAX_HEADER = 16 * 1024;

interface Heard {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: object;
  readonly body: string;
}

/** The dumb twin: node:http, and what it makes of bytes. */
let twin: Server;
let port: number;
let heard: (Heard | 'no HTTP')[] = [];

beforeAll(async () => {
  twin = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => (body += text));
    request.on('end', () => {
      const headers: Record<string, string> = {};
      for (const [of, said] of Object.entries(request.headers)) headers[of] = String(said);
      heard.push({ method: request.method, path: request.url, headers, body });
      response.end();
    });
  });
  twin.on('clientError', (_, socket) => {
    heard.push('no HTTP');
    socket.destroy();
  });
  await new Promise<void>((resolve) => twin.listen(0, '127.0.0.1', resolve));
  const address = twin.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});

afterAll(() => new Promise((resolve) => void twin.close(resolve)));

/** All that node:http makes of `bytes`, when they are all it gets. */
function heardByTwin(bytes: Buffer): Promise<readonly (Heard | 'no HTTP')[]> {
  heard = [];
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('error', reject);
    // Its answer, which comes once it has all of a request; what would follow upon it would come at once.
    socket.on('data', () => setImmediate(() => socket.destroy()));
    socket.on('close', () => resolve(heard));
  });
}

const name = fc.oneof(
  fc.constantFrom('host', 'Host', 'content-type', 'X-Request-Id', 'connection', 'Connection', 'expect', 'cookie'),
  fc.constantFrom('transfer-encoding', 'content-length', 'Set-Cookie', 'a_b', 'a b', '', '__proto__', 'constructor'),
);
const value = fc.oneof(
  fc.constantFrom(
    'x',
    'keep-alive',
    'close',
    'chunked',
    '5',
    ' 5',
    '5 ',
    '+5',
    '05',
    'a, b',
    '"é"',
    'a\tb',
    'a\0b',
    '',
  ),
  fc.string({ maxLength: 8 }),
);
const sane = fc.constantFrom(
  'content-type: application/json',
  'Accept: */*',
  'X-Request-Id:  7',
  'connection: keep-alive',
);
const odd = fc.tuple(name, fc.constantFrom(':', ': ', ':  ', ' : '), value).map((parts) => parts.join(''));
const header = fc.oneof({ weight: 3, arbitrary: sane }, { weight: 1, arbitrary: odd });
/** Mostly what is in order. */
const mostly = (usual: string, ...others: readonly string[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
const request = fc
  .record({
    method: mostly('POST', 'GET', 'HEAD', 'get', 'PUT'),
    path: mostly('/users/create', '/', '/a?b=c&d=%20', '/é', '*', 'http://x/', '/a b', '/#'),
    version: mostly('1.1', '1.0', '1.2'),
    headers: fc.array(header, { maxLength: 3 }),
    body: fc.constantFrom('', '', '{"username":"ada"}', 'é', '12345', '0\r\n\r\n', 'GET / HTTP/1.1\r\nhost: y\r\n\r\n'),
    off: fc.constantFrom(0, 0, 0, 0, 0, 1, -1),
    end: mostly('\r\n', '\n'),
    isHosted: fc.constantFrom(true, true, true, false),
  })
  .map(({ method, path, version, headers, body, off, end, isHosted }) => {
    const size = Buffer.byteLength(body) + off;
    const own = [...(isHosted ? ['Host: x'] : []), ...(size > 0 ? [`content-length: ${size}`] : [])];
    return Buffer.from([`${method} ${path} HTTP/${version}`, ...own, ...headers, '', body].join(end));
  });

describe('A plain request', () => {
  it('is to node:http the very same, all of it and nothing behind it', async () => {
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        const found = plainRequestIn(bytes, MAX_HEADER);
        if (found === undefined) return;
        plain += 1;
        expect(await heardByTwin(bytes)).toEqual([found]);
      }),
      { numRuns: 2_000 },
    );
    expect(plain).toBeGreaterThan(200);
  });

  it.each([
    ['a head that is not whole', 'GET / HTTP/1.1\r\nhost: x\r\n'],
    ['a body that is not whole', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nx'],
    ['another request behind it', 'GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx'],
    ['a length and chunks', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\nx'],
    ['a line that goes on', 'GET / HTTP/1.1\r\nhost: x\r\n y: z\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a head that is too long', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(MAX_HEADER)}\r\n\r\n`],
    ['a body that is not UTF-8', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n\xff'],
  ])('has not %s', (_, text) => {
    expect(plainRequestIn(Buffer.from(text, 'latin1'), MAX_HEADER)).toBeUndefined();
  });
});

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const chunked = 'POST /b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n';

describe('A connection', () => {
  let server: HttpServer;
  let at: number;
  let served: string[] = [];

  beforeAll(async () => {
    server = createHttpServer({
      onRequests: (requests) => {
        for (const { id, method, path, body } of requests) {
          served.push(path);
          const headers: Record<string, string> = path === '/last' ? { connection: 'close' } : {};
          const status = path === '/nothing' ? 204 : 200;
          const said = path === '/much' ? 'x'.repeat(1_000_000) : `[${method} ${path} ${body}]`;
          server.respond(id, { status, headers, body: said });
        }
      },
      onGone: () => {},
      operatorPaths: [],
      authorise: onlyLocal,
      onPeer: (socket) => socket.close(),
    });
    at = await server.listen(0, '127.0.0.1');
  });

  afterAll(() => server.close());

  /** Sends each of `parts` once something has come back for the one before; resolves to the bodies of the answers. */
  function bodiesOf(parts: readonly string[], count: number): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      let [text, sent] = ['', 1];
      const socket = connect(at, '127.0.0.1', () => socket.write(parts[0] ?? ''));
      socket.on('error', reject);
      socket.on('data', (data: Buffer) => {
        text += data.toString();
        const bodies = [...text.matchAll(/\[[^\]]*\]/g)].map(([body]) => body);
        const next = parts[sent];
        sent += 1;
        if (next !== undefined) socket.write(next);
        if (bodies.length < count) return;
        socket.destroy();
        resolve(bodies);
      });
    });
  }

  it('that is no plain one any more is gone on with from there', async () => {
    expect(await bodiesOf([get('/a'), chunked, get('/c')], 3)).toEqual(['[GET /a ]', '[POST /b hi]', '[GET /c ]']);
  });

  it('whose requests come without waiting is answered each, in order, wherever they are cut', async () => {
    const all = `${get('/a')}${chunked}${get('/c')}`;
    for (let cut = 1; cut < all.length; cut += 7) {
      const socket = connect(at, '127.0.0.1', () => {
        socket.setNoDelay(true);
        socket.write(all.slice(0, cut));
        setImmediate(() => socket.write(all.slice(cut)));
      });
      let text = '';
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.on('data', (data: Buffer) => {
          text += data.toString();
          if (text.includes('/c')) resolve();
        });
      });
      socket.destroy();
      expect([...text.matchAll(/\[[^\]]*\]/g)].map(([body]) => body)).toEqual([
        '[GET /a ]',
        '[POST /b hi]',
        '[GET /c ]',
      ]);
    }
  });

  it('is asked no further while nobody reads its answers', async () => {
    served = [];
    const socket = connect(at, '127.0.0.1');
    socket.pause();
    // Each alone: two at once would be somebody else's.
    for (let sent = 1; sent <= 60 && served.length === sent - 1; sent += 1) {
      socket.write(get('/much'));
      await waitUntil(() => served.length === sent, 500);
    }
    // What the system takes on both ends, and no more: never all of sixty megabytes.
    expect(served.length).toBeGreaterThan(0);
    expect(served.length).toBeLessThan(40);
    socket.destroy();
  });

  it('ends with the answer that says so: what comes behind is not carried out', async () => {
    served = [];
    const text = await new Promise<string>((resolve, reject) => {
      let all = '';
      const socket = connect(at, '127.0.0.1', () => socket.write(get('/last')));
      socket.on('error', reject);
      socket.on('data', (data: Buffer) => {
        all += data.toString();
        socket.write(get('/after'));
      });
      socket.on('close', () => resolve(all));
    });
    expect(text).toContain('connection: close');
    expect(served).toEqual(['/last']);
  });

  it('has no body where the status forbids one', async () => {
    expect(await bodiesOf([get('/nothing'), get('/b')], 1)).toEqual(['[GET /b ]']);
  });
});
