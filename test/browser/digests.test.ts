import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { parse } from 'yaml';
import { CHROMIUM, openPage, useBrowser } from '../support/playground/browser.ts';
import { decodePlan, planOfSeed, runPlan } from '../support/sim/bundled.ts';
import { plainPlan } from '../../src/sim/plan/plain-plan.ts';
import type { Plan } from '../../src/sim/plan/plan.ts';

useBrowser();

/** The 25 that end soonest. */
const SCENARIOS = readdirSync('scenarios')
  .filter((file) => file.endsWith('.yaml'))
  .map(scenario)
  .sort((a, b) => a.horizon - b.horizon)
  .slice(0, 25);

function scenario(file: string): Plan {
  const decoded = decodePlan(parse(readFileSync(`scenarios/${file}`, 'utf8')));
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return decoded.value;
}

describe.skipIf(CHROMIUM === undefined)('in a browser', () => {
  test('25 scenarios and 20 seeds have the digests that they have in Node.', async () => {
    const plans: readonly Plan[] = [...SCENARIOS, ...Array.from({ length: 20 }, (_, place) => planOfSeed(place + 1))];
    const { page, faults } = await openPage();
    const script = readdirSync(`${inject('siteFolder')}/assets`).find((name) => name.startsWith('run-worker'));
    const asked = { script: `assets/${script}`, plans: plans.map(plainPlan) };
    // Both at the same time.
    const inBrowser: Promise<unknown> = page.evaluate(`(async ({ script, plans }) => {
      const worker = new Worker(script, { type: 'module' });
      const told = [];
      for (const [id, plan] of plans.entries()) {
        worker.postMessage({ type: 'open', id, plan });
        told.push(await new Promise((resolve) => {
          worker.onmessage = ({ data }) => {
            if (data.type === 'ran') resolve(data.model.digest + ' ' + data.model.events);
            else if (data.type !== 'progress') resolve(JSON.stringify(data));
          };
        }));
      }
      return told;
    })(${JSON.stringify(asked)})`);
    const inNode = plans.map((plan) => {
      const { digest, events } = runPlan(plan, { strict: false });
      return `${digest} ${events}`;
    });
    expect(plans.length).toBe(45);
    expect(await inBrowser).toEqual(inNode);
    expect(faults).toEqual([]);
  }, 180_000);
});
