import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { retryAfterOf } from '../../src/client/attempt.ts';
import { createClient, ExpiredError, newUuid, RefusedError, UnknownOutcomeError } from '../../src/client/client.ts';
import { mergeTokens } from '../../src/client/token.ts';
import { refusalOf } from '../../src/frontend/respond.ts';
import type { Json } from '../../src/protocol/model/json.ts';

interface Sent {
  readonly url: string;
  readonly key: string | null;
  readonly token: string | null;
  readonly read: string | null;
}

/**
 * A fetch that plays `script`, one step per call and the last one for ever; `refuse` is a refused connection, and `hang`
 * one that says nothing until it is given up.
 */
function scripted(script: readonly (Response | 'refuse' | 'hang')[]): {
  readonly fetch: typeof fetch;
  readonly sent: Sent[];
} {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      const url = input instanceof Request ? input.url : String(input);
      const step = script[Math.min(sent.length, script.length - 1)] ?? 'refuse';
      const [key, token, read] = ['idempotency-key', 'understudy-token', 'understudy-read'].map((name) =>
        headers.get(name),
      );
      sent.push({ url, key: key ?? null, token: token ?? null, read: read ?? null });
      if (step === 'hang') return hanging(init?.signal);
      const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      return step === 'refuse' ? Promise.reject(refused) : Promise.resolve(step.clone());
    },
  };
}

function hanging(signal: AbortSignal | null | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('given up')));
  });
}

const frontEnds = ['http://a', 'http://b'];

afterEach(() => {
  vi.useRealTimers();
});

/** What a promise rejects with. */
async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it was to reject'),
    (error: unknown) => error,
  );
}

const ok = (token: string) => new Response('{"userid":0}', { status: 200, headers: { 'understudy-token': token } });

