import { describe, expect, test } from 'vitest';
import { frontEndStatus } from '../../src/frontend/front-end.ts';
import {
  callId,
  EPOCH_1,
  EPOCH_2,
  ledStage,
  post,
  replies,
  type Stage,
  unserved,
} from '../support/frontend/one-front-end.ts';

// The version of a group's state, as a front end knows it (PROTOCOL §11.7).

function versionAt(it: Stage): number | undefined {
  return frontEndStatus(it.frontEnd()).groups.find(({ group }) => group === 'users')?.version;
}

const TOLD = { type: 'located', epoch: EPOCH_1, primary: 's1', time: 1_700_000_000_000 } as const;

describe('§11.7: a front end hears the version of a group', () => {
  test('from its primary, and notes once that its own code is older', () => {
    const it = ledStage();
    expect(versionAt(it)).toBe(1);
    it.hear('s1', 'users', { ...TOLD, version: 2 });
    expect(versionAt(it)).toBe(2);
    expect(it.notes()).toContainEqual({
      type: 'note',
      note: { type: 'outdated-code', group: 'users', version: 2, has: 1 },
    });
    it.hear('s1', 'users', { ...TOLD, version: 2 });
    expect(it.notes()).toEqual([]);
  });

  test('with replies as well, and takes back what a primary told that is none any more', () => {
    const it = ledStage();
    it.hear('s1', 'users', replies([], { time: TOLD.time, version: 7 }));
    expect(versionAt(it)).toBe(7);
    it.hear('s2', 'users', replies([], { epoch: EPOCH_2, primary: 's2', time: TOLD.time }));
    expect(versionAt(it)).toBe(1);
  });

  test('and says of a request that the group cannot read which versions they have', () => {
    const it = ledStage();
    it.ask(post(1, '/users/create', { username: 'ann' }));
    it.hear('s1', 'users', { ...TOLD, version: 2 });
    const answered = it.hear('s1', 'users', replies([unserved(callId(1), 'malformed')]));
    const body = { error: 'version 2 of users cannot read this request, which a front end with version 1 has taken' };
    const [response] = answered.flatMap((effect) => (effect.type === 'respond' ? [effect.response] : []));
    expect(response).toMatchObject({ status: 400, body: JSON.stringify(body) });
  });

  test('not from another server, nor in an epoch that it does not know', () => {
    const it = ledStage();
    it.hear('s2', 'users', { ...TOLD, version: 2 });
    it.hear('s2', 'users', { ...TOLD, epoch: { counter: Number.MAX_SAFE_INTEGER, nodeId: 's2' }, version: 3 });
    expect(versionAt(it)).toBe(1);
  });
});
