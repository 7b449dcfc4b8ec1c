import { afterEach, describe, expect, it } from 'vitest';
import { onlyLocal, withSecret } from '../../src/security/authorise.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { secretOf } from '../../src/security/secret.ts';
import { createHttpServer, type HttpServer } from '../../src/transport-http/clients/http-server.ts';

const SECRET = secretOf(Buffer.from('a secret of the tests'));
const OPERATOR = { secret: SECRET, tls: undefined };
const NOBODY = { secret: undefined, tls: undefined };
const ORDER = { method: 'POST', path: '/understudy/order', body: { type: 'leave' } } as const;

let server: HttpServer | undefined;

afterEach(() => server?.close());

describe('An order that names its node', () => {
  it.each([
    ['with a secret', OPERATOR, true],
    ['without one', NOBODY, false],
  ])('is carried out by that node, %s', async (_, credentials, hasSecret) => {
    const { address, orders } = await open('s1', hasSecret);
    expect((await callSigned(address, { ...ORDER, to: 's1' }, credentials)).status).toBe(200);
    expect(orders).toEqual(['{"type":"leave"}']);
  });

  it.each([
    ['with a secret', OPERATOR, true],
    ['without one', NOBODY, false],
  ])('is given to no other process that listens there, %s', async (_, credentials, hasSecret) => {
    const { address, orders } = await open('s1', hasSecret);
    await expect(callSigned(address, { ...ORDER, to: 's2' }, credentials)).rejects.toThrow(
      `s1 answers at ${address}, not s2`,
    );
    expect(orders).toEqual([]);
  });

  it('is of no use to one who gives that name and hands it on to another node', async () => {
    // As s1 sees it, to whom it is handed on word by word.
    const { address, orders } = await open('s2', true);
    expect((await callSigned(address, { ...ORDER, to: 's2' }, OPERATOR)).status).toBe(401);
    expect(orders).toEqual([]);
  });
});

it('an order that names no node goes to whoever the process there says it is', async () => {
  const { address, orders } = await open('s1', true);
  expect((await callSigned(address, ORDER, OPERATOR)).status).toBe(200);
  expect(orders).toHaveLength(1);
});

/** The port of s1, behind an address at which `name` is given for its name. */
async function open(name: string, hasSecret: boolean): Promise<{ address: string; orders: readonly string[] }> {
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
    authorise: hasSecret ? withSecret(SECRET, { nodeId: 's1', clusterId: '', incarnation: 0 }, Date.now) : onlyLocal,
    onPeer: (socket) => socket.close(),
  });
  return { address: `127.0.0.1:${await server.listen(0, '127.0.0.1')}`, orders };
}
