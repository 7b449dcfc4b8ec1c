import { describe, expect, test } from 'vitest';
import { frontEndStatus } from '../../src/frontend/front-end.ts';
import { accepted } from '../../src/protocol/model/app.ts';
import {
  callId,
  done,
  EPOCH_1,
  get,
  ledStage,
  located,
  locates,
  replies,
  type Stage,
} from '../support/frontend/one-front-end.ts';

const asking = { settings: { probeEvery: 1_000, retryAfter: 500 } };

const servedBy = (it: Stage) => frontEndStatus(it.frontEnd()).groups.map((group) => group.servedBy);

const probe = (group: string) => ({ type: 'send', to: { node: 's1', unit: group }, message: { type: 'locate' } });

describe('a front end without requests', () => {
  test('asks the primaries whether they are there, and does not count on one that is not', () => {
    const it = ledStage(asking);
    it.wait(0);
    expect(it.wait(999)).toEqual([]);
    expect(it.wait(1)).toEqual([probe('events'), probe('users')]);
    it.hear('s1', 'events', located('s1', EPOCH_1));
    expect(servedBy(it)).toEqual(['s1', 's1']);
    expect(it.wait(500)).toEqual(locates('users'));
    expect(servedBy(it)).toEqual(['s1', undefined]);
  });

  test('counts on a server that hears the primary, and on the primary again once that answers', () => {
    const it = ledStage(asking);
    it.wait(0);
    it.wait(1_000);
    it.wait(500);
    expect(servedBy(it)).toEqual([undefined, undefined]);
    it.hear('s2', 'users', located('s1', EPOCH_1));
    expect(servedBy(it)).toEqual([undefined, 's2']);
    it.hear('s1', 'events', located('s1', EPOCH_1));
    it.hear('s1', 'users', located('s1', EPOCH_1));
    expect(servedBy(it)).toEqual(['s1', 's1']);
  });

  test('does not take a server on its word that has left a probe without an answer', () => {
    const it = ledStage(asking);
    it.wait(0);
    it.wait(1_000);
    it.wait(500);
    it.hear('s2', 'users', located('s1', EPOCH_1));
    it.wait(0);
    it.wait(1_000);
    it.wait(500);
    expect(servedBy(it)).toEqual([undefined, undefined]);
  });
});

test('A primary that the list of servers does not have yet is given up like any other, and wakes nobody for it', () => {
  const it = ledStage(asking);
  it.tell({ type: 'led', group: 'users', primary: 's9', epoch: { counter: 5, nodeId: 's9' } });
  it.wait(0);
  it.wait(1_000);
  it.wait(500);
  expect(servedBy(it)[1]).toBeUndefined();
  expect(it.wakeAt()).toBeGreaterThan(1_500);
});

test('A primary that answers requests is asked nothing else', () => {
  const it = ledStage(asking);
  it.wait(0);
  it.wait(600);
  it.ask(get(1, '/events/0'));
  it.hear('s1', 'events', replies([done(callId(1), accepted({}))]));
  expect(it.wait(400)).toEqual([probe('users')]);
});
