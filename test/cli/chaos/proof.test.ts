import { expect, test } from 'vitest';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { proverOf } from '../../../src/cli/chaos/proof.ts';
import { secretOf } from '../../../src/security/secret.ts';
import { isSigned, readSignature, SIGNATURE_HEADER } from '../../../src/security/signed-call.ts';
import { get, post } from '../../../src/sim/workloads/workload.ts';

const secret = secretOf(Buffer.alloc(32, 7));
const listing = { name: 'Fish', price: 4.5, quantity: 10 };

test('A client of a live bazaar signs what only an operator may ask, for the front end it asks and that call alone.', () => {
  const { [SIGNATURE_HEADER]: header = '' } = proverOf(bazaar, secret)('f2', post('/stocks', listing));
  const signature = readSignature(header);
  expect(signature?.to).toBe('f2');
  const call = { method: 'POST', path: '/stocks', body: JSON.stringify(listing) };
  expect(signature !== undefined && isSigned(secret, call, signature)).toBe(true);
  expect(signature !== undefined && isSigned(secret, { ...call, body: '{}' }, signature)).toBe(false);
});

test('Whatever anybody may ask goes without a signature, and so does everything where there is no secret.', () => {
  const prove = proverOf(bazaar, secret);
  expect(prove('f1', post('/orders', { name: 'Fish', quantity: 1, type: 'buy' }))).toEqual({});
  expect(prove('f1', get('/stocks/Fish'))).toEqual({});
  expect(proverOf(bazaar, undefined)('f1', post('/stocks', listing))).toEqual({});
  expect(proverOf(tickets, secret)('f1', post('/users/create', { username: 'Ann' }))).toEqual({});
});