describe('The client', () => {
  it('asks the next front end when one refuses, with the same uuid', async () => {
    const { fetch, sent } = scripted(['refuse', ok('users=h:1')]);
    const outcome = await createClient({ frontEnds, fetch }).request('POST', '/users/create', { username: 'ada' });
    expect(outcome).toEqual({ type: 'answered', status: 200, body: { userid: 0 }, uuid: sent[0]?.key });
    expect(sent.map(({ url }) => url)).toEqual(['http://a/users/create', 'http://b/users/create']);
    expect(sent[1]?.key).toBe(sent[0]?.key);
  });

  it('asks again after a 503 with the same uuid, and takes a no for an answer', async () => {
    const { fetch, sent } = scripted([
      new Response('{"error":"unknown"}', { status: 503 }),
      new Response('{"error":"sold out"}', { status: 400 }),
    ]);
    const outcome = await createClient({ frontEnds, fetch }).request('POST', '/events/0/purchase/0', { tickets: 1 });
    expect(outcome).toEqual({
      type: 'refused',
      status: 400,
      reason: 'sold out',
      body: { error: 'sold out' },
      uuid: sent[0]?.key,
      earlier: 'perhaps',
    });
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
  });

  it('gives up at the deadline and says that the outcome is unknown, with the uuid to ask again', async () => {
    const { fetch, sent } = scripted(['refuse']);
    const outcome = await createClient({ frontEnds, fetch, deadline: 120 }).request('POST', '/users/create', {});
    expect(outcome).toEqual({ type: 'unknown', why: 'deadline', last: 'connect ECONNREFUSED', uuid: sent[0]?.key });
    expect(sent.length).toBeGreaterThan(2);
  });

  it('tells a write whose uuid has expired from one that was refused', async () => {
    const { fetch, sent } = scripted([new Response('{"error":"the uuid has expired"}', { status: 410 })]);
    const outcome = await createClient({ frontEnds, fetch }).request('POST', '/users/create', {});
    expect(outcome).toEqual({ type: 'expired', uuid: sent[0]?.key });
  });

  it('takes no 5xx for an answer, whoever says it, and says of what the last attempt failed', async () => {
    const { fetch, sent } = scripted([new Response('<h1>Bad Gateway</h1>', { status: 502 })]);
    const outcome = await createClient({ frontEnds, fetch, deadline: 60 }).request('GET', '/events');
    expect(outcome).toEqual({ type: 'unknown', why: 'deadline', last: '502: <h1>Bad Gateway</h1>', uuid: undefined });
    expect(sent.length).toBeGreaterThan(1);
  });

  it('leaves a front end that says nothing for the next one', async () => {
    const { fetch, sent } = scripted(['hang', ok('users=h:1')]);
    const outcome = await createClient({ frontEnds, fetch, attemptWithin: 20 }).request('GET', '/users/0');
    expect(outcome).toMatchObject({ type: 'answered', status: 200 });
    expect(sent.map(({ url }) => url)).toEqual(['http://a/users/0', 'http://b/users/0']);
  });

  it('asks first, next time, who answered last', async () => {
    const { fetch, sent } = scripted(['refuse', ok('users=h:1')]);
    const client = createClient({ frontEnds, fetch });
    await client.request('GET', '/users/0');
    await client.request('GET', '/users/0');
    expect(sent.map(({ url }) => url)).toEqual(['http://a/users/0', 'http://b/users/0', 'http://b/users/0']);
  });

  it.each([
    ['an attempt', 'hang'],
    ['a pause', 'refuse'],
  ] as const)('gives up when it is told to, in the middle of %s', async (_, step) => {
    const { fetch, sent } = scripted([step]);
    const giveUp = new AbortController();
    const asked = createClient({ frontEnds, fetch }).request('POST', '/users/create', {}, { signal: giveUp.signal });
    setTimeout(() => giveUp.abort(), 40);
    const outcome = await asked;
    expect(outcome).toMatchObject({ type: 'unknown', why: 'aborted', uuid: sent[0]?.key });
  });

  it('gives up when it was told to before it began', async () => {
    const { fetch, sent } = scripted([ok('users=h:1')]);
    const outcome = await createClient({ frontEnds, fetch }).request('GET', '/', undefined, {
      signal: AbortSignal.abort(),
    });
    expect(outcome).toEqual({ type: 'unknown', why: 'aborted', last: '', uuid: undefined });
    expect(sent).toEqual([]);
  });

  it('says how it wants to read, and keeps to the deadline of one request', async () => {
    const { fetch, sent } = scripted(['refuse']);
    const outcome = await createClient({ frontEnds, fetch }).request('GET', '/events', undefined, {
      read: 'session',
      deadline: 10,
    });
    expect(outcome).toMatchObject({ type: 'unknown', why: 'deadline' });
    expect(new Set(sent.map(({ read }) => read))).toEqual(new Set(['session']));
  });

  it('has to be told of a front end, and given time', () => {
    expect(() => createClient({ frontEnds: [] })).toThrow('at least one front end');
    expect(() => createClient({ frontEnds, deadline: Number.NaN })).toThrow('needs time');
  });

  it.each([
    '127.0.0.1:4560',
    'localhost:4560',
    'ftp://a',
    'http://',
    'http://a:99999',
    'http://me:secret@a',
    'http://a?b',
  ])('says of the address %s at once that it is none', (address) => {
    const create = (): unknown => createClient({ frontEnds: ['http://a', address] });
    expect(create).toThrow(RangeError);
    expect(create).toThrow(`"${address}" is no address of a front end`);
  });

  it.each([
    ['', '/orders'],
    ['/', '/orders'],
    ['/bazaar/', '/bazaar/orders'],
    ['http://[::1]:4560/', 'http://[::1]:4560/orders'],
    ['https://a.example/bazaar', 'https://a.example/bazaar/orders'],
  ])('asks at the address %j for %s', async (address, url) => {
    const { fetch, sent } = scripted([ok('users=h:1')]);
    await createClient({ frontEnds: [address], fetch }).request('GET', '/orders');
    expect(sent[0]?.url).toBe(url);
  });

  it('rejects at once of what could never be asked, and sends nothing', async () => {
    const { fetch, sent } = scripted([ok('users=h:1')]);
    const client = createClient({ frontEnds, fetch });
    const circular: { [key: string]: Json } = {};
    circular['self'] = circular;
    expect(await thrown(client.request('POST', '/orders', circular))).toBeInstanceOf(TypeError);
    expect(await thrown(client.post('/orders', circular))).toBeInstanceOf(TypeError);
    for (const deadline of [Number.NaN, -1]) {
      expect(await thrown(client.request('GET', '/', undefined, { deadline }))).toBeInstanceOf(RangeError);
    }
    expect(await thrown(client.get('orders'))).toMatchObject({
      message: 'a path begins with "/", and "orders" does not',
    });
    expect(sent).toEqual([]);
  });

  it('sends the same body each time, whatever becomes of it meanwhile', async () => {
    const bodies: unknown[] = [];
    const order = { quantity: 1 };
    const client = createClient({
      frontEnds,
      fetch: (_, init) => {
        bodies.push(init?.body);
        order.quantity += 1;
        return bodies.length === 1 ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve(new Response(''));
      },
    });
    await client.request('POST', '/orders', order);
    expect(bodies).toEqual(['{"quantity":1}', '{"quantity":1}']);
  });

  it('asks again under the uuid of an earlier request when told so', async () => {
    const { fetch, sent } = scripted([ok('users=h:1')]);
    const uuid = '0190c0de-0000-7000-8000-000000000001';
    await createClient({ frontEnds, fetch }).request('POST', '/users/create', {}, { uuid });
    expect(sent[0]?.key).toBe(uuid);
  });

  it('carries what it has seen from one front end to the next', async () => {
    const { fetch, sent } = scripted([ok('events=h:3,users=h:1'), 'refuse', ok('users=h:2')]);
    const client = createClient({ frontEnds, fetch });
    await client.request('GET', '/users/0');
    await client.request('GET', '/users/0');
    expect(sent.map(({ url, token }) => [url, token])).toEqual([
      ['http://a/users/0', null],
      ['http://a/users/0', 'events=h:3,users=h:1'],
      ['http://b/users/0', 'events=h:3,users=h:1'],
    ]);
    expect(client.token()).toBe('events=h:3,users=h:2');
  });

  it('goes on where an earlier session has left off', async () => {
    const { fetch, sent } = scripted([ok('users=h:2')]);
    const client = createClient({ frontEnds, fetch, token: 'events=h:3,users=h:9' });
    await client.request('GET', '/users/0');
    expect(sent[0]?.token).toBe('events=h:3,users=h:9');
    expect(client.token()).toBe('events=h:3,users=h:9');
  });

  it('sends a read without a uuid', async () => {
    const { fetch, sent } = scripted([new Response('', { status: 200 })]);
    const outcome = await createClient({ frontEnds, fetch }).request('GET', '/greet');
    expect(outcome).toEqual({ type: 'answered', status: 200, body: undefined, uuid: undefined });
    expect(sent[0]?.key).toBeNull();
  });
});

