import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withSecret } from '../../src/security/authorise.ts';
import { callProcess, callSigned } from '../../src/security/call-process.ts';
import { secretOf } from '../../src/security/secret.ts';
import {
  certificateProblem,
  type ClientCerts,
  readTls,
  readTlsCaller,
  type Tls,
  type TlsCaller,
} from '../../src/security/tls.ts';
import { createHttpServer, type HttpServer } from '../../src/transport-http/clients/http-server.ts';
import { type Certificates, makeCertificates } from '../support/security/certificates.ts';
import { election, node, SECRET, strike } from '../support/transport-http/peer-node.ts';

let made: Certificates;
let server: HttpServer | undefined;

beforeAll(() => {
  made = makeCertificates();
});

afterAll(() => made.remove());

afterEach(async () => {
  await strike();
  await server?.close();
  server = undefined;
});

const ours = (clientCerts: ClientCerts = 'nobody'): Promise<Tls> =>
  readTls({ cert: made.cert, key: made.key, ca: made.ca, clientCerts });

/** One that believes this cluster, and shows no certificate, its own, or that of a stranger. */
function caller(shows: 'nothing' | 'node' | 'stranger'): Promise<TlsCaller> {
  const shown = {
    nothing: {},
    node: { cert: made.cert, key: made.key },
    stranger: { cert: made.strangerCert, key: made.strangerKey },
  };
  return readTlsCaller({ ca: made.ca, ...shown[shows] });
}

