import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  addGoals,
  countGoals,
  type GoalName,
  GOALS,
  goalsHit,
  goalsNeverHit,
  isGoal,
} from '../../../src/sim/coverage/goals.ts';
import { logProbes } from '../../../src/sim/coverage/logs.ts';
import type { ProbeContext } from '../../../src/sim/coverage/probe.ts';
import {
  dataServers,
  diskWith,
  emptyLog,
  epoch,
  evidenceOf,
  extend,
  GROUP,
  NOOP,
  primary,
} from '../../support/sim/bad-cluster.ts';
import { decodePlan, planOf, runPlan } from '../../support/sim/bundled.ts';

async function goalsOf(scenario: string): Promise<readonly GoalName[]> {
  const decoded = decodePlan(parse(await readFile(`scenarios/${scenario}.yaml`, 'utf8')));
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return goalsHit(runPlan(decoded.value));
}

describe('counts of goals', () => {
  test('of two parts of a corpus add up, whatever the parts.', () => {
    const runs: (readonly GoalName[])[] = [['full-copy', 'write-held'], ['write-held'], [], ['busy-refused']];
    const whole = countGoals(runs);
    expect(whole).toEqual({ 'full-copy': 1, 'write-held': 2, 'busy-refused': 1 });
    for (let cut = 0; cut <= runs.length; cut += 1) {
      expect(addGoals(countGoals(runs.slice(0, cut)), countGoals(runs.slice(cut)))).toEqual(whole);
    }
  });

  test('name what was never hit.', () => {
    const all = Object.keys(GOALS).filter(isGoal);
    expect(goalsNeverHit(countGoals([all]))).toEqual([]);
    expect(goalsNeverHit(countGoals([all.filter((goal) => goal !== 'full-copy'), []]))).toEqual(['full-copy']);
    expect(goalsNeverHit({})).toEqual(all);
  });
});

describe('what a story is about is among its goals:', () => {
  test.each<[string, GoalName[]]>([
    ['all-but-one-at-once', ['last-survivor-serves', 'witness-decides', 'removed-server']],
    ['laggard-takes-a-full-copy', ['full-copy', 'readmitted-server']],
    ['retry-across-failover', ['retry-across-failover']],
    ['primary-dies-mid-purchase', ['call-resumed-by-successor', 'call-settled']],
    ['the-primary-falls-asleep', ['election-while-paused']],
    ['join-while-serving', ['newcomer-votes', 'full-copy']],
    ['replace-a-lost-disk', ['new-disk-votes', 'lost-disk-stays-out']],
    ['rolling-restart', ['stopped-in-order', 'witness-votes-moved']],
    ['transfer-under-load', ['handed-over-by-order', 'kept-office']],
    ['leave-of-the-primary', ['left-for-good', 'removed-while-alive']],
    ['bazaar-a-push-is-lost', ['cache-hit', 'push-missed', 'push-drops']],
    ['bazaar-a-cut-off-front-end-forgets', ['cache-hit', 'cache-unconfirmed']],
    ['bazaar-an-answer-comes-after-the-news', ['late-fill-dropped', 'read-at-secondary']],
  ])('%s', async (scenario, goals) => {
    expect(await goalsOf(scenario)).toEqual(expect.arrayContaining(goals));
  });

  test('a calm run hits nothing that takes a fault.', () => {
    const calm = planOf({ horizon: 3_000, workload: { clients: 1, requests: 5, mix: { 'create-user': 1 } } });
    const hit = goalsHit(runPlan(calm));
    expect(hit).toContain('write-held');
    for (const goal of ['two-primaries', 'full-copy', 'removed-server', 'core-served', 'truncated-write'] as const) {
      expect(hit).not.toContain(goal);
    }
  });
});

test('An entry of an older epoch on a majority is Figure 8, and one of the own epoch is not.', () => {
  const five = dataServers('s1', 's2', 's3', 's4', 's5');
  const log = extend(emptyLog(five), epoch(1, 's1'), NOOP);
  const disk = diskWith(log);
  const scene: ProbeContext = {
    evidence: evidenceOf({ s1: disk, s2: disk, s3: disk, s4: diskWith(emptyLog(five)) }, five),
    isCut: () => false,
    isUp: () => true,
    isPaused: () => false,
    replicaOf: () => undefined,
  };
  const probe = logProbes().find(({ goal }) => goal === 'old-entry-on-majority');
  const seen = (counter: number): boolean | undefined => {
    const after = primary(log, epoch(counter, 's1'), 0);
    return probe?.stepped?.({ node: 's1', group: GROUP, before: undefined, after }, scene);
  };
  expect(seen(3)).toBe(true);
  expect(seen(1)).toBe(false);
});
