import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
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

async function choose(page: Page, run: string): Promise<void> {
  const before = await digestOf(page);
  await page.getByLabel('Run', { exact: true }).selectOption(run);
  await expect.poll(() => digestOf(page)).not.toBe(before);
  await settled(page);
}

async function opened(page: Page, name: string, text: string): Promise<void> {
  const buffer = Buffer.from(text);
  await page.getByLabel('Files to open').setInputFiles([{ name, mimeType: 'text/plain', buffer }]);
}

async function titleOf(page: Page): Promise<string> {
  return ((await page.getByLabel('Run', { exact: true }).locator('option').first().textContent()) ?? '').trim();
}

const LONG = readFileSync('scenarios/stuck-disk.yaml', 'utf8');

describe.skipIf(CHROMIUM === undefined)('a run with edits', () => {
  test('comes back by Back and by Undo, with its ticks and its own undo, where another was chosen or opened.', async () => {
    const { page, faults } = await openPage();
    const calm = await digestOf(page);
    await press(page, 'a');
    await edit(page, () => press(page, '3', 'c'));
    await expect.poll(() => ticked(page)).toEqual([true, true, false, false]);
    const [crashed, sentence] = [await digestOf(page), await sentenceOf(page)];
    await choose(page, 'lesson minority');
    const minority = await digestOf(page);
    await opened(page, 'mine.yaml', 'name: Of mine\nseed: 4\nhorizon: 900\n');
    await expect.poll(() => titleOf(page)).toBe('Of mine');
    await settled(page);
    await page.goBack();
    await expect.poll(() => digestOf(page)).toBe(minority);
    await press(page, 'u');
    await expect.poll(() => digestOf(page)).toBe(crashed);
    expect(await sentenceOf(page)).toBe(sentence);
    expect(await ticked(page)).toEqual([true, true, false, false]);
    await page.goForward();
    await expect.poll(() => digestOf(page)).toBe(minority);
    await page.goBack();
    await expect.poll(() => digestOf(page)).toBe(crashed);
    await edit(page, () => press(page, 'u'));
    expect(await digestOf(page)).toBe(calm);
    await press(page, 'Shift+U');
    await expect.poll(() => digestOf(page)).toBe(crashed);
    // A page that has forgotten what it showed has the addresses.
    await page.reload();
    await settled(page);
    expect(await digestOf(page)).toBe(crashed);
    await page.goForward();
    await expect.poll(() => digestOf(page)).toBe(minority);
    expect(faults).toEqual([]);
  });

  test('keeps what was typed and is no plan while another run is looked at.', async () => {
    const { page } = await openPage();
    await page.locator('#tab-plan').click();
    const text = page.locator('.cm-content');
    await text.click();
    await press(page, 'Control+End');
    await page.keyboard.type('\nfaults: [');
    await page.locator('[role=alert]').waitFor();
    await choose(page, 'lesson minority');
    expect(await page.locator('[role=alert]').count()).toBe(0);
    await page.goBack();
    await expect.poll(() => text.textContent()).toContain('faults: [');
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('no plan');
  });

  test('is in the address as soon as it is shown: a reload loses nothing.', async () => {
    const { page } = await openPage();
    await edit(page, () => press(page, '3', 'c'));
    const crashed = await digestOf(page);
    await page.reload();
    await settled(page);
    expect(await digestOf(page)).toBe(crashed);
    // The cursor may lag behind while the page is in use, and not when it is left.
    await press(page, 'n', 'n', 'n');
    const sentence = await sentenceOf(page);
    await page.goto('about:blank');
    await page.goBack();
    await settled(page);
    expect(await sentenceOf(page)).toBe(sentence);
  });

  test('does not end the opening of a long one: the edit is refused, and said to be.', async () => {
    const { page, faults } = await openPage();
    await opened(page, 'long.yaml', LONG);
    await page.locator('.busy').waitFor();
    await press(page, '3', 'c');
    expect(await page.locator('.sentence [role=status]').textContent()).toMatch(/is being opened/);
    await settled(page);
    await expect.poll(() => titleOf(page)).not.toContain('highest rank');
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).count()).toBe(0);
    expect(faults).toEqual([]);
  });
});

describe.skipIf(CHROMIUM === undefined)('an edit by a button or a list', () => {
  test('is made upon the one before, also while that one is being run; Undo takes back what is under way.', async () => {
    const { page } = await openPage();
    const bug = page.locator('header .bug');
    await bug.selectOption('votes-for-rank-alone');
    await edit(page, () => press(page, '3', 'c', '2', 'x'));
    await page.locator('#tab-plan').click();
    expect(await page.locator('.faults .link').allTextContents()).toEqual([
      's3 is to crash',
      'links s2 ⇄ others are cut',
    ]);
    expect(await bug.inputValue()).toBe('votes-for-rank-alone');
    const both = await digestOf(page);
    await press(page, '1', 's', 'u');
    await expect.poll(() => page.locator('.sentence [role=status]').textContent()).toBe('Undone');
    await settled(page);
    expect(await digestOf(page)).toBe(both);
  });

  test('is not made again by space, which plays on; nor does “Show me” make its edit twice.', async () => {
    const { page } = await openPage();
    const played = async (): Promise<void> => {
      const made = await digestOf(page);
      await press(page, 'Space');
      await expect.poll(() => page.locator('.transport [aria-pressed=true]').count()).toBe(1);
      await press(page, 'Space');
      expect(await digestOf(page)).toBe(made);
    };
    const click = (name: string | RegExp) => edit(page, () => page.getByRole('button', { name, exact: true }).click());
    await press(page, '1');
    for (const name of ['Deafen', 'Cut off', 'Heal all', 'Lose disk']) {
      await click(name);
      await played();
      if (name !== 'Cut off') await press(page, 'u');
    }
    await edit(page, async () => {
      await page.getByLabel('More actions').selectOption('slow-process');
    });
    await played();
    const show = page.getByRole('button', { name: 'Show me' });
    await edit(page, () => show.click());
    await played();
    expect(await show.isDisabled()).toBe(true);
  });

  test('ends a key that waits for a digit, as does another key or node.', async () => {
    const { page } = await openPage();
    const hint = page.locator('.hint');
    for (const end of ['n', '2', 'Escape', 'x']) {
      await press(page, '1', 'Shift+C');
      await expect.poll(() => hint.textContent()).toContain('after how many effects');
      await press(page, ...(end === '2' ? ['n', '2'] : [end]));
      await expect.poll(() => hint.textContent()).toContain('drag from node to node');
    }
  });
});

describe.skipIf(CHROMIUM === undefined)('a link', () => {
  test('with a bug that is not known says so, and one that is none leaves the address of the run.', async () => {
    const link = {
      v: 1,
      plan: { name: 'A tale', story: 'What it tells.', seed: 2 },
      at: 0,
      place: 0,
      bug: 'eats-logs',
    };
    const { page, faults } = await openPage({ hash: `#${deflateRawSync(JSON.stringify(link)).toString('base64url')}` });
    expect(await page.locator('[role=alert]').textContent()).toContain('“eats-logs” is of another release');
    expect(await page.locator('.lesson').textContent()).toContain('What it tells.');
    const before = await digestOf(page);
    await page.evaluate(`location.hash = '#garbage'`);
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('This link cannot be read');
    await expect.poll(() => page.evaluate<string>('location.hash')).not.toBe('#garbage');
    await page.locator('.skip').focus();
    await press(page, 'Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('panel');
    await page.reload();
    await settled(page);
    expect(await digestOf(page)).toBe(before);
    expect(faults).toEqual([]);
  });
});