/** A process with a path for anybody and one for operators. */
async function serve(clientCerts: ClientCerts): Promise<string> {
  server = createHttpServer({
    onRequests: undefined,
    onGone: () => {},
    operatorPaths: [
      { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: { node: 's1' } }) },
      { method: 'POST', path: '/understudy/leave', signed: true, answer: ({ body }) => ({ status: 200, body }) },
    ],
    authorise: withSecret(SECRET, { nodeId: 's1', clusterId: '', incarnation: 0 }, Date.now),
    tls: await ours(clientCerts),
    onPeer: (socket) => socket.close(),
  });
  return `127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
}

/** A signed path called with no certificate, in a TLS session that is gone on with where one is given. */
function session(
  port: number,
  known: Buffer | undefined,
): Promise<{ readonly session: Buffer; readonly answer: string }> {
  return new Promise((resolve, reject) => {
    const resumption = known === undefined ? {} : { session: known };
    const socket = connectTls({ port, host: '127.0.0.1', ca: readFileSync(made.ca), ...resumption });
    let latest: Buffer = Buffer.alloc(0);
    let answer = '';
    socket.on('session', (given: Buffer) => (latest = given));
    socket.on('secureConnect', () =>
      socket.write('POST /understudy/leave HTTP/1.1\r\nhost: s1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
    );
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve({ session: latest, answer }));
    socket.on('error', reject);
  });
}

describe('Links over TLS', () => {
  it.each(['nobody', 'peers', 'everyone'] as const)('open where %s must show a certificate', async (clientCerts) => {
    const options = { secret: SECRET, tls: await ours(clientCerts) };
    const s1 = await node('s1', {}, options);
    const s2 = await node('s2', { s1: s1.address }, options);
    s2.links.dial();
    await expect.poll(() => s2.links.states()).toEqual({ s1: 'open' });
    s2.links.send(election('s2', 's1', 1));
    await expect.poll(() => s1.heard).toEqual([election('s2', 's1', 1)]);
  });

  it.each(['peers', 'everyone'] as const)(
    'are refused to a peer with a certificate of no node of the cluster, where %s must show one',
    async (clientCerts) => {
      const s1 = await node('s1', {}, { secret: SECRET, tls: await ours(clientCerts) });
      const stranger = await readTls({ cert: made.strangerCert, key: made.strangerKey, ca: made.ca });
      const s2 = await node('s2', { s1: s1.address }, { secret: SECRET, tls: stranger });
      s2.links.dial();
      await expect.poll(() => s2.refused.length).toBeGreaterThan(0);
      expect(s2.refused[0]).toMatch(
        clientCerts === 'peers' ? /server response: 401/ : /certificate|alert|hang up|ECONNRESET/i,
      );
      expect(s2.links.states()).toEqual({ s1: 'connecting' });
      expect(s1.heard).toEqual([]);
    },
  );

  it.each(['peers', 'everyone'] as const)(
    'are refused to a node under a name that its certificate does not bear, where %s must show one',
    async (clientCerts) => {
      const s1 = await node('s1', {}, { tls: await ours(clientCerts) });
      const other = { cert: made.otherNodeCert, key: made.otherNodeKey, ca: made.ca, clientCerts };
      const s2 = await node('s2', { s1: s1.address }, { tls: await readTls(other) });
      s2.links.dial();
      s2.links.send(election('s2', 's1', 1));
      await expect
        .poll(() => s2.refused)
        .toEqual([
          `no link to s1: it refuses this node: ${JSON.stringify('the certificate shown is not one of "s2": neither its common name nor a DNS name of it')}`,
        ]);
      expect(s1.heard).toEqual([]);
      // The very node that it names is heard.
      const s3 = await node('s3', { s1: s1.address }, { tls: await readTls(other) });
      s3.links.dial();
      s3.links.send(election('s3', 's1', 1));
      await expect.poll(() => s1.heard).toEqual([election('s3', 's1', 1)]);
    },
  );

  it('are not opened to a node whose certificate does not bear its name', async () => {
    const other = { cert: made.otherNodeCert, key: made.otherNodeKey, ca: made.ca, clientCerts: 'peers' } as const;
    const s2 = await node('s2', {}, { tls: await readTls(other) });
    const s1 = await node('s1', { s2: s2.address }, { tls: await ours('peers') });
    s1.links.dial();
    s1.links.send(election('s1', 's2', 1));
    await expect
      .poll(() => s1.refused)
      .toContain(
        'no link to s2: the certificate shown is not one of "s2": neither its common name nor a DNS name of it',
      );
    expect(s2.heard).toEqual([]);
  });

  it('are not opened to one whose certificate no authority of the cluster has signed', async () => {
    const stranger = await readTls({ cert: made.strangerCert, key: made.strangerKey, ca: made.ca });
    const s1 = await node('s1', {}, { secret: SECRET, tls: stranger });
    const s2 = await node('s2', { s1: s1.address }, { secret: SECRET, tls: await ours() });
    s2.links.dial();
    // Some versions of Node.js say behind it what one may do.
    await expect.poll(() => s2.refused).toEqual([expect.stringMatching(/^no link to s1: self-signed certificate/)]);
  });
});

describe('Calls over TLS', () => {
  it('are answered, and do not show the secret', async () => {
    const address = await serve('nobody');
    const credentials = { secret: SECRET, tls: await caller('nothing') };
    const answer = await callSigned(address, { method: 'POST', path: '/understudy/leave', body: 'now' }, credentials);
    expect([answer.status, answer.body]).toEqual([200, 'now']);
  });

  it.each(['nothing', 'stranger'] as const)(
    'take no signed call that shows %s where peers must show one',
    async (shows) => {
      const address = await serve('peers');
      const leave = { method: 'POST', path: '/understudy/leave' } as const;
      const credentials = { secret: SECRET, tls: await caller(shows) };
      expect((await callProcess(address, { method: 'GET', path: '/status' }, credentials)).status).toBe(200);
      const refused = await callSigned(address, leave, credentials);
      expect([refused.status, refused.body]).toEqual([401, '{"error":"this call needs a certificate"}']);
    },
  );

  it('take a signed call that shows a certificate of a node', async () => {
    const address = await serve('peers');
    const leave = { method: 'POST', path: '/understudy/leave' } as const;
    const answer = await callSigned(address, leave, { secret: SECRET, tls: await caller('node') });
    expect(answer.status).toBe(200);
  });

  it('do not take a session that began without a certificate for one that had one, when it is resumed', async () => {
    const port = Number((await serve('peers')).split(':')[1]);
    const first = await session(port, undefined);
    const resumed = await session(port, first.session);
    expect(resumed.answer).toMatch(/^HTTP\/1.1 401 .*this call needs a certificate/s);
    expect(first.answer).toMatch(/^HTTP\/1.1 401 /);
  });

  it.each(['nothing', 'stranger'] as const)('take no call at all that shows %s where everyone must', async (shows) => {
    const address = await serve('everyone');
    const status = { method: 'GET', path: '/status' } as const;
    await expect(callProcess(address, status, { secret: undefined, tls: await caller(shows) })).rejects.toThrow();
  });

  it('take a call that shows a certificate of a node where everyone must', async () => {
    const address = await serve('everyone');
    const status = { method: 'GET', path: '/status' } as const;
    expect((await callProcess(address, status, { secret: undefined, tls: await caller('node') })).status).toBe(200);
  });

  it('are not believed an answer by one who does not know the secret', async () => {
    const address = await serve('nobody');
    const tls = await caller('nothing');
    const wrong = { secret: secretOf(Buffer.from('another secret of theirs')), tls };
    const leave = { method: 'POST', path: '/understudy/leave' } as const;
    expect((await callSigned(address, leave, wrong)).status).toBe(401);
    // A path that is not signed proves nothing.
    const status = callSigned(address, { method: 'GET', path: '/status' }, { secret: SECRET, tls });
    await expect(status).rejects.toThrow("does not know the cluster's secret");
  });

  it('are cut off when they are not in TLS, and the port goes on answering', async () => {
    const address = await serve('nobody');
    const port = Number(address.split(':')[1]);
    const answered = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connectPlain(port, '127.0.0.1', () => socket.write('GET /status HTTP/1.1\r\nhost: x\r\n\r\n'));
      socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(answered).not.toContain('s1');
    const status = { method: 'GET', path: '/status' } as const;
    expect((await callProcess(address, status, { secret: undefined, tls: await caller('nothing') })).status).toBe(200);
  });

  it('end when the server closes, in the middle of a handshake and after it', async () => {
    const address = await serve('nobody');
    const port = Number(address.split(':')[1]);
    const half = connectPlain(port, '127.0.0.1');
    const whole = connectTls({ port, host: '127.0.0.1', ca: (await caller('nothing')).ca });
    const closed = [half, whole].map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on('error', () => undefined);
          socket.once('close', () => resolve());
        }),
    );
    await new Promise<void>((resolve) => whole.once('secureConnect', () => resolve()));
    await server?.close();
    await Promise.all(closed);
  });
});

describe('Files of certificates', () => {
  it.each([
    ['that are not there', { cert: '/nowhere/cert.pem', key: 'k' }, '/nowhere/cert.pem cannot be read'],
    [
      'that are none',
      { cert: 'package.json', key: 'package.json' },
      'package.json and package.json are no certificate and its key',
    ],
  ])('%s are refused with their name', async (_, files, reason) => {
    await expect(readTls(files)).rejects.toThrow(reason);
  });

  it('of two that do not belong together are refused', async () => {
    await expect(readTls({ cert: made.cert, key: made.strangerKey })).rejects.toThrow('are no certificate and its key');
    await expect(readTlsCaller({ cert: made.cert })).rejects.toThrow('given together');
    await expect(readTls({ cert: made.cert, key: made.key, clientCerts: 'peers' })).rejects.toThrow(
      'says who signs them',
    );
  });
});

it('A certificate that has expired, is not valid yet or expires soon is told', async () => {
  const tls = await readTls({ cert: made.cert, key: made.key });
  const day = 86_400_000;
  expect(certificateProblem(tls, Date.now())).toMatch(/^its certificate expires on /);
  expect(certificateProblem(tls, Date.now() + 3 * day)).toMatch(
    /^its certificate has expired on .*: others refuse it$/,
  );
  expect(certificateProblem(tls, Date.now() - 3 * day)).toMatch(/^its certificate is valid only from /);
});