/** A no under the uuid of whoever asks (`own`), under another one, or under none. */
async function refusedAfter(
  first: 'reset' | 'never sent',
  status: number,
  { error = 'no', under, method = 'POST' }: { error?: string; under?: 'own' | 'other'; method?: 'GET' | 'POST' } = {},
): Promise<unknown> {
  let attempts = 0;
  const client = createClient({
    frontEnds,
    fetch: (_, init) => {
      attempts += 1;
      const code = first === 'reset' ? 'ECONNRESET' : 'ECONNREFUSED';
      if (attempts === 1) {
        return Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }));
      }
      const uuid = under === 'own' ? (new Headers(init?.headers).get('idempotency-key') ?? '') : newUuid();
      const headers: Record<string, string> = under === undefined ? {} : { 'understudy-uuid': uuid };
      return Promise.resolve(new Response(JSON.stringify({ error }), { status, headers }));
    },
  });
  const outcome = await client.request(method, '/orders', method === 'POST' ? {} : undefined);
  expect([outcome.type, attempts]).toEqual(['refused', 2]);
  return outcome.type === 'refused' ? outcome.earlier : undefined;
}

describe('The client, about a no after an attempt without an answer', () => {
  it.each([401, 404, 409, 413])('does not take a %i of somebody else for the outcome of the first', async (status) => {
    expect(await refusedAfter('reset', status)).toBe('perhaps');
    expect(await refusedAfter('reset', status, { under: 'other' })).toBe('perhaps');
  });

  it('takes for it what the service has decided under the uuid', async () => {
    expect(await refusedAfter('reset', 404, { under: 'own' })).toBe('none');
  });

  it.each(['other-history', 'early', 'reused', 'malformed'] as const)(
    'does not take for it what a front end says of a request by itself: %s',
    async (why) => {
      const { status, reason } = refusalOf(why);
      expect(await refusedAfter('reset', status, { error: reason, under: 'own' })).toBe('perhaps');
    },
  );

  it('knows that nothing has changed where the first was never sent, or is a read', async () => {
    expect(await refusedAfter('never sent', 413)).toBe('none');
    expect(await refusedAfter('reset', 404, { method: 'GET' })).toBe('none');
  });

  it('says so in the error as well', async () => {
    const { fetch } = scripted([new Response('', { status: 502 }), new Response('', { status: 413 })]);
    const error = await thrown(createClient({ frontEnds, fetch }).post('/orders', {}));
    expect(error).toBeInstanceOf(RefusedError);
    expect(error).toMatchObject({
      earlier: 'perhaps',
      message: 'POST /orders: refused with 413 (an earlier attempt may have taken effect)',
    });
  });
});

