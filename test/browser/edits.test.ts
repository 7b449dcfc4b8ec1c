import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { CHROMIUM, digestOf, edit, openPage, press, sentenceOf, useBrowser } from '../support/playground/browser.ts';
import { recordedCluster, recordedOf } from '../support/host/recorded-cluster.ts';

useBrowser();

/** The faults of the plan, in words. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.locator('#tab-plan').click();
  const said = await page.locator('.faults .link').allTextContents();
  await page.locator('#tab-lesson').click();
  return said;
}

/** A place on the lanes' canvas. */
async function onLanes(page: Page, x: number, y: number): Promise<{ readonly x: number; readonly y: number }> {
  const box = await page.locator('.lanes canvas').boundingBox();
  if (box === null) throw new Error('there are no lanes');
  return { x: box.x + x, y: box.y + y };
}

/** The cursor stands at this share of the lanes' width; the card of a fault that struck there begins beside it. */
const HEAD = 0.42;

async function headOf(page: Page): Promise<{ readonly x: number; readonly y: number }> {
  const box = await page.locator('.lanes canvas').boundingBox();
  if (box === null) throw new Error('there are no lanes');
  return onLanes(page, 62 + (box.width - 62) * HEAD, 28);
}

/** Drops files on the page with their folders, as a reader would. */
async function dropped(page: Page, what: readonly { readonly path: string; readonly text: string }[]): Promise<void> {
  await page.evaluate(`(async (what) => {
    const input = document.querySelector('[aria-label="Folder to open"]');
    const transfer = new DataTransfer();
    for (const { path, text } of what) {
      const file = new File([text], path.split('/').at(-1));
      Object.defineProperty(file, 'webkitRelativePath', { value: path });
      transfer.items.add(file);
    }
    Object.defineProperty(input, 'files', { value: transfer.files, configurable: true });
    input.dispatchEvent(new Event('change', { bubbles: true }));
  })(${JSON.stringify(what)})`);
}

describe.skipIf(CHROMIUM === undefined)('every click is an edit of the plan:', () => {
  test('all that can be done to a server, a front end and the cluster, each a line that runs and is taken back.', async () => {
    const { page, faults } = await openPage();
    await press(page, 'n', 'n', 'n');
    const before = await digestOf(page);
    const start = await sentenceOf(page);
    const seen = new Set<string>();
    for (const node of ['1', 'Shift+Digit1', undefined]) {
      await page.locator('.stage li button').first().focus();
      if (node === undefined) await page.mouse.click(500, 120);
      else await press(page, node);
      const menu = page.getByLabel('More actions');
      const options = await menu.locator('option').all();
      const ids = await Promise.all(options.map((option) => option.getAttribute('value')));
      for (const id of ids) {
        if (id === null || id === '') continue;
        await edit(page, async () => {
          await menu.selectOption(id);
        });
        expect(await page.locator('[role=alert]').count(), id).toBe(0);
        seen.add(id);
        await press(page, 'u');
        await expect.poll(() => digestOf(page), { interval: 10 }).toBe(before);
      }
    }
    expect(start).not.toBe('');
    for (const id of [
      'slow-disk',
      'fill-disk',
      'rot-disk',
      'jump-clock',
      'set-clock',
      'weather',
      'leave',
      'stop',
      'deploy',
    ])
      expect(seen).toContain(id);
    for (const id of ['join-front-end', 'transfer-events', 'reset']) expect(seen).toContain(id);
    expect(faults).toEqual([]);
  });

  test('a crash between two effects, from the menu beside “Crash”.', async () => {
    const { page } = await openPage();
    await press(page, 'n', '3');
    await edit(page, async () => {
      await page.getByLabel('Crash s3 between two effects').selectOption('2');
    });
    expect(await faultsOf(page)).toEqual([expect.stringContaining('after 2 more effects')]);
  });

  test('a fault is moved by its card on the lanes, and deleted by a key.', async () => {
    const { page, faults } = await openPage();
    const calm = await digestOf(page);
    await press(page, 'ArrowRight');
    await edit(page, () => press(page, '3', 'c'));
    const time = page.locator('.sentence time');
    const struck = await time.textContent();
    const card = await headOf(page);
    await edit(page, async () => {
      await page.mouse.move(card.x + 4, card.y);
      await page.mouse.down();
      await page.mouse.move(card.x + 40, card.y);
      await page.mouse.move(card.x + 70, card.y);
      await page.mouse.up();
    });
    expect(await page.locator('.sentence [role=status]').textContent()).toMatch(/^The fault is moved to \d/);
    expect(await sentenceOf(page)).toBe('s3 crashes');
    expect(Number.parseFloat((await time.textContent()) ?? '')).toBeGreaterThan(Number.parseFloat(struck ?? ''));
    await press(page, 'p');
    expect(await sentenceOf(page)).toMatch(/^The plan: /);
    await edit(page, () => press(page, 'Delete'));
    expect(await digestOf(page)).toBe(calm);
    expect(faults).toEqual([]);
  });

  test('a link that was drawn is cut one way, held or given bad weather without keys; a finger draws it, too.', async () => {
    const { page, faults } = await openPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const box = await page.locator('.stage canvas').boundingBox();
    if (box === null) throw new Error('there is no stage');
    const [from, to] = [
      { x: box.x + box.width - 60, y: box.y + box.height - 40 },
      { x: box.x + box.width - 60, y: box.y + 40 },
    ];
    const touch = await page.context().newCDPSession(page);
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', points: readonly { x: number; y: number }[]) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints: [...points] });
    await edit(page, async () => {
      await send('touchStart', [from]);
      await send('touchMove', [{ x: from.x, y: (from.y + to.y) / 2 }]);
      await send('touchMove', [to]);
      await send('touchEnd', []);
    });
    const link = page.getByLabel('The link s3 to s2');
    expect(await link.inputValue()).toBe('cut');
    const said: string[] = [];
    for (const way of ['cut one way', 'hold', 'weather', 'cut']) {
      await edit(page, async () => {
        await link.selectOption(way);
      });
      said.push(...(await faultsOf(page)));
      await page.locator('#tab-lesson').click();
    }
    expect(said).toEqual([
      'links s3 → s2 are cut',
      expect.stringContaining('held'),
      expect.stringContaining('weather'),
      'links s3 ⇄ s2 are cut',
    ]);
    expect(faults).toEqual([]);
  });

  test('a click on a lane takes the cursor there and selects its node.', async () => {
    const { page } = await openPage();
    const box = await page.locator('.lanes canvas').boundingBox();
    if (box === null) throw new Error('there are no lanes');
    const before = await page.locator('.sentence time').textContent();
    await page.mouse.click(box.x + box.width * 0.8, box.y + box.height - 45);
    expect(await page.getByRole('button', { name: 'Crash s3', exact: true }).count()).toBe(1);
    expect(await page.locator('.sentence time').textContent()).not.toBe(before);
  });
});

