import { describe, expect, it } from 'vitest';
import { ticketWorkload } from '../../../src/apps/tickets/workload.ts';
import {
  type Answer,
  type ClientPool,
  clientsOf,
  hear,
  type PoolClient,
  takeTurn,
} from '../../../src/sim/clients/client.ts';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import { planOf } from '../../support/sim/bundled.ts';

const WALL = 1_763_700_000_000;

/** `planned`: the front ends of the plan, of which the first two have joined. */
function poolOf(
  workload: PlanInput['workload'],
  planned = 2,
): { readonly pool: ClientPool; readonly client: PoolClient } {
  const plan = planOf({ seed: 3, frontEnds: planned, workload });
  const roster = { frontEnds: ['f1', 'f2'] };
  const pool = { plan, workload: ticketWorkload, roster, operations: [], known: new Map(), isInLivenessPhase: false };
  const client = clientsOf(plan, 2).find(({ name }) => name === 'c1');
  if (client === undefined) throw new Error('there is no c1');
  return { pool, client };
}

const write = { at: 2, client: 'c1', method: 'POST', path: '/users/create', body: { username: 'Ada' } } as const;
const done: Answer = { status: 200, body: '{"userid":0}', token: 'users=h:7', uuid: '' };

describe('A client of a plan', () => {
  it('waits for the time of its script, asks the front end named there, and keeps what it was told', () => {
    const { pool, client } = poolOf({ think: 0, script: [{ ...write, through: 'f2', expect: 200 }] });
    expect(takeTurn(pool, client, 500, WALL)).toEqual({ type: 'waits', until: 2_000 });
    const asked = takeTurn(pool, client, 2_000, WALL);
    expect(asked).toMatchObject({
      type: 'asks',
      frontEnd: 'f2',
      operation: { number: 1, calledAt: 2_000, attempts: 1 },
    });
    hear(pool, client, done, 9_000);
    expect(pool.operations).toMatchObject([
      { result: { type: 'answered', at: 9_000, status: 200, token: 'users=h:7' } },
    ]);
    expect(client.token).toBe('users=h:7');
    expect(pool.known.get('users')).toBe(1);
    expect(takeTurn(pool, client, 9_000, WALL)).toEqual({ type: 'rests' });
  });

  it('asks the next front end under the same uuid after silence and after a 503', () => {
    const { pool, client } = poolOf({ think: 0, script: [{ ...write, through: 'f1' }] });
    takeTurn(pool, client, 2_000, WALL);
    hear(pool, client, undefined, 5_000);
    expect(takeTurn(pool, client, 6_000, WALL)).toEqual({ type: 'waits', until: 55_000 });
    expect(takeTurn(pool, client, 55_000, WALL)).toMatchObject({ frontEnd: 'f2', operation: { attempts: 2 } });
    hear(pool, client, { ...done, status: 503 }, 60_000);
    expect(takeTurn(pool, client, 110_000, WALL)).toMatchObject({ frontEnd: 'f1', operation: { attempts: 3 } });
    expect(pool.operations).toHaveLength(1);
    expect(pool.operations[0]?.uuids).toEqual([pool.operations[0]?.key]);
  });

  it('counts no attempt where the front end that its script names has not joined yet', () => {
    const { pool, client } = poolOf({ think: 0, script: [{ ...write, through: 'f3' }] }, 3);
    expect(takeTurn(pool, client, 2_000, WALL)).toMatchObject({ frontEnd: undefined, operation: { attempts: 0 } });
    hear(pool, client, undefined, 3_000);
    expect(takeTurn(pool, client, 60_000, WALL)).toMatchObject({ frontEnd: 'f1', operation: { attempts: 1 } });
  });

  it('gives up after its time, and keeps the outcome as unknown', () => {
    const { pool, client } = poolOf({ think: 0, giveUpAfter: 1, script: [write] });
    takeTurn(pool, client, 2_000, WALL);
    hear(pool, client, undefined, 3_500);
    expect(pool.operations).toMatchObject([{ result: { type: 'unknown', at: 3_500 } }]);
  });

  it('asks once where it has no uuid of its own, and learns the one it was given', () => {
    const { pool, client } = poolOf({ think: 0, script: [{ ...write, keyed: false }] });
    takeTurn(pool, client, 2_000, WALL);
    expect(pool.operations).toMatchObject([{ key: undefined, uuids: [] }]);
    hear(pool, client, { ...done, uuid: 'given' }, 3_000);
    expect(pool.operations).toMatchObject([{ uuids: ['given'] }]);
    const other = poolOf({ think: 0, script: [{ ...write, keyed: false }] });
    takeTurn(other.pool, other.client, 2_000, WALL);
    hear(other.pool, other.client, undefined, 3_000);
    expect(other.pool.operations).toMatchObject([{ result: { type: 'unknown' } }]);
  });

  it('chooses requests of its own, and none once the run ends', () => {
    const { pool, client } = poolOf({ clients: 1, requests: 3, think: 0 });
    expect(takeTurn(pool, client, 100_000, WALL)).toMatchObject({ operation: { call: { path: '/users/create' } } });
    hear(pool, client, done, 100_001);
    pool.isInLivenessPhase = true;
    expect(takeTurn(pool, client, 200_000, WALL)).toEqual({ type: 'rests' });
  });
});
