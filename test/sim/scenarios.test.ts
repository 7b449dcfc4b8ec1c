import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { decodePlan } from '../../src/sim/plan/plan.ts';
import { runPlan } from '../../src/sim/run.ts';

const files = readdirSync('scenarios').filter((file) => file.endsWith('.yaml'));

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
});
