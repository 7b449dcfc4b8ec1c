import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  CHROMIUM,
  edit,
  openPage,
  press,
  sentenceOf,
  settled,
  ticked,
  useBrowser,
} from '../support/playground/browser.ts';

useBrowser();

/** Opens a lesson from the list of runs. */
async function lesson(id: string): Promise<Page> {
  const { page } = await openPage();
  await page.getByLabel('Run', { exact: true }).selectOption(`lesson ${id}`);
  await page.locator('.lesson h2', { hasNotText: /^1 ·/ }).waitFor();
  await settled(page);
  await page.locator('.stage li button').first().focus();
  return page;
}

/** Presses a key until that many steps are ticked. */
async function until(page: Page, key: string, count: number, most = 60): Promise<void> {
  for (let time = 0; time < most && (await done(page)) < count; time += 1) await press(page, key);
  await expect.poll(() => done(page)).toBeGreaterThanOrEqual(count);
}

/** Steps on until the sentence is that one. */
async function stepTo(page: Page, isMeant: (says: string) => boolean): Promise<void> {
  for (let time = 0; time < 60 && !isMeant(await sentenceOf(page)); time += 1) await press(page, 'ArrowRight');
  expect(isMeant(await sentenceOf(page))).toBe(true);
}

async function done(page: Page): Promise<number> {
  return (await ticked(page)).filter(Boolean).length;
}

async function plant(page: Page, bug: string): Promise<void> {
  await edit(page, async () => {
    await page.locator('.bug').selectOption(bug);
  });
}

describe.skipIf(CHROMIUM === undefined)('a reader with a keyboard', () => {
  test('keeps a client served while two of three die.', async () => {
    const page = await lesson('two-of-three');
    await edit(page, () => press(page, '3', 'c'));
    await until(page, 'n', 2);
    await edit(page, () => press(page, '2', 'c'));
    await press(page, 'End');
    await until(page, 'End', 4, 3);
  });

  test('watches a primary among the few step down, and follow.', async () => {
    const page = await lesson('minority');
    await edit(page, () => press(page, '1', 'x'));
    await until(page, 'n', 3);
    await edit(page, () => press(page, 'g'));
    await press(page, 'End');
    await until(page, 'End', 4, 3);
  });

  test('deafens a primary, and finds a message that it does not hear.', async () => {
    const page = await lesson('one-way');
    await edit(page, () => press(page, '3', 'd'));
    await until(page, 'n', 2);
    await until(page, 'ArrowLeft', 3, 80);
  });

  test('finds the line where a repeated request is recognised.', async () => {
    const page = await lesson('retry');
    await until(page, 'n', 2, 80);
    await press(page, '2');
    await page.locator('#tab-inspect').click();
    await page.locator('#tab-lesson').click();
    await until(page, 'Shift', 3, 1);
  });

  test('holds a call, crashes the caller, and counts the tickets.', async () => {
    const page = await lesson('two-groups');
    await edit(page, () => press(page, '3', 'h', '1'));
    await stepTo(page, (says) => says.startsWith('s3 calls the other group'));
    await edit(page, () => press(page, '3', 'c'));
    await edit(page, () => press(page, 'g'));
    await until(page, 'n', 4, 80);
    await press(page, '1');
    await page.locator('#tab-inspect').click();
    await page.locator('#tab-lesson').click();
    await until(page, 'Shift', 5, 1);
  });

  test('replaces a lost disk.', async () => {
    const page = await lesson('lost-disk');
    await press(page, '2');
    await edit(page, () => page.getByRole('button', { name: 'Lose disk' }).click());
    await until(page, 'Shift', 1, 1);
    await press(page, 'ArrowRight', 'ArrowRight', '2');
    await edit(page, () => press(page, 'r'));
    await until(page, 'ArrowRight', 2);
    await press(page, '2');
    await edit(page, () => page.getByRole('button', { name: 'Rejoin s2' }).click());
    await until(page, 'n', 4, 120);
  });

  test('finds a client that a deposed primary told something old, and none on the real rule.', async () => {
    const page = await lesson('deposed-read');
    await plant(page, 'reads-without-confirming-leadership');
    await press(page, 'v');
    await until(page, 'v', 2, 2);
    await plant(page, '');
    await until(page, 'Shift', 3, 1);
  });

  test('lets the machine look for Figure 8, and steps to the violation in the plan that it made small.', async () => {
    const page = await lesson('figure-8');
    await page.getByRole('button', { name: 'Find it' }).click();
    await page.locator('.hunt', { hasText: 'objects' }).waitFor({ timeout: 100_000 });
    await page.getByRole('button', { name: 'Take it as it is' }).click();
    await settled(page);
    await page.locator('.stage li button').first().focus();
    await press(page, 'ArrowLeft', 'v');
    await until(page, 'v', 2, 2);
  }, 120_000);

  test('breaks the plain bully with two edits, and not the real rule.', async () => {
    const page = await lesson('plain-bully');
    await edit(page, () => press(page, '3', 'L', '2'));
    await stepTo(page, (says) => says.startsWith('s1 tells s3 that the entries'));
    await edit(page, () => press(page, '3', 'c'));
    await until(page, 'Shift', 1, 1);
    await plant(page, '');
    await until(page, 'Shift', 2, 1);
  });
});
