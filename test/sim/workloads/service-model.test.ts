import { expect, test } from 'vitest';
import * as z from 'zod';
import { accepted } from '../../../src/protocol/model/app.ts';
import { defineApp } from '../../../src/service/define-app.ts';
import { defineService } from '../../../src/service/define-service.ts';
import type { Route } from '../../../src/service/service.ts';
import type { ClientOperation } from '../../../src/sim/base/history.ts';
import { judgeLinearizable } from '../../../src/sim/judges/linearizable.ts';
import { serviceHistory } from '../../../src/sim/workloads/service-model.ts';

const hits = defineApp({
  name: 'hits',
  initial: 0,
  commands: z.object({ type: z.literal('hit') }),
  queries: z.object({ type: z.literal('count') }),
  apply: (count: number) => ({ state: count + 1, outcome: accepted(count + 1) }),
  read: (count) => accepted(count),
});

function get(path: string, plan: Route['plan']): Route {
  return { method: 'GET', path, decode: () => ({ type: 'decoded', value: undefined }), plan };
}

const counts = defineService({
  name: 'counts',
  apps: [hits],
  routes: [
    get('/hits', (_, [found]) =>
      found === undefined
        ? { type: 'read', group: 'hits', query: { type: 'count' } }
        : { type: 'answer', status: 200, body: found.type === 'accepted' ? found.value : null },
    ),
    get('/where', (_, [found], view) => {
      const primary = view.primaryOf('hits') ?? null;
      return found === undefined
        ? { type: 'write', group: 'hits', command: { type: 'hit' } }
        : { type: 'answer', status: 200, body: primary };
    }),
    get('/where-else', (_, [found], view) =>
      found === undefined && view.primaryOf('hits') === 's2'
        ? { type: 'write', group: 'hits', command: { type: 'hit' } }
        : { type: 'answer', status: 200, body: null },
    ),
    get('/kept', (_, [found], view) => {
      if (found !== undefined)
        return { type: 'answer', status: 200, body: found.type === 'accepted' ? found.value : null };
      if (view.primaryOf('hits') === undefined) return { type: 'answer', status: 200, body: null };
      return { type: 'read', group: 'hits', query: { type: 'count' }, cache: 'hits' };
    }),
    get('/primary', (_, __, view) => ({ type: 'answer', status: 200, body: view.primaryOf('hits') ?? null })),
  ],
});

/** The verdict on requests of one client, one after the other. */
function verdictOn(...asked: readonly (readonly [path: string, body: unknown])[]): string {
  const operations = asked.map(([path, body], place): ClientOperation => {
    const at = place * 10 + 5;
    const result = { type: 'answered', at, status: 200, body: JSON.stringify(body), token: '' } as const;
    return {
      number: place + 1,
      client: 'c1',
      call: { method: 'GET', path, body: undefined, session: false },
      key: undefined,
      token: undefined,
      calledAt: place * 10,
      uuids: [],
      expect: undefined,
      attempts: 1,
      result,
    };
  });
  return judgeLinearizable(serviceHistory(counts), operations).verdict;
}

test('A GET that looks at its front end, and writes in any case, has written.', () => {
  expect(verdictOn(['/where', null], ['/hits', 1])).toBe('ok');
  expect(verdictOn(['/where', 's1'], ['/hits', 1])).toBe('ok');
  expect(verdictOn(['/where', 's1'], ['/hits', 0])).toBe('illegal');
});

test('A GET that writes because of what it sees of its front end leaves any state.', () => {
  expect(verdictOn(['/where-else', null], ['/hits', 0])).toBe('ok');
  expect(verdictOn(['/where-else', null], ['/hits', 1])).toBe('ok');
});

test('A GET that looks at its front end, and reads only, leaves the state as it was.', () => {
  expect(verdictOn(['/primary', 's1'], ['/hits', 0])).toBe('ok');
  expect(verdictOn(['/primary', 's1'], ['/hits', 1])).toBe('illegal');
});

test('A read that a cache may answer, depending on what its route sees of its front end, may be older.', () => {
  expect(verdictOn(['/where', 's1'], ['/kept', 0])).toBe('ok');
});