describe('The client, about whom to ask', () => {
  it('leaves a front end alone for as long as it says, in this request and the next, and asks another meanwhile', async () => {
    vi.useFakeTimers();
    const busy = new Response('{"error":"too many requests are waiting"}', {
      status: 503,
      headers: { 'retry-after': '2' },
    });
    const { fetch, sent } = scripted([busy, 'refuse', 'refuse', ok('users=h:1')]);
    const client = createClient({ frontEnds, fetch });
    const first = client.request('GET', '/users/0');
    await vi.advanceTimersByTimeAsync(1_900);
    expect(await first).toMatchObject({ type: 'answered' });
    expect(sent.map(({ url }) => url.slice(7, 8)).join('')).toBe('abbb');
    await client.request('GET', '/users/0');
    expect(sent.at(-1)?.url).toBe('http://b/users/0');
  });

  it('asks a front end again as soon as the time it has asked for is over, and not before', async () => {
    vi.useFakeTimers();
    const later = new Response('', { status: 429, headers: { 'retry-after': '2' } });
    const { fetch, sent } = scripted([later, ok('users=h:1')]);
    const asked = createClient({ frontEnds: ['http://a'], fetch }).request('GET', '/users/0');
    await vi.advanceTimersByTimeAsync(1_999);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    expect(await asked).toMatchObject({ type: 'answered' });
    expect(sent).toHaveLength(2);
  });

  it('does not believe that it has to wait for hours', async () => {
    vi.useFakeTimers();
    const never = new Response('', { status: 503, headers: { 'retry-after': '86400' } });
    const { fetch } = scripted([never, ok('users=h:1')]);
    const asked = createClient({ frontEnds: ['http://a'], fetch }).request('GET', '/users/0');
    await vi.advanceTimersByTimeAsync(30_001);
    expect(await asked).toMatchObject({ type: 'answered' });
  });

  it('lets front ends that fail rest for longer and longer, up to a second each', async () => {
    vi.useFakeTimers();
    const { fetch, sent } = scripted(['refuse']);
    const asked = createClient({ frontEnds, fetch, deadline: 20_000 }).request('GET', '/users/0');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await asked).toMatchObject({ type: 'unknown', why: 'deadline' });
    // Each: 6 times in the first second and a half, then every half to whole second.
    expect(sent.length).toBeGreaterThan(2 * 18);
    expect(sent.length).toBeLessThan(2 * 50);
  });

  it('is not sent back to a dead front end by requests that fail side by side', async () => {
    const asked: string[] = [];
    const client = createClient({
      frontEnds,
      fetch: (input) => {
        const url = input instanceof Request ? input.url : String(input);
        asked.push(url);
        if (url.startsWith('http://a')) return Promise.reject(new TypeError('fetch failed'));
        return Promise.resolve(new Response('', { status: 200 }));
      },
    });
    await Promise.all(Array.from({ length: 4 }, () => client.request('GET', '/greet')));
    await client.request('GET', '/greet');
    expect(asked.filter((url) => url.startsWith('http://a'))).toHaveLength(4);
    expect(asked.at(-1)).toBe('http://b/greet');
  });

  it('follows no redirection, and asks past the caches of a browser', async () => {
    const asked: (RequestInit | undefined)[] = [];
    const client = createClient({
      frontEnds: ['http://a/'],
      fetch: (input, init) => {
        expect(input).toBe('http://a/orders');
        asked.push(init);
        return Promise.resolve(new Response('', { status: 200 }));
      },
    });
    await client.request('POST', '/orders', {});
    expect(asked).toMatchObject([{ redirect: 'error', cache: 'no-store', body: '{}' }]);
  });
});

