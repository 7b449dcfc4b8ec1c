import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { proverOf } from '../../../src/cli/chaos/proof.ts';
import { secretOf } from '../../../src/security/secret.ts';
import { isSigned, readSignature, SIGNATURE_HEADER } from '../../../src/security/signed-call.ts';
import { get, post } from '../../../src/sim/workloads/workload.ts';
import { createHttpServer } from '../../../src/transport-http/clients/http-server.ts';
import { anyCaller } from '../../support/security/any-caller.ts';

const secret = secretOf(Buffer.alloc(32, 7));
const listing = { name: 'Fish', price: 4.5, quantity: 10 };
const body = { node: 'f2', clusterId: 'c1', incarnation: 3 };
const server = createHttpServer({
  onRequests: undefined,
  onGone: () => undefined,
  operatorPaths: [{ method: 'GET', path: '/status', signed: false, answer: () => ({ status: 200, body }) }],
  authorise: anyCaller,
  onPeer: (socket) => socket.close(),
});
const address = `127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
const addressOf = (): string => address;

afterAll(() => server.close());

test('A client of a live bazaar signs what only an operator may ask, for the process it asks and that call alone.', async () => {
  const proof = await proverOf(bazaar, secret, addressOf)('f2', post('/stocks', listing));
  const signature = readSignature(proof?.[SIGNATURE_HEADER] ?? '');
  expect(signature).toMatchObject({ role: 'operator', to: 'f2', incarnation: 3 });
  const call = { method: 'POST', path: '/stocks', body: JSON.stringify(listing) };
  const key = secret.key('operator');
  if (signature === undefined || key === undefined) throw new Error('it is signed');
  expect(isSigned(key, call, 'c1', signature)).toBe(true);
  expect(isSigned(key, { ...call, body: '{}' }, 'c1', signature)).toBe(false);
  expect(isSigned(key, call, 'c2', signature)).toBe(false);
});

test('Whatever any client may ask goes without a signature.', async () => {
  const prove = proverOf(bazaar, secret, addressOf);
  expect(await prove('f1', post('/orders', { name: 'Fish', quantity: 1, type: 'buy' }))).toEqual({});
  expect(await prove('f1', get('/stocks/Fish'))).toEqual({});
  expect(await proverOf(tickets, secret, addressOf)('f1', post('/users/create', { username: 'Ann' }))).toEqual({});
});

test('A call that needs a signature is not sent to a process that is down.', async () => {
  const gone = createServer();
  gone.listen(0, '127.0.0.1');
  await once(gone, 'listening');
  const { port } = z.object({ port: z.number() }).parse(gone.address());
  gone.close();
  await once(gone, 'close');
  const prove = proverOf(bazaar, secret, () => `127.0.0.1:${port}`);
  expect(await prove('f2', post('/stocks', listing))).toBeUndefined();
});
