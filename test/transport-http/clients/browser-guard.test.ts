import { describe, expect, it } from 'vitest';
import { type BrowserCall, createBrowserGuard } from '../../../src/transport-http/clients/browser-guard.ts';

const guard = createBrowserGuard({ hosts: ['shop.example', '.inner.example'], origins: ['https://page.example'] });
const MOZILLA = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0';

function statusOf(call: Partial<BrowserCall>): number {
  const whole = { method: 'GET', host: '127.0.0.1:4560', headers: {}, changes: false, ...call };
  return guard.refusal(whole)?.status ?? 200;
}

describe('A process', () => {
  it.each([
    '127.0.0.1:4560',
    '[::1]:4560',
    '10.0.0.7',
    'localhost:4560',
    'LOCALHOST',
    's1.localhost:4560',
    'tickets:4560',
    'x',
    '',
    'shop.example',
    'Shop.Example.:443',
    'a.b.inner.example',
    undefined,
  ])('is known as %s', (host) => {
    expect(statusOf({ host })).toBe(200);
  });

  it.each(['evil.example', '127.0.0.1.evil.example', 'inner.example', 'notshop.example', 'x.shop.example'])(
    'is not known as %s to any caller',
    (host) => {
      expect(statusOf({ host })).toBe(421);
      expect(statusOf({ host, headers: { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' } })).toBe(421);
    },
  );

  it('is known by any name where it is told so', () => {
    const open = createBrowserGuard({ hosts: ['*'], origins: [] });
    expect(open.refusal({ method: 'GET', host: 'evil.example', headers: {}, changes: false })).toBeUndefined();
  });
});

describe('A call', () => {
  const post = { method: 'POST' };
  const trade = { changes: true };
  const foreign = { origin: 'http://evil.example' };
  const cross = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'user-agent': MOZILLA };
  const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'user-agent': MOZILLA };
  it.each<[string, Partial<BrowserCall>, number]>([
    ['of a program', post, 200],
    ['of a program, by a GET that changes something', { ...trade, headers: { 'user-agent': 'curl/8.0' } }, 200],
    ['of its own page', { ...post, headers: { origin: 'http://127.0.0.1:4560' } }, 200],
    [
      'of its own page behind a proxy',
      { ...post, headers: { origin: 'https://a', 'sec-fetch-site': 'same-origin' } },
      200,
    ],
    ['of its own page, at its standard port', { ...post, host: 'x', headers: { origin: 'http://x' } }, 200],
    ['typed into a browser', { ...trade, headers: { 'sec-fetch-site': 'none', 'user-agent': MOZILLA } }, 200],
    ['of a foreign page', { ...post, headers: foreign }, 403],
    ['of a foreign page that hides', { ...post, headers: { origin: 'null' } }, 403],
    ['of a foreign page, as text', { ...post, headers: { ...foreign, 'content-type': 'text/plain' } }, 403],
    ['of a foreign page that reads', { headers: foreign }, 403],
    ['of a foreign page on this machine', { ...post, headers: { 'sec-fetch-site': 'same-site' } }, 403],
    ['of an image of a foreign page', { ...trade, headers: cross }, 403],
    ['of an image, without encryption', { ...trade, headers: { 'user-agent': MOZILLA } }, 403],
    ['of a browser that reads, without encryption', { headers: { 'user-agent': MOZILLA } }, 200],
    ['by a link of a foreign page', { headers: followed }, 200],
    ['by a link of a foreign page that changes something', { ...trade, headers: followed }, 403],
    ['by a form of a foreign page', { ...post, headers: followed }, 403],
    ['of a page that is allowed', { ...post, headers: { ...cross, origin: 'https://page.example' } }, 200],
    ['of a page of the same host, without encryption', { ...post, headers: { origin: 'http://page.example' } }, 403],
  ])('%s is answered', (_, call, status) => {
    expect(statusOf(call)).toBe(status);
  });
});

describe('A page of another origin', () => {
  it('may read the answer where it is allowed, and is told what it may send', () => {
    const origin = 'https://page.example';
    expect(guard.headersFor({ origin })).toMatchObject({ 'access-control-allow-origin': origin, vary: 'origin' });
    const preflight = { origin, 'access-control-request-method': 'POST' };
    expect(guard.isPreflight({ method: 'OPTIONS', headers: preflight })).toBe(true);
    expect(guard.headersFor(preflight)).toMatchObject({ 'access-control-allow-methods': 'GET, HEAD, POST' });
  });

  it('is told nothing where it is not, and nobody is where no page is', () => {
    expect(guard.headersFor({ origin: 'http://evil.example' })).toEqual({ vary: 'origin' });
    const preflight = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    expect(guard.isPreflight({ method: 'OPTIONS', headers: preflight })).toBe(false);
    const closed = createBrowserGuard({ hosts: [], origins: [] });
    expect(closed.headersFor({ origin: 'https://page.example' })).toEqual({});
  });
});
