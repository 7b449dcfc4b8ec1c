// examples/locks/locks.test.ts
import * as fc from 'fast-check';
import { accepted, refused } from 'understudy';
import { appCommands, checkApp, command, DOES_NOT_MATTER, plans, simulate, type Twin } from 'understudy/testing';
import 'understudy/testing/vitest';
import { expect, test } from 'vitest';
import { brokenLocks, brokenService } from './broken.ts';
import { locks, lockService } from './locks.ts';

const acquire = fc.record({ type: fc.constant('acquire' as const), owner: fc.constantFrom('ann', 'bob') });
const release = fc.record({ type: fc.constant('release' as const), token: fc.nat({ max: 5 }) });
const asked = fc.oneof(acquire, release);

type LockCommand = ReturnType<typeof asked.generate>['value'];

test('One lock, one owner, also when its primary dies', () => {
  const run = simulate(locks, {
    faults: [
      { type: 'crash', at: 1_995, node: 'primary of locks' },
      { type: 'restart', at: 6_000 },
    ],
    workload: {
      script: [
        { at: 2_000, client: 'c1', ...asks({ type: 'acquire', owner: 'ann' }), expect: 200 },
        { at: 5_000, client: 'c2', ...asks({ type: 'acquire', owner: 'bob' }), expect: 400 },
      ],
    },
  });
  expect(run).toHaveHeld();
  expect(run).toHaveSeen('elected', { of: 'locks', atLeast: 2 });
  expect(run).toHaveAnsweredAll();
  expect(run.read(locks, { type: 'holder' })).toEqual(accepted({ owner: 'ann', token: 1 }));
});

test('Every rule holds, whatever happens', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(plans(lockService), (plan) => {
      expect(simulate(lockService, plan)).toHaveHeld();
    }),
    { numRuns: 8, seed: 1 },
  );
});

test('The app is pure and total, and its state travels', () => {
  checkApp(locks, asked, { queries: fc.constant({ type: 'holder' as const }) });
});

test('The app does what a dumb model does, with repeats, expired requests and full copies', () => {
  const stories = appCommands(locks, { commands: asked, twin: lockTwin });
  fc.assert(fc.property(stories, (story) => story.run()));
});

test('A release that looks at no token is found: by the laws, by the twin, and when clients get in each other’s way', () => {
  const stories = appCommands(brokenLocks, { commands: asked, twin: lockTwin });
  expect(() => checkApp(brokenLocks, asked)).toThrow('a token is given back before the next is given');
  expect(() => fc.assert(fc.property(stories, (story) => story.run()))).toThrow('write(locks');
  expect(simulate(brokenService, { workload: { clients: 4, requests: 30, think: 10 } })).toHaveBroken('app-invariants');
});

test('A mistake of Understudy itself is found with this service, too', () => {
  const plan = {
    frontEnds: 1,
    faults: [
      { type: 'partition' as const, at: 1_998, name: 'deaf', from: ['others'], to: ['f1'], oneWay: true },
      { type: 'heal' as const, at: 2_500, name: 'deaf' },
    ],
    workload: { script: [{ at: 2_000, client: 'c1', ...asks({ type: 'acquire', owner: 'ann' }) }] },
  };
  expect(simulate(locks, plan)).toHaveHeld();
  expect(simulate(locks, plan, { planted: ['retries-under-new-uuid'] })).toHaveBroken();
});

function lockTwin(): Twin<LockCommand> {
  let owner: string | null = null;
  let token = 0;
  return {
    apply(said) {
      if (said.type === 'acquire' ? owner !== null : owner === null || said.token !== token) {
        return refused(DOES_NOT_MATTER);
      }
      owner = said.type === 'acquire' ? said.owner : null;
      if (said.type === 'acquire') token += 1;
      return said.type === 'acquire' ? accepted({ token }) : accepted();
    },
    reads: () => [{ query: { type: 'holder' }, outcome: accepted({ owner, token }) }],
  };
}

function asks(what: { readonly type: 'acquire'; readonly owner: string }) {
  const { method, path } = command(locks, what);
  return { method, path, body: { ...what } };
}