describe('The client, as promises of bodies', () => {
  const answered = z.object({ data: z.object({ transaction_number: z.int() }) });

  it('gives the body of what was done, as the schema has it, and undefined for an empty one', async () => {
    const { fetch, sent } = scripted([
      new Response('{"data":{"transaction_number":7,"more":1}}'),
      new Response('{"a":1}'),
      new Response(''),
    ]);
    const client = createClient({ frontEnds, fetch });
    const made = await client.post('/orders', { name: 'x' }, { answer: answered });
    expect(made.data.transaction_number).toBe(7);
    expect(await client.get('/a')).toEqual({ a: 1 });
    expect(await client.get('/greet')).toBeUndefined();
    expect(sent.map(({ key }) => key === null)).toEqual([false, true, true]);
  });

  it('throws a no with its reason, out of either form of body', async () => {
    const { fetch, sent } = scripted([
      new Response('{"error":{"code":404,"message":"no stock pear"}}', { status: 404 }),
      new Response('{"error":"sold out"}', { status: 400 }),
      new Response('{"detail":1}', { status: 404 }),
    ]);
    const client = createClient({ frontEnds, fetch });
    const first = await thrown(client.post('/orders', { name: 'pear' }));
    expect(first).toBeInstanceOf(RefusedError);
    expect(first).toMatchObject({
      name: 'RefusedError',
      message: 'POST /orders: refused with 404: no stock pear',
      status: 404,
      reason: 'no stock pear',
      uuid: sent[0]?.key,
      earlier: 'none',
    });
    expect(await thrown(client.get('/events/0'))).toMatchObject({ reason: 'sold out', status: 400, uuid: undefined });
    expect(await thrown(client.get('/events/0'))).toMatchObject({ reason: '{"detail":1}' });
  });

  it('throws what has expired and what is unknown as errors of their own, each with the uuid', async () => {
    const { fetch } = scripted([new Response('', { status: 410 }), 'refuse']);
    const client = createClient({ frontEnds, fetch, deadline: 30 });
    const uuid = newUuid();
    const expired = await thrown(client.post('/orders', {}, { uuid }));
    expect(expired).toBeInstanceOf(ExpiredError);
    expect(expired).toMatchObject({ uuid, status: 410 });
    const unknown = await thrown(client.post('/orders', {}, { uuid }));
    expect(unknown).toBeInstanceOf(UnknownOutcomeError);
    expect(unknown).toMatchObject({ uuid, why: 'deadline', last: 'connect ECONNREFUSED' });
    const given = await thrown(client.get('/orders/0', { signal: AbortSignal.abort() }));
    expect(given).toMatchObject({
      name: 'UnknownOutcomeError',
      why: 'aborted',
      message: 'GET /orders/0: given up before an answer came',
    });
  });

  it('throws what the schema throws of a body that is not as it should be', async () => {
    const { fetch } = scripted([new Response('{"data":{}}')]);
    const error = await thrown(createClient({ frontEnds, fetch }).post('/orders', {}, { answer: answered }));
    expect(error).toBeInstanceOf(z.ZodError);
  });

  it('says whether the front end had it in its cache', async () => {
    const headers = { 'understudy-cache': 'hit' };
    const { fetch } = scripted([new Response('{}', { headers }), new Response('{}')]);
    const client = createClient({ frontEnds, fetch });
    expect(await client.request('GET', '/stocks/pear')).toMatchObject({ type: 'answered', cache: 'hit' });
    expect(await client.request('GET', '/stocks/pear')).toMatchObject({ type: 'answered', cache: undefined });
  });
});

describe('Retry-After', () => {
  it.each([
    [null, undefined],
    ['0', 0],
    [' 3 ', 3_000],
    ['Fri, 01 Jan 2100 00:00:10 GMT', 10_000],
    ['Fri, 01 Jan 2000 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
  ])('%j is so many milliseconds: %s', (header, millis) => {
    vi.useFakeTimers({ now: Date.UTC(2100, 0, 1) });
    expect(retryAfterOf(header)).toBe(millis);
  });
});

describe('Merged tokens', () => {
  it.each([
    [undefined, undefined, undefined],
    [undefined, 'a=h:1', 'a=h:1'],
    ['a=h:1', undefined, 'a=h:1'],
    ['a=h:1', 'a=h:3', 'a=h:3'],
    ['a=h:3', 'a=h:1', 'a=h:3'],
    ['a=h:9', 'a=i:1', 'a=i:1'],
    ['a=h:1,b=h:5', 'b=h:4,c=h:2', 'a=h:1,b=h:5,c=h:2'],
    ['a=h:1', 'what is this, b=h:2', 'a=h:1,b=h:2'],
    ['', 'x', undefined],
  ])('of %s and %s are %s', (older, newer, merged) => {
    expect(mergeTokens(older, newer)).toBe(merged);
  });
});
