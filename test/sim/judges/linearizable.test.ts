import { expect, test } from 'vitest';
import { bazaarHistory } from '../../../src/apps/bazaar/history.ts';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { ticketHistory } from '../../../src/apps/tickets/history.ts';
import { readLines } from '../../../src/checker/index.ts';
import { keyNamed } from '../../../src/frontend/cached-read.ts';
import { BLIND } from '../../../src/frontend/view.ts';
import type { ClientOperation } from '../../../src/sim/base/history.ts';
import { historyEvents, historyLines } from '../../../src/sim/judges/history-lines.ts';
import { judgeLinearizable } from '../../../src/sim/judges/linearizable.ts';
import { replayerOf } from '../../../src/sim/workloads/replay-route.ts';
import { get, type HistoryForm, post } from '../../../src/sim/workloads/workload.ts';
import { planOfSeed, runPlan } from '../../support/sim/bundled.ts';

let operations = 0;

function operation(
  client: string,
  [calledAt, at]: readonly [number, number | undefined],
  [method, path, body]: readonly ['GET' | 'POST', string, ClientOperation['call']['body']?],
  answer?: { readonly status: number; readonly body: string },
): ClientOperation {
  operations += 1;
  return {
    number: operations,
    client,
    call: { method, path, body, session: false },
    key: undefined,
    token: undefined,
    calledAt,
    uuids: [],
    expect: undefined,
    attempts: 1,
    result:
      answer === undefined || at === undefined
        ? at === undefined
          ? undefined
          : { type: 'unknown', at }
        : { type: 'answered', at, token: '', ...answer },
  };
}

const ann = operation('c1', [10, 20], ['POST', '/users/create', { username: 'Ann' }], {
  status: 200,
  body: '{"userid":0}',
});

function readsUser(client: string, from: number, status: number, body: string): ClientOperation {
  return operation(client, [from, from + 5], ['GET', '/users/0'], { status, body });
}

test('A read that misses what had been acknowledged is found without the log.', () => {
  const seen = readsUser('c2', 30, 200, '{"userid":0,"username":"Ann","tickets":[]}');
  const missed = readsUser('c2', 40, 400, '{"error":"no user 0"}');
  expect(judgeLinearizable(ticketHistory, [ann, seen])).toEqual({
    verdict: 'ok',
    reason: '',
    judged: { judged: 2, of: 2, because: [] },
  });
  const { verdict, reason } = judgeLinearizable(ticketHistory, [ann, seen, missed]);
  expect(verdict).toBe('illegal');
  expect(reason).toContain('cannot be placed: process c2: read-user {"userid":0} → {"refused":"no user 0"}');
});

test('What was never answered, a front end’s own answer and a session read prove nothing.', () => {
  const lost = operation('c3', [30, 60], ['POST', '/users/create', { username: 'Bob' }]);
  const over = operation('c4', [30, 60], ['GET', '/users/0'], { status: 503, body: '{"error":"no answer in time"}' });
  const session = { ...readsUser('c5', 70, 400, '{"error":"no user 0"}') };
  const old: ClientOperation = { ...session, call: { ...session.call, session: true } };
  expect(judgeLinearizable(ticketHistory, [ann, lost, over, old]).verdict).toBe('ok');
});

test('What is said to come from a cache proves nothing where a cache may have answered, and is like any other elsewhere.', () => {
  const old = fromCache(readsUser('c2', 40, 400, '{"error":"no user 0"}'));
  expect(judgeLinearizable(ticketHistory, [ann, old]).verdict).toBe('illegal');
  const cached: HistoryForm = { ...ticketHistory, cached: ['read-user'] };
  expect(judgeLinearizable(cached, [ann, old]).verdict).toBe('ok');
  expect(historyEvents(cached, [old])).toEqual([]);
  const wanted = { ...old, call: { ...old.call, linearizable: true } };
  expect(judgeLinearizable(cached, [ann, wanted]).verdict).toBe('illegal');
});

test('The write of a request of which a part came from a cache is not missed.', () => {
  const seen = readsUser('c2', 30, 200, '{"userid":0,"username":"Ann","tickets":[]}');
  const wrote = fromCache(ann);
  const cached: HistoryForm = { ...ticketHistory, cached: ['create-user'] };
  expect(historyEvents(cached, [wrote]).map(({ type }) => type)).toEqual(['invoke', 'info']);
  expect(judgeLinearizable(cached, [wrote, seen]).verdict).toBe('ok');
  expect(judgeLinearizable(cached, [seen]).verdict).toBe('illegal');
});

test('The history of the bazaar says of just the requests whose route names a cache key that a cache may answer.', () => {
  const replayer = replayerOf(bazaar);
  const calls = [
    get('/stocks/Fish'),
    get('/stocks?stock_name=Fish'),
    get('/stocks'),
    get('/orders/0'),
    get('/orders?order_number=0'),
    post('/orders', { name: 'Fish', quantity: 1, type: 'buy' }),
    post('/stocks', { name: 'Fish', price: 1, quantity: 1 }),
  ];
  const [named, said] = [new Array<boolean>(), new Array<boolean>()];
  for (const call of calls) {
    const admission = replayer.admit(call);
    if (admission.type !== 'admitted') throw new Error(`${call.path} is not admitted`);
    const { clientRequest } = admission;
    named.push(keyNamed(clientRequest, clientRequest.route.plan(clientRequest.asked, [], BLIND)) !== undefined);
    said.push(bazaarHistory.cached?.includes(bazaarHistory.asked(call)?.f ?? '') === true);
  }
  expect(named).toEqual([true, true, false, false, false, false, false]);
  expect(said).toEqual(named);
});

function fromCache(of: ClientOperation): ClientOperation {
  if (of.result?.type !== 'answered') throw new Error('it was answered');
  return { ...of, result: { ...of.result, fromCache: true } };
}

test('Calls come before returns of the same instant, and a client that goes on at once has another name.', () => {
  const events = historyEvents(ticketHistory, [
    ann,
    operation('c1', [20, 25], ['GET', '/users/0']),
    operation('c2', [20, undefined], ['POST', '/users/create', { username: 'Eve' }]),
  ]);
  expect(events.map(({ process, type }) => `${process.replace(/\d+$/, 'n')} ${type}`)).toEqual([
    'cn invoke',
    'c1.n invoke',
    'cn invoke',
    'cn ok',
    'c1.n info',
  ]);
});

test.each([3, 8, 21])(
  'The history of seed %i reads back from its lines, and the checker agrees with the judges.',
  (seed) => {
    const { history, violation } = runPlan(planOfSeed(seed), { strict: false });
    expect(violation).toBeUndefined();
    const read = readLines(historyLines(ticketHistory, history));
    expect(read).toMatchObject({ type: 'decoded', value: { events: historyEvents(ticketHistory, history).length } });
    expect(judgeLinearizable(ticketHistory, history).verdict).toBe('ok');
  },
);
