import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { withSecret } from '../../src/security/authorise.ts';
import { audienceAt, callSigned } from '../../src/security/call-process.ts';
import { secretOf } from '../../src/security/secret.ts';
import { createHttpServer, type HttpServer } from '../../src/transport-http/clients/http-server.ts';

const SECRET = secretOf(Buffer.from('a secret of the tests'));
const OPERATOR = { secret: SECRET, tls: undefined };
const STRANGER = { secret: undefined, tls: undefined };
const ORDER = { method: 'POST', path: '/understudy/order', body: { type: 'leave' } } as const;

let server: HttpServer | undefined;

afterEach(() => server?.close());

describe('An order that names its node', () => {
  it('is carried out by that node', async () => {
    const { address, orders } = await open('s1');
    expect((await callSigned(address, { ...ORDER, to: 's1' }, OPERATOR)).status).toBe(200);
    expect(orders).toEqual(['{"type":"leave"}']);
  });

  it('is refused without the secret, from this machine as well', async () => {
    const { address, orders } = await open('s1');
    expect((await callSigned(address, { ...ORDER, to: 's1' }, STRANGER)).status).toBe(401);
    expect(orders).toEqual([]);
  });

  it('is given to no other process that listens there', async () => {
    const { address, orders } = await open('s1');
    await expect(callSigned(address, { ...ORDER, to: 's2' }, OPERATOR)).rejects.toThrow(
      `s1 answers at ${address}, not s2`,
    );
    expect(orders).toEqual([]);
  });

  it('is of no use to one who gives that name and hands it on to another node', async () => {
    // As s1 sees it, to whom it is handed on word by word.
    const { address, orders } = await open('s2');
    expect((await callSigned(address, { ...ORDER, to: 's2' }, OPERATOR)).status).toBe(401);
    expect(orders).toEqual([]);
  });
});

it('an order that names no node goes to the node that the process there names', async () => {
  const { address, orders } = await open('s1');
  expect((await callSigned(address, ORDER, OPERATOR)).status).toBe(200);
  expect(orders).toHaveLength(1);
});

describe('What listens at the address of a node, and has proven nothing,', () => {
  const stranger = createServer();
  let status = '';
  stranger.on('request', (_, response) => response.end(status));

  it.each([
    ['a status that is nested without end', '['.repeat(2 ** 20)],
    ['one of many objects', `${'{"a":'.repeat(101)}1${'}'.repeat(101)}`],
    ['no JSON', '{'],
    ['a string without an end', '"'],
  ])('is no process where it says %s', async (_, said) => {
    status = said;
    const address = await listening();
    await expect(audienceAt(address, OPERATOR)).rejects.toThrow('answers, but not as a process of understudy does');
    stranger.close();
  });

  it('is read no further than a status is long', async () => {
    status = `"${' '.repeat(2 ** 21)}"`;
    const address = await listening();
    await expect(audienceAt(address, OPERATOR)).rejects.toThrow('an answer of more than 2097152 bytes');
    stranger.close();
  });

  it('is the process that it says, whatever its texts have in them', async () => {
    status = JSON.stringify({ node: 's1', clusterId: 'c', incarnation: 3, words: `${'['.repeat(200)}"\\` });
    const address = await listening();
    expect(await audienceAt(address, OPERATOR)).toEqual({ nodeId: 's1', clusterId: 'c', incarnation: 3 });
    stranger.close();
  });

  async function listening(): Promise<string> {
    stranger.listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const at = stranger.address();
    return `127.0.0.1:${typeof at === 'object' ? at?.port : ''}`;
  }
});

/** The port of s1, behind an address at which `name` is given for its name. */
async function open(name: string): Promise<{ address: string; orders: readonly string[] }> {
  const orders: string[] = [];
  server = createHttpServer({
    onRequests: undefined,
    onGone: () => undefined,
    operatorPaths: [
      { method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body: { node: name } }) },
      {
        method: 'POST',
        path: ORDER.path,
        signed: true,
        answer({ body }) {
          orders.push(body);
          return { status: 200, body: {} };
        },
      },
    ],
    authorise: withSecret(SECRET, { nodeId: 's1', clusterId: '', incarnation: 0 }, Date.now),
    onPeer: (socket) => socket.close(),
  });
  return { address: `127.0.0.1:${await server.listen(0, '127.0.0.1')}`, orders };
}
