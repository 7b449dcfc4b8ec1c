import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject } from 'vitest';

/** The Chromium of this machine; undefined where there is none. */
export const CHROMIUM = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

export interface OpenPage {
  readonly page: Page;
  /** What went wrong in the page, and what it asked for elsewhere. */
  readonly faults: readonly string[];
  /** The files of the site that it and its workers have asked for. */
  readonly files: readonly string[];
}

let browser: Browser | undefined;

/** One browser for the tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (CHROMIUM !== undefined) browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
  });
}

/** A fresh page, with a run on it. It gets nothing from elsewhere. */
export async function openPage(
  options: BrowserContextOptions & { readonly hash?: string; readonly cores?: number } = {},
): Promise<OpenPage> {
  if (browser === undefined) throw new Error('there is no browser');
  const { hash = '', cores, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, ...rest });
  const page = await context.newPage();
  const says = `Object.defineProperty(navigator, 'hardwareConcurrency', { value: ${cores ?? 0} })`;
  if (cores !== undefined) await page.addInitScript(says);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  const site = inject('site');
  const files: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    files.push(pathname === '/' ? '/index.html' : pathname);
  });
  await page.route('**', (route) => {
    const { origin } = new URL(route.request().url());
    if (origin === new URL(site).origin) return route.continue();
    faults.push(`asked for ${route.request().url()}`);
    return route.abort();
  });
  await page.goto(`${site}${hash}`);
  await settled(page);
  return { page, faults, files };
}

/** Waits until the run that was asked for is there. */
export async function settled(page: Page): Promise<void> {
  await page.locator('.digest', { hasText: /events · [0-9a-f]{14}/ }).waitFor();
  await page.locator('.busy').waitFor({ state: 'detached' });
}

export async function digestOf(page: Page): Promise<string> {
  const text = (await page.locator('.digest').textContent()) ?? '';
  return text.split(' · ')[1] ?? '';
}

export async function sentenceOf(page: Page): Promise<string> {
  return (await page.locator('.sentence strong').textContent()) ?? '';
}

/** Presses keys one after the other. */
export async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Makes an edit, and waits until its run is there. */
export async function edit(page: Page, act: () => Promise<void>): Promise<void> {
  const before = (await page.locator('.sentence [role=status]').textContent()) ?? '';
  await act();
  await expect.poll(() => page.locator('.sentence [role=status]').textContent()).not.toBe(before);
  await settled(page);
}

/** The steps of the lesson that are ticked. */
export async function ticked(page: Page): Promise<readonly boolean[]> {
  const steps = await page.locator('.steps li').all();
  return Promise.all(steps.map(async (step) => (await step.getAttribute('class')) === 'done'));
}
