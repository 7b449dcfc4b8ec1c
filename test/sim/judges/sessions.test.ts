import { describe, expect, test } from 'vitest';
import type { ClientOperation } from '../../../src/sim/base/history.ts';
import { judgeSessions } from '../../../src/sim/judges/sessions.ts';
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

interface Asked {
  readonly what: 'read' | 'session read' | 'add';
  readonly sent?: number;
  readonly got?: number;
  readonly answer: number;
  readonly uuid?: string;
  readonly client?: string;
  readonly status?: number;
}

function token(index: number | undefined): string {
  return index === undefined ? '' : `${GROUP}=test:${index}`;
}

function judged(...asked: readonly Asked[]): string | undefined {
  const { record } = evidenceOf({});
  for (const index of [1, 2, 3])
    record.group(GROUP).learn(primary(LOG, epoch(1, 's1'), index), index, index, index * 100);
  const operations = asked.map(
    ({ what, sent, got, answer, uuid, client = 'c1', status = 200 }, place): ClientOperation => {
      const at = 400 + place * 10;
      return {
        number: place + 1,
        client,
        call: {
          method: what === 'add' ? 'POST' : 'GET',
          path: what === 'add' ? '/add' : '/sum',
          body: what === 'add' ? 10 : undefined,
          session: what === 'session read',
        },
        key: uuid,
        token: sent === undefined ? undefined : token(sent),
        calledAt: at,
        uuids: uuid === undefined ? [] : [uuid],
        expect: undefined,
        attempts: 1,
        result: { type: 'answered', at: at + 5, status, body: JSON.stringify(answer), token: token(got) },
      };
    },
  );
  return judgeSessions(service, record, operations);
}

describe('a session', () => {
  test('reads its own writes, and goes on from what it has read.', () => {
    expect(
      judged(
        { what: 'session read', got: 2, answer: 1 },
        { what: 'add', sent: 2, got: 3, answer: 11, uuid: 'b' },
        { what: 'session read', sent: 3, got: 3, answer: 11 },
      ),
    ).toBeUndefined();
  });

  test('that is told an older state than its own write made is found, whatever its tokens say.', () => {
    expect(
      judged(
        { what: 'add', sent: 0, got: 3, answer: 11, uuid: 'b' },
        { what: 'session read', sent: 3, got: 3, answer: 1 },
      ),
    ).toBe('operation 2 of c1, GET /sum was told 200 1, which is older than what its session had seen');
  });

  test('whose write leaves no trace in its token is found.', () => {
    expect(judged({ what: 'add', sent: 2, got: 2, answer: 11, uuid: 'b' })).toBe(
      'operation 1 of c1, POST /add: its write is entry 3 of sums, and its token says 2',
    );
  });

  test('whose token goes back, or is lost, is found.', () => {
    expect(judged({ what: 'read', sent: 0, got: 3, answer: 11 }, { what: 'read', sent: 3, got: 2, answer: 11 })).toBe(
      'operation 2 of c1, GET /sum: its token of sums went back from 3 to 2',
    );
    expect(judged({ what: 'read', sent: 0, got: 3, answer: 11 }, { what: 'read', sent: 3, answer: 11 })).toContain(
      'went back from 3 to 0',
    );
  });

  test('learns nothing from a refusal by the front end, nor from the sessions of others.', () => {
    expect(
      judged(
        { what: 'read', sent: 0, got: 3, answer: 11 },
        { what: 'add', sent: 3, answer: 0, status: 400 },
        { what: 'session read', sent: 2, got: 2, answer: 1, client: 'c2' },
      ),
    ).toBeUndefined();
  });

  test('without a token is none.', () => {
    expect(judged({ what: 'read', got: 3, answer: 11 }, { what: 'read', got: 2, answer: 1 })).toBeUndefined();
  });
});