describe.skipIf(CHROMIUM === undefined)('a fork', () => {
  test('has the same past up to the first event that differs, which is marked, and two futures from there on.', async () => {
    const { page, faults } = await openPage();
    await press(page, 'ArrowRight');
    await edit(page, () => press(page, '3', 'c'));
    await page.locator('.compare button', { hasText: 'Both' }).click();
    await press(page, 'End', 'f');
    expect(await sentenceOf(page)).toBe('The plan: s3 is to crash');
    expect(await page.locator('.parting').textContent()).toBe('Here the futures part');
    await press(page, 'ArrowLeft');
    const common = await sentenceOf(page);
    expect(await page.locator('.parting').count()).toBe(0);
    await press(page, 'b');
    await expect.poll(() => page.locator('.compare [aria-pressed=true]').textContent()).toBe('Before');
    expect(await sentenceOf(page)).toBe(common);
    expect(faults).toEqual([]);
  });
});

describe.skipIf(CHROMIUM === undefined)('what live processes recorded', () => {
  const nodes = recordedCluster();
  const files = ['s1', 's2', 'f1'].map((node) => ({
    path: `records/${node}/life-1/00001.jsonl`,
    text: `${recordedOf(nodes, node).lines.join('\n')}\n`,
  }));

  test('is stepped through like a run: lanes, sentence, table and the state of each process.', async () => {
    const { page, faults } = await openPage();
    await dropped(page, files);
    await page.locator('.digest', { hasText: /^\d+ steps of live processes$/ }).waitFor();
    expect(await page.locator('.lesson h2').textContent()).toBe('Records of records');
    await page.locator('.stage li button').first().focus();
    await press(page, 'n', 'n', 'n', 'ArrowRight');
    await page.locator('#tab-words').click();
    await expect.poll(() => page.locator('.words tr[aria-current] button').textContent()).toBe(await sentenceOf(page));
    await page.locator('#tab-inspect').click();
    await press(page, 'End', '1');
    await expect
      .poll(() => page.locator('.replica h3').allTextContents())
      .toEqual([expect.stringMatching(/^events: \w+ · promised /), expect.stringMatching(/^users: \w+ · promised /)]);
    expect(await page.getByRole('button', { name: 'Crash s1', exact: true }).count()).toBe(0);
    await press(page, 'c', 'x', 'l', '2');
    expect(await page.locator('.digest').textContent()).toMatch(/steps of live processes$/);
    expect(faults).toEqual([]);
  });

  test('is refused by the line that is none, and the run on the page stays.', async () => {
    const { page } = await openPage();
    const before = await digestOf(page);
    await dropped(page, [{ path: 'records/s1/life-1/00001.jsonl', text: 'no record\n' }]);
    await expect.poll(() => page.locator('[role=alert]').textContent()).toContain('s1/life-1: line 1: ');
    expect(await digestOf(page)).toBe(before);
  });
});
