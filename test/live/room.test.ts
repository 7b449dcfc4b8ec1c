import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunningProcess } from '../../src/live/options.ts';
import { statusSchema } from '../../src/operate/status-schema.ts';
import { SOON } from '../support/live/live-cluster.ts';
import { type OperatedPair, operatedPair } from '../support/live/operated-pair.ts';

let pair: OperatedPair;
let lines: string[];
const running = new Map<string, RunningProcess>();

/** The groups of the data server may have 20,000 bytes of state. */
beforeEach(async () => {
  lines = [];
  pair = await operatedPair();
  await start('s1', 20_000);
  await start('f1', 20_000);
  await pair.ready();
}, 60_000);

afterEach(async () => {
  await Promise.all([...running.values()].map((process) => process.stop()));
  await rm(pair.folder, { recursive: true });
});

async function start(node: 's1' | 'f1', stateSizeAtMost: number): Promise<void> {
  running.set(node, await pair.start(node, { level: 'warn', write: keep, settings: { stateSizeAtMost } }));
}

function keep(line: string): void {
  lines.push(line);
}

async function create(username: string): Promise<number> {
  return (await fetch(pair.at('f1', '/users/create'), { method: 'POST', body: JSON.stringify({ username }) })).status;
}

async function readOnly(): Promise<unknown> {
  return statusSchema.parse(await (await fetch(pair.at('s1', '/status'))).json()).groups['users']?.readOnly;
}

it('A group over its quota takes no writes, says so everywhere, reads on, and writes with a larger one', async () => {
  let taken = 0;
  await vi.waitFor(
    async () => {
      const status = await create(`user ${taken} ${'x'.repeat(150)}`);
      if (status === 200) taken += 1;
      expect([status, await readOnly()]).toEqual([507, [{ node: 's1', of: 'state' }]]);
    },
    { timeout: 20_000, interval: 1 },
  );
  expect(taken).toBeGreaterThan(10);
  expect(lines.join('')).toContain('takes no writes that need room');
  expect(await (await fetch(pair.at('s1', '/metrics'))).text()).toMatch(
    /^understudy_read_only\{.*group="users".*\} 1$/m,
  );
  const users = await fetch(pair.at('f1', '/users/0'));
  expect(users.status).toBe(200);
  expect(
    await fetch(pair.at('f1', '/events/create'), {
      method: 'POST',
      body: '{"userid":0,"eventname":"e","numtickets":1}',
    }),
  ).toMatchObject({ status: 200 });

  await running.get('s1')?.stop();
  await start('s1', 10_000_000);
  await pair.ready();
  await vi.waitFor(async () => expect(await create('one more')).toBe(200), SOON);
  expect(await readOnly()).toEqual([]);
}, 60_000);
