import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { modelOf } from '../../src/playground/model/run-model.ts';
import { showSeconds } from '../../src/sim/diagram/show-time.ts';
import { inWords } from '../../src/sim/diagram/words.ts';
import { CHROMIUM, openPage, settled, useBrowser } from '../support/playground/browser.ts';
import { decodePlan, runPlan } from '../support/sim/bundled.ts';

useBrowser();

const SCENARIOS = [
  'one-way-partition',
  'minority-primary',
  'retry-across-failover',
  'a-disk-forgets',
  'bazaar-a-push-is-lost',
];

/** The lines of a run in Node: the time of each telling event, and its sentence. */
function linesOf(scenario: string): readonly string[] {
  const decoded = decodePlan(parse(readFileSync(`scenarios/${scenario}.yaml`, 'utf8')));
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  const { recording, messages, steps } = modelOf(runPlan(decoded.value, { strict: false, recording: true }));
  return steps.flatMap((place) => {
    const event = recording.events[place];
    return event === undefined ? [] : [`${showSeconds(event.at)} ${inWords(event, (id) => messages[id - 1]).says}`];
  });
}

/** Steps through the whole run, and returns what each of the three says at each telling event. */
const WALK = `(async () => {
  const press = async (key) => {
    document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(0);
    });
  };
  const text = (selector) => document.querySelector(selector)?.textContent ?? 'none';
  const count = () => text('.transport .count').split(' / ').map(Number);
  const told = { sentence: [], row: [], live: [] };
  await press('Home');
  while (count()[0] < 1) await press('ArrowRight');
  for (let left = count()[1]; left > 0; left -= 1) {
    told.sentence.push(text('.sentence time') + ' ' + text('.sentence strong'));
    told.row.push(text('.words tr[aria-current] time') + ' ' + text('.words tr[aria-current] button'));
    told.live.push(text('.sentence [aria-live=polite]'));
    await press('ArrowRight');
  }
  return told;
})()`;

const told = z.object({
  sentence: z.array(z.string()),
  row: z.array(z.string()),
  live: z.array(z.string()),
});

describe.skipIf(CHROMIUM === undefined)('what happens', () => {
  test('is told in the same words by the sentence, the table, the live region and the simulator in Node.', async () => {
    const { page, faults } = await openPage();
    for (const scenario of SCENARIOS) {
      const runs = page.getByLabel('Run', { exact: true });
      const title = (await runs.locator(`option[value="scenario ${scenario}"]`).textContent()) ?? '';
      await runs.selectOption(`scenario ${scenario}`);
      await expect.poll(() => runs.locator('option').first().textContent()).toBe(title);
      await settled(page);
      await page.locator('#tab-words').click();
      const lines = linesOf(scenario);
      const { sentence, row, live } = told.parse(await page.evaluate(WALK));
      expect(sentence, scenario).toEqual(lines);
      expect(row, scenario).toEqual(lines);
      expect(live, scenario).toEqual(lines);
      await page.getByRole('button', { name: `All ${lines.length} lines` }).click();
      const [times, says] = await Promise.all(
        ['.words td time', '.words td button'].map((cell) => page.locator(cell).allTextContents()),
      );
      expect(
        times?.map((time, place) => `${time} ${says?.[place]}`),
        scenario,
      ).toEqual(lines);
      await page.getByRole('button', { name: 'Only around the cursor' }).click();
    }
    expect(faults).toEqual([]);
  });
});
