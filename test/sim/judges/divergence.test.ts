import { describe, expect, test } from 'vitest';
import type { Message, Reply } from '../../../src/protocol/model/messages.ts';
import { divergence } from '../../../src/sim/judges/divergence.ts';
import type { Judge } from '../../../src/sim/judges/judge.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { emptyLog, epoch, extend, GROUP, NOOP, replica, step } from '../../support/sim/bad-cluster.ts';

// Only a state that is wrong is called so, and one that is known to be answers nothing (PROTOCOL §11.8).

const ONE = epoch(1, 's1');
const LOG = extend(emptyLog(), ONE, NOOP, NOOP);

const RIGHT = replica(LOG, 2);
const ASTRAY = withState(RIGHT, { inner: 0, strayed: 1 });
const KNOWING = { ...ASTRAY, diverged: 2 };
const FAILED = afterFailedMigration();

/** Has applied an activation whose migration failed: its state is still of version 1. */
function afterFailedMigration(): SeenReplica {
  const failed = replica(extend(LOG, ONE, { type: 'activate', version: 2 }), 2);
  const { machine } = failed;
  const at = { index: 3, hash: 0, epoch: ONE };
  return { ...failed, machine: machine && { ...machine, at: { ...machine.at, ...at } } };
}

function withState(seen: SeenReplica, state: unknown): SeenReplica {
  return { ...seen, machine: seen.machine && { ...seen.machine, state } };
}

/** A judge that has seen s2 become what it is in these steps, none of which it minds. */
function judgeOf(...states: readonly SeenReplica[]): Judge {
  const judge = divergence();
  for (const [place, state] of states.entries())
    expect(judge.stepped?.(step('s2', state, states[place - 1]))).toBeUndefined();
  return judge;
}

function sends(judge: Judge, node: string, message: Message): string | undefined {
  return judge.sent?.({ from: { node, unit: GROUP }, to: { node: 'f1', unit: GROUP }, message });
}

const DONE: Reply = {
  type: 'done',
  id: 'r1',
  outcome: { type: 'accepted', value: 1 },
  index: 2,
  lamport: 1,
  rests: [],
};
const UNSERVED: Reply = { type: 'unserved', id: 'r1', reason: 'busy' };

function replies(...items: readonly Reply[]): Message {
  return { type: 'replies', epoch: ONE, primary: 's1', historyId: 'test', items };
}

function heartbeat(diverged?: { readonly index: number; readonly version: number; readonly hash: number }): Message {
  return { type: 'heartbeat', epoch: ONE, beat: 1, commit: 2, time: 0, date: undefined, diverged };
}

describe('A replica that takes its state for a wrong one', () => {
  test('while no state of the group is, is found.', () => {
    const judge = judgeOf(RIGHT);
    expect(judge.stepped?.(step('s2', { ...RIGHT, diverged: 2 }, RIGHT))).toBe(
      'sums at s2 takes its state for a wrong one, and no state of the group is',
    );
  });

  test('may, where a command was applied otherwise, or a migration failed that had worked elsewhere.', () => {
    judgeOf(RIGHT, ASTRAY, KNOWING);
    judgeOf(RIGHT, FAILED, { ...FAILED, diverged: 3 });
  });
});

describe('A primary that tells a server that its state has diverged', () => {
  test('while no state of the group has, is found.', () => {
    const told = heartbeat({ index: 2, version: 1, hash: 7 });
    expect(sends(judgeOf(RIGHT), 's1', told)).toBe(
      'sums at s1 says that a state has diverged after 2, and none of the group has',
    );
  });

  test('may, where one has; and any heartbeat may say nothing of it.', () => {
    expect(sends(judgeOf(RIGHT, ASTRAY), 's1', heartbeat({ index: 2, version: 1, hash: 7 }))).toBeUndefined();
    expect(sends(judgeOf(RIGHT), 's1', heartbeat())).toBeUndefined();
  });
});

/** A judge that has seen s2 know, before its last step, that its state has diverged. */
function known(): Judge {
  return judgeOf(RIGHT, ASTRAY, KNOWING, { ...KNOWING, lamport: 9 });
}

describe('A replica that answers', () => {
  test('after a step in which it knew that its state has diverged, is found.', () => {
    expect(sends(known(), 's2', replies(UNSERVED, DONE))).toBe(
      'sums at s2 knows that its state has diverged, and answers r1',
    );
  });

  test('after a step in which a migration had failed there, is found; in the step itself it may answer what it applied before.', () => {
    expect(sends(judgeOf(RIGHT, FAILED), 's2', replies(DONE))).toBeUndefined();
    expect(sends(judgeOf(RIGHT, FAILED, { ...FAILED, lamport: 9 }), 's2', replies(DONE))).toBe(
      'sums at s2 knows that its state has diverged, and answers r1',
    );
  });

  test('may, before that step has ended, in another replica, and when it was given another state.', () => {
    expect(sends(judgeOf(RIGHT, ASTRAY, KNOWING), 's2', replies(DONE))).toBeUndefined();
    expect(sends(known(), 's3', replies(DONE))).toBeUndefined();
    const healed = known();
    expect(healed.stepped?.(step('s2', RIGHT, KNOWING))).toBeUndefined();
    expect(sends(healed, 's2', replies(DONE))).toBeUndefined();
  });

  test('may refuse, and pass on what another one answers.', () => {
    const judge = known();
    expect(sends(judge, 's2', replies(UNSERVED))).toBeUndefined();
    const origin = { node: 'f1', unit: GROUP };
    const message: Message = { type: 'relayed', origin, epoch: ONE, primary: 's1', historyId: 'test', items: [DONE] };
    judge.received?.({ from: { node: 's1', unit: GROUP }, to: { node: 's2', unit: GROUP }, message });
    expect(sends(judge, 's2', replies(DONE))).toBeUndefined();
  });
});
