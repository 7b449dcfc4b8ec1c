import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { mergeTokens } from '../../src/client/token.ts';

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

  it('gives up when it is told to, in the middle of an attempt, of a pause, or before it began', async () => {
    for (const step of ['hang', 'refuse'] as const) {
      const { fetch, sent } = scripted([step]);
      const giveUp = new AbortController();
      const asked = createClient({ frontEnds, fetch }).request('POST', '/users/create', {}, { signal: giveUp.signal });
      setTimeout(() => giveUp.abort(), 40);
      const outcome = await asked;
      expect(outcome).toMatchObject({ type: 'unknown', why: 'aborted', uuid: sent[0]?.key });
    }
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

  it('has to be told of a front end', () => {
    expect(() => createClient({ frontEnds: [] })).toThrow('at least one front end');
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

describe('Merged tokens', () => {
  it.each([
    [undefined, undefined, undefined],
    [undefined, 'a=h:1', 'a=h:1'],
    ['a=h:1', undefined, 'a=h:1'],
    ['a=h:1', 'a=h:3', 'a=h:3'],
    ['a=h:3', 'a=h:1', 'a=h:3'],
    ['a=h:9', 'a=i:1', 'a=i:1'],
    ['a=h:1,b=h:5', 'b=h:4,c=h:2', 'a=h:1,b=h:5,c=h:2'],
  ])('of %s and %s are %s', (older, newer, merged) => {
    expect(mergeTokens(older, newer)).toBe(merged);
  });
});
