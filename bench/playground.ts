/**
 * The playground in Chromium: how soon a run is on the page, what a step costs its main thread in the longest scenario, and
 * what is fetched before the editor is asked for.
 *
 *     npm run build && node --import tsx bench/playground.ts [--chromium /usr/bin/chromium] [--steps 200] [--json]
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { serveSite } from '../src/cli/playground/serve-site.ts';

const { values } = parseArgs({
  options: {
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    steps: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
});

/** The scenario with the most events. */
const LONGEST = 'kill-after-kill';
const VIEWPORT = { width: 1_440, height: 900 };
/** A step and its drawing are over by then, in milliseconds. */
const SETTLED = 70;

const folder = fileURLToPath(new URL('../dist/playground', import.meta.url));
const site = await serveSite(folder, 0);
const browser = await chromium.launch({ executablePath: values.chromium, args: ['--no-sandbox'] });
try {
  const first = [await firstRun(browser), await firstRun(browser), await firstRun(browser)];
  const { page, files } = await open(browser);
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(`${folder}${file}`), { level: 9 }).length, 0);
  await page.getByLabel('Run', { exact: true }).selectOption(`scenario ${LONGEST}`);
  await page.locator('.digest', { hasText: /^2\d{4} events/ }).waitFor({ timeout: 60_000 });
  const events = Number.parseInt((await page.locator('.digest').textContent()) ?? '', 10);
  await page.locator('.stage li button').first().focus();
  const session = await page.context().newCDPSession(page);
  // Time that the thread has had a core: what else the machine does is left out.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const count = Number(values.steps);
  const steps = await costs(page, session, count, () => 'ArrowRight');
  const jumps = await costs(page, session, Math.ceil(count / 4), (place) => (place % 2 === 0 ? 'End' : 'Home'));
  const told = {
    firstRunMillis: first.map(Math.round),
    bytesGzipped: bytes,
    events,
    step: shares(steps),
    jump: shares(jumps),
  };
  if (values.json) console.log(JSON.stringify(told));
  else {
    console.log(`a run on the page after    ${told.firstRunMillis.join(', ')} ms (a fresh context, loopback)`);
    console.log(`fetched until then         ${bytes} bytes, gzipped`);
    console.log(`a step at ${events} events    p50 ${told.step.p50}, p95 ${told.step.p95}, most ${told.step.most} ms`);
    console.log(`a jump to either end       p50 ${told.jump.p50}, p95 ${told.jump.p95}, most ${told.jump.most} ms`);
  }
} finally {
  await browser.close();
  await site.close();
}

async function open(from: Browser): Promise<{ readonly page: Page; readonly files: readonly string[] }> {
  const context = await from.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const files: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    files.push(pathname === '/' ? '/index.html' : pathname);
  });
  await page.goto(site.address);
  await page.locator('.digest', { hasText: /events/ }).waitFor();
  return { page, files: [...files] };
}

/** Milliseconds from the navigation until the digest of the first run is on the page. */
async function firstRun(from: Browser): Promise<number> {
  const { page } = await open(from);
  const millis: unknown = await page.evaluate('performance.now()');
  await page.context().close();
  return Number(millis);
}

/** What each key costs the main thread, in milliseconds: script, style, layout and drawing. */
async function costs(
  page: Page,
  session: CDPSession,
  count: number,
  keyAt: (place: number) => string,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let place = 0; place < count; place += 1) {
    const before = await busyFor(session);
    await page.keyboard.press(keyAt(place));
    await page.waitForTimeout(SETTLED);
    found.push(((await busyFor(session)) - before) * 1_000);
  }
  return found;
}

/** Seconds that the main thread has worked so far. */
async function busyFor(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

function shares(millis: readonly number[]): { readonly p50: string; readonly p95: string; readonly most: string } {
  const sorted = [...millis].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1);
  return { p50: at(0.5), p95: at(0.95), most: at(1) };
}
