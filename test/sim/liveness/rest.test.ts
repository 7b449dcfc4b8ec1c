import { describe, expect, test } from 'vitest';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import { decodePlan, planOf, runPlan } from '../../support/sim/bundled.ts';

const SETTINGS = { electAfter: 300, suspectAfter: 200, quorumWithin: 300, removeAfter: 600, readmitAfter: 300 };

function ended(more: PlanInput) {
  return runPlan(planOf({ settings: SETTINGS, horizon: 2_000, ending: 'core', ...more }));
}

describe('a core', () => {
  test('of one data server and the front ends serves, and the rest stays broken for good.', () => {
    const { verdict, liveness, core, goals, history } = ended({ core: ['s2', 'f1', 'f2'] });
    expect({ verdict, liveness, nodes: core?.nodes }).toEqual({
      verdict: 'ok',
      liveness: 'served',
      nodes: ['s2', 'f1', 'f2'],
    });
    expect([...(core?.broken.keys() ?? [])]).toEqual(['s1', 's3']);
    expect(goals).toContain('core-served');
    // A write and a read through each front end.
    const answers = history.map(({ client, call, result }) => [
      `${client} ${call.method}`,
      result?.type === 'answered' && result.status,
    ]);
    expect(Object.fromEntries(answers)).toEqual({ 'p1 POST': 200, 'p1 GET': 200, 'p2 POST': 200, 'p2 GET': 200 });
  });

  test('drawn from the seed can serve, differs from seed to seed, and is the same for the same seed.', () => {
    const cores = [1, 2, 3, 4, 5, 6].map((seed) => ended({ seed, servers: 5, horizon: 1_000 }).core);
    expect(new Set(cores.map((core) => core?.nodes.join(' '))).size).toBeGreaterThan(2);
    expect(ended({ seed: 3, servers: 5, horizon: 1_000 }).core).toEqual(cores[2]);
  });

  test('without a majority of votes need not serve, and has to be safe.', () => {
    const { verdict, liveness, core, goals } = ended({ core: ['s2', 'f1'] });
    expect({ verdict, liveness, hopeless: core?.hopeless?.type }).toEqual({
      verdict: 'ok',
      liveness: 'unrecoverable',
      hopeless: 'no-quorum',
    });
    expect(goals).toContain('hopeless-core');
  });

  test('that does not serve in time is a violation, with every reason.', () => {
    const { violation, liveness, pending } = ended({ core: ['s2', 'f1', 'f2'], restWithin: 100 });
    expect(violation?.judge).toBe('rest');
    expect(liveness).toBeUndefined();
    expect(pending.map(({ where }) => where)).toEqual(expect.arrayContaining(['events']));
    for (const { where, why } of pending) expect(violation?.reason).toContain(`${where}: ${why}`);
  });

  test('without the code that a log needs need not serve, where no server can be given it.', () => {
    const { verdict, liveness, core } = ended({
      servers: 1,
      frontEnds: 1,
      ending: 'all',
      horizon: 0,
      faults: [
        { type: 'deploy', at: 0, node: 's1', oldest: 2, newest: 3 },
        { type: 'rot-disk', at: 0, node: 's1' },
      ],
    });
    expect({ verdict, liveness, hopeless: core?.hopeless?.type }).toEqual({
      verdict: 'ok',
      liveness: 'unrecoverable',
      hopeless: 'no-code',
    });
  });

  test('has lost a server whose migration hangs, where its disk is rotten: it would not start again.', () => {
    const { verdict, liveness, core } = ended({
      servers: 1,
      frontEnds: 1,
      ending: 'all',
      horizon: 1_000,
      migration: { takes: 'for ever' },
      faults: [
        { type: 'deploy', at: 0, node: 's1', oldest: 1, newest: 2 },
        { type: 'rot-disk', at: 1_000, node: 's1' },
      ],
    });
    expect({ verdict, liveness, hopeless: core?.hopeless?.type }).toEqual({
      verdict: 'ok',
      liveness: 'unrecoverable',
      hopeless: 'no-data-voter',
    });
  });

  test('need not serve where writes need a server whose build lacks the code, and it can be given none.', () => {
    const { verdict, liveness, core } = ended({
      servers: 2,
      frontEnds: 1,
      ending: 'all',
      horizon: 9_000,
      settings: { minInSync: 2 },
      builds: { s2: { oldest: 1, newest: 2 } },
      faults: [
        { type: 'deploy', at: 120, node: 's1', oldest: 1, newest: 2 },
        { type: 'deploy', at: 4_000, node: 's2', oldest: 1, newest: 1 },
        { type: 'rot-disk', at: 9_000, node: 's2' },
      ],
    });
    expect({ verdict, liveness, hopeless: core?.hopeless }).toEqual({
      verdict: 'ok',
      liveness: 'unrecoverable',
      hopeless: {
        type: 'too-few-in-sync',
        reason: 'events: 1 data servers have the code of its version, and writes need 2',
      },
    });
  });

  test('has time for the fence of a write whose client asks by name what has become of it.', () => {
    const { verdict, liveness, history } = ended({
      seed: 1376,
      service: 'bazaar',
      settings: {},
      horizon: 550,
      network: { refusals: false },
      restWithin: 30_000,
      faults: [
        { type: 'jump-clock', at: 0, node: 'f1', byMillis: 80_000 },
        { type: 'short-disk', at: 0, node: 's1' },
      ],
    });
    expect({ verdict, liveness }).toEqual({ verdict: 'ok', liveness: 'served' });
    // Refused while the disk was full, asked for by name, and forgotten: by its fence, a minute later.
    expect(history.filter(({ result }) => result?.type === 'unknown').length).toBeGreaterThan(0);
  });

  test('may know of a removal by its front ends alone, whose word of it no server takes.', () => {
    const plan = planOf({
      settings: SETTINGS,
      horizon: 2_000,
      ending: 'core',
      servers: 2,
      frontEnds: 3,
      core: ['s1', 'f1', 'f2'],
      faults: [
        { type: 'partition', at: 1_950, name: 'between servers', from: ['s1'], to: ['s2'] },
        { type: 'remove', at: 1_960, node: 'f3' },
      ],
    });
    const { verdict, liveness, trace } = runPlan(plan, { trace: true });
    expect({ verdict, liveness }).toEqual({ verdict: 'ok', liveness: 'served' });
    const told = trace?.filter((line) => line.includes('f3 is removed')).map((line) => line.trim().split(/ +/)[1]);
    expect(told).toEqual(expect.arrayContaining(['s2', 'f1', 'f2']));
    expect(told).not.toContain('s1');
  });

  test('is everything that still has its disk, unless a plan says otherwise.', () => {
    const { liveness, core } = ended({ ending: 'all', faults: [{ type: 'lose-disk', at: 1_500, node: 's1' }] });
    expect({ liveness, nodes: core?.nodes, broken: [...(core?.broken ?? [])] }).toEqual({
      liveness: 'served',
      nodes: ['s2', 's3', 'f1', 'f2'],
      broken: [['s1', 'gone']],
    });
  });

  test('leaves the rest not ready, or the judge of readiness says so.', () => {
    // With this seed f2 is mute: it hears the primary, which does not hear it.
    const plan = planOf({ seed: 4, settings: SETTINGS, horizon: 2_000, ending: 'core', core: ['s1', 's2', 'f1'] });
    const { liveness, core } = runPlan(plan, { strict: false });
    expect([liveness, core?.broken.get('f2')]).toEqual(['served', 'mute']);
    const planted = new Set(['stays-ready-while-cut-off'] as const);
    const { violation } = runPlan(plan, { planted, strict: false });
    expect([violation?.judge, violation?.reason]).toEqual(['readiness', 'f2 is mute, and says that it is ready']);
  });

  test.each([
    ['the primary and one whose vote it took', ['s2', 's3', 'f1']],
    ['two that never had the vote taken, and a witness that knows of it', ['s1', 's2', 'f1']],
  ])('must serve where a primary that lost its majority took a vote on hearsay: %s.', (_, core) => {
    const plan = planOf({
      seed: 3,
      frontEnds: 2,
      network: { refusals: true },
      faults: [
        { at: 2_500, type: 'crash', node: 'secondaries of events' },
        { at: 2_500, type: 'crash', node: 'f2' },
      ],
      horizon: 6_500,
      ending: 'core',
      core,
    });
    expect(runPlan(plan, { strict: false }).liveness).toBe('served');
    const planted = new Set(['changes-votes-on-word-of-suspects'] as const);
    // The judge of the act itself ends the run there; without it the oracle must not excuse the outcome.
    expect(runPlan(plan, { planted, strict: false }).violation?.judge).toBe('voters-heard');
    const { violation } = runPlan(plan, { planted, strict: false, without: new Set(['voters-heard']) });
    expect(violation?.judge).toBe('rest');
    expect(violation?.reason).toContain('there is no primary');
  });

  test.each([
    [{ ending: 'core', core: ['s9'] }, 'plan.core: there is no node s9'],
    [{ core: ['s1'] }, 'plan.core: only an ending of `core` has one'],
  ] as const)('that makes no sense is rejected: %j', (value, reason) => {
    expect(decodePlan(value)).toEqual({ type: 'rejected', reason });
  });
});
