import { describe, expect, test } from 'vitest';
import {
  callId,
  EPOCH_1,
  EPOCH_2,
  ledStage,
  locates,
  post,
  replies,
  type Stage,
  uuid7,
} from '../support/frontend/one-front-end.ts';

const WALL = 1_700_000_000_000;

/** A key of version 4 says nothing of its date. */
const undated = (id: number): string => uuid7(id).replace('-7', '-4');

const ann = (id: number) => post(id, '/users/create', { username: 'ann' }, { 'idempotency-key': undated(id) });

function issuedAt(effects: ReturnType<Stage['ask']>): unknown {
  return effects.flatMap((effect) => {
    if (effect.type !== 'send' || effect.message.type !== 'requests') return [];
    return effect.message.items.map((item) => (item.type === 'write' ? item.issuedAt : undefined));
  });
}

describe('§7.8: a front end dates keys without a date by cluster time', () => {
  test('and takes no write before it has heard one: it asks, and the answer sends the write', () => {
    const it = ledStage({ knowsTime: false });
    expect(it.ask(ann(1))).toEqual(locates('users'));
    const told = { type: 'located', epoch: EPOCH_1, primary: 's1', time: 5_000 } as const;
    expect(issuedAt(it.hear('s1', 'users', told))).toEqual([5_000]);
  });

  test('asks again where the answer is lost, and takes what another server believes only as long as it knows none', () => {
    const it = ledStage({ knowsTime: false });
    it.ask(ann(1));
    expect(it.wait(50)).toEqual(locates('users'));
    const believed = { type: 'located', epoch: EPOCH_1, primary: 's1' } as const;
    expect(issuedAt(it.hear('s2', 'users', { ...believed, time: 7_000 }))).toEqual([7_000]);
    it.hear('s3', 'users', { ...believed, time: 9_000 });
    expect(issuedAt(it.ask(ann(2)))).toEqual([7_000]);
  });

  test('of the primary rather than of a server, though that believes in a later one', () => {
    const it = ledStage({ knowsTime: false });
    it.hear('s2', 'users', { type: 'located', epoch: EPOCH_1, primary: 's1', time: WALL + 3_600_000 });
    it.hear('s1', 'users', { type: 'located', epoch: EPOCH_1, primary: 's1', time: WALL });
    expect(issuedAt(it.ask(ann(1)))).toEqual([WALL]);
  });

  test('of an epoch that elections can have reached', () => {
    const it = ledStage();
    const far = { counter: Number.MAX_SAFE_INTEGER, nodeId: 's2' };
    it.hear('s2', 'users', { type: 'located', epoch: far, primary: 's2', time: 8_640_000_000_000_000 });
    expect(issuedAt(it.ask(ann(1)))).toEqual([WALL]);
  });

  test('that goes on by its monotonic clock, whatever its wall clock shows', () => {
    const it = ledStage();
    it.hear('s1', 'users', replies([], { time: 10_000_000 + WALL }));
    it.wait(40);
    expect(issuedAt(it.ask(ann(1)))).toEqual([WALL + 10_000_040]);
  });

  test('that an earlier message of the same tenure does not put back, and a newer tenure does', () => {
    const it = ledStage();
    it.hear('s1', 'users', replies([], { time: WALL + 900 }));
    it.hear('s1', 'users', replies([], { time: WALL + 100 }));
    expect(issuedAt(it.ask(ann(1)))).toEqual([WALL + 900]);
    it.hear('s2', 'users', replies([], { epoch: EPOCH_2, primary: 's2', time: WALL + 300 }));
    expect(issuedAt(it.ask(ann(2)))).toEqual([WALL + 300]);
  });

  test('once: a retry has the same date', () => {
    const it = ledStage();
    expect(issuedAt(it.ask(ann(1)))).toEqual([WALL]);
    expect(issuedAt(it.wait(1_000))).toEqual([WALL]);
    expect(callId(1)).toContain(uuid7(1));
  });
});
