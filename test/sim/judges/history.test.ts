import { expect, test } from 'vitest';
import { defineService } from '../../../src/service/define-service.ts';
import type { Route, RoutePlan, Service } from '../../../src/service/service.ts';
import type { ClientOperation } from '../../../src/sim/base/history.ts';
import { judgeHistory } from '../../../src/sim/judges/history.ts';
import {
  emptyLog,
  epoch,
  evidenceOf,
  extend,
  GROUP,
  NOOP,
  primary,
  service,
  write,
} from '../../support/sim/bad-cluster.ts';

// The log: 1 noop, 2 adds 1 (the sum is 1), 3 adds 10 (the sum is 11). Committed at 100, 200 and 300 microseconds.
const LOG = extend(emptyLog(), epoch(1, 's1'), NOOP, write('a', 1), write('b', 10));

function recorded() {
  const { record } = evidenceOf({});
  for (const index of [1, 2, 3])
    record.group(GROUP).learn(primary(LOG, epoch(1, 's1'), index), index, index, index * 100);
  return record;
}

let operations = 0;

function operation(
  what: 'read' | 'session read' | { readonly add: number; readonly uuid: string },
  calledAt: number,
  returnedAt: number | undefined,
  answer: number | boolean,
  tokens: { readonly sent?: number; readonly got?: number } = {},
): ClientOperation {
  operations += 1;
  const isRead = typeof what === 'string';
  return {
    number: operations,
    client: 'c1',
    call: {
      method: isRead ? 'GET' : 'POST',
      path: isRead ? '/sum' : '/add',
      body: isRead ? undefined : what.add,
      session: what === 'session read',
    },
    key: undefined,
    token: tokens.sent === undefined ? undefined : `${GROUP}=test:${tokens.sent}`,
    calledAt,
    uuids: isRead ? [] : [what.uuid],
    expect: undefined,
    attempts: 1,
    result:
      returnedAt === undefined
        ? { type: 'unknown', at: calledAt + 1_000 }
        : {
            type: 'answered',
            at: returnedAt,
            status: 200,
            body: JSON.stringify(answer),
            token: tokens.got === undefined ? '' : `${GROUP}=test:${tokens.got}`,
          },
  };
}

function judged(...history: readonly ClientOperation[]): string | undefined {
  return judgeHistory(service, recorded(), history);
}

const first = { add: 1, uuid: 'a' };
const second = { add: 10, uuid: 'b' };

test('Answers that respect real time are explained.', () => {
  expect(
    judged(
      operation(first, 120, 210, 1),
      operation('read', 220, 240, 1),
      operation('read', 250, 350, 1),
      operation(second, 250, 310, 11),
      operation('read', 360, 370, 11),
    ),
  ).toBeUndefined();
});

test('A read that misses a write which had returned is found.', () => {
  expect(judged(operation(first, 120, 210, 1), operation('read', 220, 240, 0))).toContain(
    'was told 200 0, which no state it may have seen explains',
  );
});

test('A read that goes back behind another client’s read is found.', () => {
  expect(judged(operation('read', 320, 330, 11), operation('read', 340, 350, 1))).toContain('which no state');
});

test('A read during a write may see it or not, and then nobody may unsee it.', () => {
  expect(judged(operation(second, 250, 390, 11), operation('read', 310, 320, 11))).toBeUndefined();
  expect(judged(operation(second, 250, 390, 11), operation('read', 310, 320, 1))).toBeUndefined();
});

test('A read of what was not committed before it returned is found.', () => {
  expect(judged(operation('read', 220, 250, 11))).toContain('which no state');
});

test('An acknowledged write that is not in the log was lost, and is found.', () => {
  expect(judged(operation({ add: 5, uuid: 'lost' }, 120, 210, 6))).toContain('which no state');
});

test('A write whose acknowledged result is not the one in the log is found.', () => {
  expect(judged(operation(second, 250, 310, 10))).toContain('which no state');
});

test('A write logged before an operation that had returned when it was called is found.', () => {
  expect(judged(operation('read', 320, 330, 11), operation(first, 340, 390, 1))).toContain('which no state');
});

test('An operation without an answer proves nothing.', () => {
  expect(judged(operation({ add: 5, uuid: 'nowhere' }, 120, undefined, 0))).toBeUndefined();
});

