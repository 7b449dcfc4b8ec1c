import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { mergeTokens } from '../../src/client/token.ts';

interface Sent {
  readonly url: string;
  readonly key: string | null;
  readonly token: string | null;
}

/** A fetch that plays `script`, one step per call and the last one for ever; `refuse` is a refused connection. */
function scripted(script: readonly (Response | 'refuse')[]): { readonly fetch: typeof fetch; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  return {
    sent,
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      const url = input instanceof Request ? input.url : String(input);
      const step = script[Math.min(sent.length, script.length - 1)] ?? 'refuse';
      sent.push({ url, key: headers.get('idempotency-key'), token: headers.get('understudy-token') });
      return step === 'refuse' ? Promise.reject(new TypeError('fetch failed')) : Promise.resolve(step.clone());
    },
  };
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
    expect(outcome).toEqual({ type: 'answered', status: 400, body: { error: 'sold out' }, uuid: sent[0]?.key });
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1);
  });

  it('gives up at the deadline and says that the outcome is unknown, with the uuid to ask again', async () => {
    const { fetch, sent } = scripted(['refuse']);
    const outcome = await createClient({ frontEnds, fetch, deadline: 120 }).request('POST', '/users/create', {});
    expect(outcome).toEqual({ type: 'unknown', uuid: sent[0]?.key });
    expect(sent.length).toBeGreaterThan(2);
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
