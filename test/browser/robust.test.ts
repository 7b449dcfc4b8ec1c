import { deflateRawSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { HOSTILE_PLANS } from '../support/playground/hostile-plans.ts';
import { randomFrom } from '../support/playground/random.ts';
import {
  CHROMIUM,
  digestOf,
  edit,
  openPage,
  press,
  sentenceOf,
  settled,
  useBrowser,
} from '../support/playground/browser.ts';

useBrowser();

const STEPS =
  'ArrowRight ArrowLeft Alt+ArrowRight Alt+ArrowLeft Shift+ArrowRight Shift+ArrowLeft n p n p v f b Home End';
const WALK = `${STEPS} 1 2 3 Shift+Digit1 + - [ ] Space`.split(' ');
const EDITS = ['c', 's', 'x', 'd', 'r', 'g', 'u', 'Shift+U', 'l', 'Shift+L', 'h', 'Shift+C', 'Delete'];

/** The link of the page, as far as the run. */
async function linkOf(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Share' }).click();
  const link = (await page.locator('pre[aria-label=Link]').textContent()) ?? '';
  await press(page, 'Escape');
  return new URL(link).hash;
}

describe.skipIf(CHROMIUM === undefined)('a reader who presses anything', () => {
  test('makes no error in 200 keys, and ends where a fresh page with that link is.', async () => {
    const { page, faults } = await openPage();
    const random = randomFrom(7);
    await page.locator('.stage li button').first().focus();
    for (let count = 0; count < 200; count += 1) {
      const keys = random() < 0.15 ? EDITS : WALK;
      await press(page, keys[Math.floor(random() * keys.length)] ?? 'n');
    }
    if ((await page.locator('.transport [aria-pressed=true]').count()) > 0) await press(page, 'Space');
    await settled(page);
    await press(page, 'ArrowLeft');
    expect(await page.locator('[role=alert]').count()).toBe(0);
    expect(faults).toEqual([]);
    if ((await page.locator('.compare [aria-pressed=true]', { hasText: 'Before' }).count()) > 0) await press(page, 'b');
    const [sentence, digest] = [await sentenceOf(page), await digestOf(page)];
    const twin = await openPage({ hash: await linkOf(page) });
    expect(await digestOf(twin.page)).toBe(digest);
    expect(await sentenceOf(twin.page)).toBe(sentence);
  });
});

function pack(value: unknown): string {
  return deflateRawSync(JSON.stringify(value)).toString('base64url');
}

const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;

/** Links that no page has made: cut off, changed, of another shape, with plans that are none. */
function brokenLinks(good: string): readonly string[] {
  const random = randomFrom(11);
  const at = (length: number): number => Math.floor(random() * length);
  const cut = Array.from({ length: 10 }, () => good.slice(0, at(good.length)));
  const changed = Array.from({ length: 13 }, () => {
    const place = at(good.length);
    return `${good.slice(0, place)}${String.fromCharCode(65 + at(26))}${good.slice(place + 1)}`;
  });
  const noise = Array.from({ length: 8 }, () =>
    Buffer.from(Array.from({ length: 40 }, () => at(256))).toString('base64url'),
  );
  const link = { v: 1, plan: { servers: 3 }, at: 5, place: 5 };
  const shapes = [
    [],
    'plan',
    { v: 2 },
    { ...link, plan: [] },
    { ...link, at: -1 },
    { ...link, place: 1e300 },
    { ...link, plan: { servers: 1e9 } },
    { ...link, plan: { faults: [{ type: 'melt' }] } },
    { ...link, plan: { faults: 'all' } },
    { ...link, plan: { workload: { script: [{ at: 1, client: 'c1', method: 'GET', path: '/\u0000' }] } } },
    { ...link, plan: { service: 'constructor' } },
    { ...link, plan: { settings: { heartbeatEvery: 0 } } },
    { ...link, plan: { name: '<img src=x onerror=alert(1)>' } },
    { ...link, place: 4_000_000 },
    { ...link, bug: '__proto__', lesson: 'toString' },
  ].map(pack);
  return [
    ...cut,
    ...changed,
    ...noise,
    ...shapes,
    deflateRawSync(`{"v":1,"at":0,"place":0,"plan":{"faults":${DEEP}}}`).toString('base64url'),
    '%',
    '%00',
    deflateRawSync('0'.repeat(9_000_000)).toString('base64url'),
  ];
}

describe.skipIf(CHROMIUM === undefined)('a link that is broken', () => {
  test('never breaks the page, in 50 ways: it says what is wrong, or shows the run that it names.', async () => {
    const { page, faults } = await openPage();
    await edit(page, () => press(page, '3', 'c'));
    const good = (await linkOf(page)).slice(1);
    const links = brokenLinks(good);
    expect(links.length).toBe(50);
    let refused = 0;
    for (const link of links) {
      await page.evaluate(`location.hash = ${JSON.stringify(`#${link}`)}`);
      await page.waitForTimeout(20);
      await settled(page);
      const alerts = await page.locator('[role=alert] h2').allTextContents();
      if (alerts.length === 0) continue;
      refused += 1;
      expect(alerts[0], link).toMatch(
        /^(This link cannot be read|This is no plan that can be run|The planted bug is not known here)$/,
      );
      expect((await page.locator('[role=alert] pre').textContent()) ?? '', link).toMatch(/\w{3}/);
      await page.locator('[role=alert] button').click();
    }
    expect(refused).toBeGreaterThan(25);
    expect(await sentenceOf(page)).not.toBe('');
    expect(faults).toEqual([]);
    await page.evaluate(`location.hash = ${JSON.stringify(`#${good}`)}`);
    await expect.poll(() => sentenceOf(page)).toBe('s3 crashes');
  });
});

describe.skipIf(CHROMIUM === undefined)('a file that is hostile', () => {
  test('is refused in words when it is opened, and the run on the page stays.', async () => {
    const { page, faults } = await openPage();
    const before = await digestOf(page);
    const alert = page.locator('[role=alert] pre');
    for (const [name, text, says] of HOSTILE_PLANS) {
      const buffer = Buffer.from(text);
      await page.getByLabel('Files to open').setInputFiles([{ name: 'plan.yaml', mimeType: 'text/plain', buffer }]);
      await expect.poll(() => alert.textContent(), { message: name }).toMatch(says);
      expect(await digestOf(page), name).toBe(before);
    }
    expect(faults).toEqual([]);
  });
});
