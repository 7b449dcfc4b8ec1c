import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import axeCore from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, inject, test } from 'vitest';
import * as z from 'zod';
import {
  CHROMIUM,
  digestOf,
  edit,
  openPage,
  press,
  sentenceOf,
  settled,
  ticked,
  useBrowser,
} from '../support/playground/browser.ts';

useBrowser();

const findings = z.object({ violations: z.array(z.object({ id: z.string(), nodes: z.array(z.unknown()) })) });

/** What axe finds on the page as it is. */
async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeCore.source);
  const found = findings.parse(await page.evaluate('axe.run(document)'));
  return found.violations.map(({ id, nodes }) => `${id} ${JSON.stringify(nodes).slice(0, 300)}`);
}

/** The line of the table that is the cursor's. */
async function currentLine(page: Page): Promise<string> {
  return (await page.locator('.words tr[aria-current] button').textContent()) ?? '';
}

/** A place on the stage where a node's card is, by the share of the canvas that its layout gives it. */
async function spot(page: Page, node: 's1' | 's2' | 's3'): Promise<{ readonly x: number; readonly y: number }> {
  const box = await page.locator('.stage canvas').boundingBox();
  if (box === null) throw new Error('there is no stage');
  const [x, y] = { s1: [0.54, 0.5], s2: [0.84, 0.16], s3: [0.84, 0.84] }[node];
  return { x: box.x + box.width * (x ?? 0), y: box.y + box.height * (y ?? 0) };
}

function file(
  name: string,
  text: string,
): { readonly name: string; readonly mimeType: string; readonly buffer: Buffer } {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
}