test('Of several ways to one answer that one counts which agrees with the token.', () => {
  // Whoever finds nothing looks again, and then at the newest; both may have led to this answer, and only one was that old.
  const looksAgain = defineService({
    name: 'sums',
    apps: service.apps,
    routes: [
      {
        method: 'GET',
        path: '/sum',
        decode: () => ({ type: 'decoded', value: undefined }),
        plan: (_, found) => {
          const last = found.at(-1);
          const isSomething = last?.type === 'accepted' && Number(last.value) > 0;
          if (isSomething || found.length === 2) return { type: 'answer', status: 200, body: isSomething };
          return { type: 'read', group: GROUP, query: null, ...(last === undefined ? {} : { fresh: true }) };
        },
      },
    ],
  });
  const others = operation('read', 320, 330, true, { got: 3 });
  const judge = (token: number): string | undefined =>
    judgeHistory(looksAgain, recorded(), [others, operation('session read', 340, 350, true, { got: token })]);
  expect(judge(2)).toBeUndefined();
  expect(judge(3)).toBeUndefined();
  expect(judge(1)).toContain('rests on entry 1 of sums; entry 3 had been seen before');
});

/** The service, with routes that look at their front end before each step. */
function looking(ahead: (leader: string | undefined) => RoutePlan | undefined): Service {
  const routes = service.routes.map((route): Route => ({
    ...route,
    plan: (asked, outcomes, view) => ahead(view.primaryOf(GROUP)) ?? route.plan(asked, outcomes, view),
  }));
  return { ...service, routes };
}

test('A route that looks at its front end, and goes on in one way whatever it sees, is judged like any other.', () => {
  const looks = looking(() => undefined);
  const judge = (...history: readonly ClientOperation[]) => judgeHistory(looks, recorded(), history);
  expect(judge(operation(first, 120, 210, 1), operation('read', 220, 240, 1))).toBeUndefined();
  expect(judge(operation(first, 120, 210, 1), operation('read', 220, 240, 0))).toContain(
    'was told 200 0, which no state it may have seen explains',
  );
  expect(judge(operation({ add: 5, uuid: 'lost' }, 120, 210, 6))).toContain('which no state');
});

test('A route that answers what it sees after its write has written all the same.', () => {
  const names: Service = {
    ...service,
    routes: service.routes.map((route): Route => ({
      ...route,
      plan(asked, outcomes, view) {
        const body = view.primaryOf(GROUP) ?? false;
        return outcomes.length === 0 ? route.plan(asked, outcomes, view) : { type: 'answer', status: 200, body };
      },
    })),
  };
  expect(judgeHistory(names, recorded(), [operation(first, 120, 210, false)])).toBeUndefined();
  expect(judgeHistory(names, recorded(), [operation({ add: 5, uuid: 'lost' }, 120, 210, false)])).toContain(
    'which no state',
  );
});

test('A route that goes by what it sees of its front end may have gone any of its ways, and no other.', () => {
  const answers = looking((leader) => (leader === 's1' ? { type: 'answer', status: 200, body: false } : undefined));
  const judge = (...history: readonly ClientOperation[]) => judgeHistory(answers, recorded(), history);
  const lost = { add: 5, uuid: 'lost' };
  expect(judge(operation(first, 120, 210, 1), operation('read', 220, 240, 1))).toBeUndefined();
  expect(judge(operation(first, 120, 210, 1), operation('read', 220, 240, false))).toBeUndefined();
  expect(judge(operation(lost, 120, 210, false))).toBeUndefined();
  expect(judge(operation(lost, 120, 210, 6))).toContain('which no state');
  expect(judge(operation('read', 220, 240, 11))).toContain('which no state');
});

test('A session read may be older than what others saw, and not older than its own session.', () => {
  const others = operation('read', 320, 330, 11, { got: 3 });
  expect(judged(others, operation('session read', 340, 350, 1, { sent: 2, got: 2 }))).toBeUndefined();
  expect(judged(others, operation('session read', 340, 350, 1, { sent: 3, got: 3 }))).toContain('which no state');
});

test('An answer that is right by luck and rests on an entry from before is found by its token.', () => {
  const late = operation('read', 320, 330, 11, { got: 3 });
  expect(judged(late, operation('read', 340, 350, 11, { got: 2 }))).toContain('entry 3 had been seen before');
});
