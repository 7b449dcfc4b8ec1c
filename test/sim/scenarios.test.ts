import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { PlantedBug } from '../../src/protocol/model/mutants.ts';
import { IN_SCENARIOS, scenarioOf } from '../../src/sim/mutants/mutants.ts';
import { decodePlan, runPlan } from '../support/sim/bundled.ts';

const files = readdirSync('scenarios').filter((file) => file.endsWith('.yaml'));

/** A scenario, a bug that it finds, and the judge that says so. */
const FOUND_HERE: readonly (readonly [string, PlantedBug, string])[] = [
  ['one-link-between-two-primaries', 'never-goes-another-way', 'waits'],
  ['a-front-end-without-its-primaries', 'never-goes-another-way', 'waits'],
  ['a-disk-forgets', 'takes-forgotten-record-for-overtaken', 'goals'],
  ['the-last-act-is-not-taken', 'changes-votes-on-word-of-suspects', 'voters-heard'],
  ['two-silent-deaths', 'waits-for-those-silent-at-election', 'goals'],
  ['a-disk-that-is-slow-and-not-stuck', 'keeps-vote-of-slow-disk', 'goals'],
  ['a-front-end-behind-the-times', 'dates-by-own-clock', 'known-requests'],
  ['a-copy-of-a-disk-is-started', 'starts-copy-without-asking', 'monotonic'],
  ['a-tenure-that-began-late', 'reports-time-of-earlier-epoch', 'cluster-time'],
  ['a-halted-primary-stamps-late', 'believes-time-since-earlier-entries', 'cluster-time'],
  ['a-heartbeat-without-its-entries', 'follows-time-of-another-epoch', 'cluster-time'],
  ['bazaar-an-answer-comes-after-the-news', 'fills-cache-after-invalidation', 'history'],
  ['bazaar-an-order-is-numbered-once', 'retries-under-new-uuid', 'known-requests'],
  ['a-refused-purchase-is-never-seen', 'sells-before-finding-buyer', 'linearizable'],
  ['a-witness-is-lied-to-first', 'takes-first-epoch-it-hears', 'rest'],
  ['a-full-group-forgets', 'forgets-nothing-over-quota', 'room'],
  ['bazaar-a-call-waits-for-its-time', 'takes-call-it-cannot-follow', 'lamport-order'],
  ['bazaar-the-catalogue-dies-before-its-answer', 'executes-repeated-call-again', 'bookkeeping'],
];

describe('the scenarios', () => {
  test('are at least six.', () => {
    expect(files.length).toBeGreaterThanOrEqual(6);
  });

  test.each(files)('%s tells its story, twice the same.', (file) => {
    const decoded = decodePlan(parse(readFileSync(`scenarios/${file}`, 'utf8')));
    if (decoded.type === 'rejected') throw new Error(decoded.reason);
    const plan = decoded.value;
    expect(plan.name).toBeDefined();
    expect(plan.story).toBeDefined();
    expect(plan.expect.length).toBeGreaterThan(0);
    const first = runPlan(plan);
    expect(first.violation, `understudy sim run scenarios/${file} --trace`).toBeUndefined();
    expect(runPlan(plan, { strict: false }).digest).toBe(first.digest);
  });

  test.each(FOUND_HERE)('%s goes wrong with %s planted, and the judge %s says so.', (scenario, id, judge) => {
    const decoded = decodePlan(parse(readFileSync(`scenarios/${scenario}.yaml`, 'utf8')));
    if (decoded.type === 'rejected') throw new Error(decoded.reason);
    expect(runPlan(decoded.value, { planted: new Set([id]), strict: false }).violation?.judge).toBe(judge);
  });

  test.each(IN_SCENARIOS)('%s is among them, since hunts do not look for it.', (id) => {
    expect(FOUND_HERE.map(([scenario, bug]) => [bug, scenario])).toContainEqual([id, scenarioOf(id)]);
  });

  test('bazaar-a-cut-off-front-end-forgets goes wrong where what is kept is never too old.', () => {
    const decoded = decodePlan(parse(readFileSync('scenarios/bazaar-a-cut-off-front-end-forgets.yaml', 'utf8')));
    if (decoded.type === 'rejected') throw new Error(decoded.reason);
    const { value: plan } = decoded;
    const forever = { ...plan, settings: { ...plan.settings, cacheFor: 600_000 } };
    const { violation } = runPlan(forever, { strict: false });
    expect(violation?.judge).toBe('goals');
    expect(violation?.reason).toContain('cache-unconfirmed');
  });
});