describe.skipIf(CHROMIUM === undefined)('the playground', () => {
  test('opens with the first lesson and a run, asks for nothing elsewhere, and stays small.', async () => {
    const { page, faults, files } = await openPage();
    expect(await page.locator('.lesson h2').textContent()).toBe('1 · The highest rank leads');
    expect(await ticked(page)).toEqual([false, false, false, false]);
    const sizes = files.map((name) => gzipSync(readFileSync(`${inject('siteFolder')}${name}`), { level: 9 }).length);
    expect(files.filter((name) => name.includes('run-worker'))).toHaveLength(1);
    expect(files.filter((name) => name.includes('editor'))).toEqual([]);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
    expect(faults).toEqual([]);
  });

  test('does its first lesson by keys alone; to crash another server ticks nothing.', async () => {
    const { page, faults } = await openPage();
    expect(await sentenceOf(page)).toMatch(/^c1 asks f2: POST \/users\/create/);
    expect(await ticked(page)).toEqual([false, false, false, false]);
    await press(page, 'a');
    expect(await sentenceOf(page)).toMatch(/^c1 is answered/);
    await expect.poll(() => ticked(page)).toEqual([true, false, false, false]);
    await press(page, 'Shift+A');
    expect(await sentenceOf(page)).toBe('c1 asks: POST /users/create');
    const calm = await digestOf(page);
    await edit(page, () => press(page, '1', 'c'));
    expect(await ticked(page)).toEqual([true, false, false, false]);
    await edit(page, () => press(page, 'u'));
    expect(await digestOf(page)).toBe(calm);
    await edit(page, () => press(page, '3', 'c'));
    await expect.poll(() => ticked(page)).toEqual([true, true, false, false]);
    const crashed = await sentenceOf(page);
    expect(crashed).toBe('s3 crashes');
    for (let step = 0; step < 20 && !(await ticked(page))[2]; step += 1) await press(page, 'n');
    expect(await ticked(page)).toEqual([true, true, true, false]);
    for (let step = 0; step < 24 && !(await ticked(page))[3]; step += 1) await press(page, 'p');
    expect(await ticked(page)).toEqual([true, true, true, true]);
    expect(faults).toEqual([]);
  });

  test('cuts a link by a drag, one way with ⇧, and both are lines of the plan that can be deleted.', async () => {
    const { page, faults } = await openPage();
    const before = await digestOf(page);
    const drag = async (from: 's1' | 's2' | 's3', to: 's1' | 's2' | 's3'): Promise<void> => {
      const [start, end] = [await spot(page, from), await spot(page, to)];
      await page.mouse.move(start.x, start.y);
      await page.mouse.down();
      await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2);
      await page.mouse.move(end.x, end.y);
      await page.mouse.up();
    };
    await edit(page, () => drag('s3', 's2'));
    await edit(page, async () => {
      await page.keyboard.down('Shift');
      await drag('s1', 's3');
      await page.keyboard.up('Shift');
    });
    await page.locator('#tab-plan').click();
    const lines = page.locator('.faults .link');
    expect(await lines.allTextContents()).toEqual(['links s3 ⇄ s2 are cut', 'links s1 → s3 are cut']);
    await page.locator('.cm-content').waitFor();
    expect(await page.locator('.cm-content').textContent()).toContain('oneWay: true');
    await edit(page, () => page.locator('[aria-label="Delete fault 2"]').click());
    await edit(page, () => page.locator('[aria-label="Delete fault 1"]').click());
    expect(await digestOf(page)).toBe(before);
    expect(faults).toEqual([]);
  });

  test('marks what is no plan in its text, keeps the run, and runs what is one.', async () => {
    const { page, faults } = await openPage();
    const before = await digestOf(page);
    await page.locator('#tab-plan').click();
    const text = page.locator('.cm-content');
    await text.click();
    await press(page, 'Control+End', 'Enter');
    await page.keyboard.type('serverz: 4');
    await page.locator('.cm-lintRange-error').first().waitFor();
    expect(await digestOf(page)).toBe(before);
    expect(await page.locator('[role=alert] pre').textContent()).toContain('nothing here is called serverz');
    await page.locator('#tab-words').click();
    await edit(page, () => press(page, '3', 'c'));
    await page.locator('#tab-plan').click();
    await expect.poll(() => text.textContent()).toContain('serverz: 4');
    await page.locator('.cm-lintRange-error').first().waitFor();
    await press(page, 'u');
    await expect.poll(() => digestOf(page)).toBe(before);
    await text.click();
    await press(page, 'Control+End');
    for (let letter = 0; letter < 'z: 4'.length; letter += 1) await press(page, 'Backspace');
    await edit(page, () => page.keyboard.type('s: 5'));
    expect(await digestOf(page)).not.toBe(before);
    await expect.poll(() => page.locator('.cm-lintRange-error').count()).toBe(0);
    expect(await page.locator('.stage li').count()).toBe(7);
    expect(await page.locator('[role=alert]').count()).toBe(0);
    await press(page, 'Enter');
    await page.keyboard.type('faults: [');
    await expect.poll(() => page.locator('[role=alert] pre').textContent()).toMatch(/^line \d+: \w+/);
    await page.getByRole('button', { name: 'Back to the plan' }).click();
    await expect.poll(() => text.textContent()).not.toContain('faults: [');
    expect(await text.textContent()).toContain('servers: 5');
    // What was typed a moment before the tab is left is run all the same.
    const five = await digestOf(page);
    await text.click();
    await press(page, 'Control+End', 'Enter');
    await page.keyboard.type('seed: 77');
    await page.locator('#tab-lesson').click();
    await expect.poll(() => digestOf(page)).not.toBe(five);
    expect(faults).toEqual([]);
  });

  test('completes fields, kinds of faults and names of nodes in the text of the plan.', async () => {
    const { page, faults } = await openPage();
    const before = await digestOf(page);
    await page.locator('#tab-plan').click();
    await page.locator('.cm-content').click();
    await press(page, 'Control+End', 'Enter');
    const offered = page.locator('.cm-tooltip-autocomplete');
    await page.keyboard.type('fau');
    await offered.getByText('faults', { exact: true }).waitFor();
    await page.keyboard.type('lts: [{ type: cra');
    await offered.getByText('crash', { exact: true }).waitFor();
    await page.keyboard.type('sh, at: 2003, node: primary of u');
    await offered.getByText('primary of users', { exact: true }).waitFor();
    await page.keyboard.type('sers }]');
    await expect.poll(() => digestOf(page)).not.toBe(before);
    expect(await page.locator('.faults .link').allTextContents()).toEqual(['primary of users is to crash']);
    expect(faults).toEqual([]);
  });

  test('says in the sentence, the table and the live region the same, on and back.', async () => {
    const { page } = await openPage();
    await page.locator('#tab-words').click();
    await page.locator('.stage li button').first().focus();
    const walk = [
      'ArrowRight',
      'ArrowRight',
      'n',
      'n',
      'ArrowLeft',
      'p',
      'End',
      'ArrowLeft',
      'Home',
      'n',
      'ArrowRight',
    ];
    for (const key of walk) {
      await press(page, key);
      if (key === 'End') continue;
      await expect.poll(() => currentLine(page)).toBe(await sentenceOf(page));
    }
  });

  test('is its address: the same run, place and sentence in another window; a broken one opens lesson 1 and says why.', async () => {
    const { page } = await openPage();
    await edit(page, () => press(page, '3', 'x'));
    await press(page, 'n', 'n', 'ArrowRight');
    await page.getByRole('button', { name: 'Share' }).click();
    const link = (await page.locator('pre[aria-label=Link]').textContent()) ?? '';
    expect(await page.locator('pre[aria-label^="Command"]').textContent()).toContain(await digestOf(page));
    expect(await page.locator('pre[aria-label^="Scenario"]').textContent()).toContain('type: partition');
    const twin = await openPage({ hash: `#${new URL(link).hash.slice(1)}` });
    expect(await digestOf(twin.page)).toBe(await digestOf(page));
    expect(await sentenceOf(twin.page)).toBe(await sentenceOf(page));
    const broken = await openPage({ hash: '#nothing' });
    expect(await broken.page.locator('[role=alert]').textContent()).toContain('This link cannot be read');
    expect(await broken.page.locator('.lesson h2').textContent()).toContain('1 ·');
  });

  test('shows two futures under one time, and where they part.', async () => {
    const { page } = await openPage();
    await edit(page, () => press(page, '3', 'c'));
    const after = await digestOf(page);
    await press(page, 'b');
    await expect.poll(() => page.locator('.compare [aria-pressed=true]').textContent()).toBe('Before');
    await press(page, 'b');
    expect(await digestOf(page)).toBe(after);
    await page.locator('.compare button', { hasText: 'Both' }).click();
    expect(await page.locator('main.both').count()).toBe(1);
  });

  test('shows the state of a node, and what a step has changed in it.', async () => {
    const { page, faults } = await openPage();
    await page.locator('#tab-inspect').click();
    await page.locator('.stage li button').first().focus();
    await press(page, '1');
    await page.locator('.replica h3').first().waitFor();
    expect(await page.locator('.replica h3').allTextContents()).toEqual([
      expect.stringMatching(/^events: secondary · promised 1.s3 · follows s3$/),
      expect.stringMatching(/^users: primary · promised 1.s1/),
    ]);
    while (!(await sentenceOf(page)).startsWith('s1 sends log entries to')) await press(page, 'ArrowRight');
    await page.locator('.message .tree', { hasText: 'entries' }).first().waitFor();
    for (let step = 0; step < 20 && (await page.locator('.marks .changed').count()) === 0; step += 1) {
      await press(page, 'ArrowRight');
      await page.locator('.inspect[aria-busy=false]').waitFor();
    }
    expect(await page.locator('.marks .changed').first().textContent()).toMatch(/^\d+ was \d+$/);
    expect(faults).toEqual([]);
  });

  test('has nothing for axe to object to, on any tab, in either light.', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openPage({ colorScheme });
      await press(page, '3');
      for (const tab of ['lesson', 'inspect', 'plan', 'words']) {
        await page.locator(`#tab-${tab}`).click();
        if (tab === 'plan') await page.locator('.cm-content').waitFor();
        expect(await axe(page), `${tab}, ${colorScheme}`).toEqual([]);
      }
    }
  });

  test.each([
    [844, 390],
    [1_024, 600],
    [1_440, 420],
  ])('of %i × %i pixels scrolls, and has nothing under something else.', async (width, height) => {
    const { page } = await openPage({ viewport: { width, height } });
    // A click needs the middle of what it is on.
    await page.locator('.stage canvas').click({ trial: true });
    await page.getByRole('button', { name: 'A server joins' }).click({ trial: true });
    await page.getByRole('button', { name: 'Play' }).click({ trial: true });
    await page.locator('.lanes canvas').first().click({ trial: true });
    await page.locator('#tab-plan').click({ trial: true });
  });

  test.each([320, 390, 768, 1_440])('fits a width of %i pixels; on a phone the panel is a sheet.', async (width) => {
    const { page } = await openPage({ viewport: { width, height: 844 } });
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const isPhone = width < 760;
    expect(await page.locator('#panel').isVisible()).toBe(!isPhone);
    if (isPhone) {
      await page.locator('#tab-words').click();
      expect(await page.locator('.words table').isVisible()).toBe(true);
      await page.locator('#tab-words').click();
      expect(await page.locator('#panel').isVisible()).toBe(false);
      await page.getByLabel('Speed').selectOption('100');
      await page.locator('#tab-plan').click();
      expect(await page.getByLabel('Open', { exact: true }).isVisible()).toBe(true);
    }
  });

  test('opens a capsule with its bug planted, and a history with the checker’s chart.', async () => {
    const { page, faults } = await openPage();
    const scenario = readFileSync('scenarios/a-refused-purchase-is-never-seen.yaml', 'utf8');
    const input = page.getByLabel('Files to open');
    await input.setInputFiles([
      file('diagram.svg', '<svg/>'),
      file('plan.trace.txt', '0.0 s1 starts'),
      file('plan.yaml', scenario),
      file('verdict.json', JSON.stringify({ planted: ['sells-before-finding-buyer'] })),
    ]);
    await expect.poll(() => page.locator('.box.alarm strong').textContent()).toContain('linearizable');
    const two = JSON.stringify({ planted: ['votes-for-rank-alone', 'sells-before-finding-buyer'] });
    await input.setInputFiles([file('plan.yaml', 'seed: 3\n'), file('verdict.json', two)]);
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('sells-before-finding-buyer as well');
    expect(await page.locator('header .bug').inputValue()).toBe('votes-for-rank-alone');
    const history = [
      '{"process":0,"type":"invoke","f":"write","value":1}',
      '{"process":0,"type":"ok","f":"write","value":1}',
      '{"process":1,"type":"invoke","f":"read","value":null}',
      '{"process":1,"type":"ok","f":"read","value":2}',
    ];
    await input.setInputFiles([file('history.jsonl', history.join('\n'))]);
    await page.locator('dialog select').selectOption('register');
    await page.frameLocator('.chart').locator('svg').first().waitFor();
    await press(page, 'Escape');
    await input.setInputFiles([file('picture.png', 'no')]);
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('This cannot be opened');
    expect(faults).toEqual([]);
  });

  test('plays without flights for those who want no motion: from one event to the next.', async () => {
    const { page } = await openPage({ reducedMotion: 'reduce' });
    const before = await sentenceOf(page);
    await press(page, 'Space');
    await expect.poll(() => sentenceOf(page), { interval: 20 }).not.toBe(before);
    expect(await sentenceOf(page)).toBe('f2 passes a request on to s1');
    await press(page, 'Space');
  });

  test('says by keys what the rule is that was broken, and where it is from; it loads the words when asked.', async () => {
    const { page, faults, files } = await openPage();
    await page.getByLabel('Run', { exact: true }).selectOption('lesson deposed-read');
    await page.locator('.lesson h2', { hasNotText: /^1 ·/ }).waitFor();
    await settled(page);
    await edit(page, async () => {
      await page.locator('.bug').selectOption('reads-without-confirming-leadership');
    });
    const box = page.getByRole('region', { name: 'A rule is broken' });
    const button = box.getByRole('button', { name: 'What is this rule?' });
    expect(await button.getAttribute('aria-expanded')).toBe('false');
    await box.getByText('A client was told something that is not, or is no longer, true.').waitFor();
    const before = files.length;
    await box.getByRole('button', { name: 'Go there' }).focus();
    await press(page, 'Tab', 'Enter');
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    await expect
      .poll(() => box.getByRole('status').textContent())
      .toBe('Must never be: an answer that the log does not explain in real-time order.Source: Herlihy and Wing 1990');
    expect(files.length).toBe(before + 1);
    expect(await axe(page)).toEqual([]);
    await press(page, 'Enter');
    expect(await box.getByRole('status').isHidden()).toBe(true);
    expect(faults).toEqual([]);
  });

  test('finds a planted bug, makes its plan smaller in two workers, in view, and goes to where the rule breaks.', async () => {
    const { page, faults } = await openPage({ cores: 3 });
    await edit(page, async () => {
      await page.locator('.bug').selectOption('votes-for-rank-alone');
    });
    await page.getByRole('button', { name: 'Find it' }).click();
    await page.locator('.hunt', { hasText: 'objects' }).waitFor();
    await page.locator('.hunt', { hasText: /[1-9]\d runs/ }).waitFor();
    await page.getByRole('button', { name: 'Take it as it is' }).click();
    await page.locator('.hunt', { hasText: 'Made small' }).waitFor();
    await settled(page);
    await expect.poll(() => sentenceOf(page)).toMatch(/^A rule is broken: /);
    expect(await page.locator('.box.alarm').textContent()).toContain('objects at');
    expect(faults).toEqual([]);
  }, 150_000);
});
