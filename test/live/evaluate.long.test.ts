import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';

const bin = fileURLToPath(new URL('../../bin/understudy.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'understudy-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PATIENT = 300_000;

/** What a test must know of what `--json` prints. */
const printed = z.object({
  problems: z.array(z.string()),
  compared: z.int().min(1),
  parts: z.array(
    z.object({
      cache: z.enum(['on', 'off']),
      percent: z.int(),
      hits: z.int(),
      invalidations: z.int(),
      orders: z.int(),
      timings: z.record(z.string(), z.object({ count: z.int().min(1), p50: z.number().gt(0) })),
    }),
  ),
  sights: z.array(z.object({ at: z.number(), names: z.array(z.string()).max(8) })).min(1),
  outages: z.array(
    z.object({
      killed: z.string(),
      successor: z.string(),
      marks: z.array(z.object({ what: z.string() })),
      failed: z.literal(0),
      unknown: z.literal(0),
      longestWait: z.number().gt(0),
    }),
  ),
  replicas: z.array(
    z.object({ node: z.string(), orders: z.int(), shares: z.int(), hashes: z.record(z.string(), z.int()) }),
  ),
});

test(
  'understudy evaluate bazaar measures processes of its own, kills one and has all replicas compared',
  async () => {
    const flags = ['--quick', '--json', '--quiet', '--seed', '3', '--out', folder];
    const child = spawn(process.execPath, [bin, 'evaluate', 'bazaar', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (data: Buffer) => (text += data.toString()));
    await once(child, 'close');

    const found = printed.parse(JSON.parse(text));
    expect(found.problems).toEqual([]);
    expect(child.exitCode).toBe(0);
    expect(found.parts.map(({ cache, percent }) => `${cache} ${percent}`)).toEqual([
      'on 0',
      'on 80',
      'off 0',
      'off 80',
    ]);
    const [idle, busy, idleWithout, busyWithout] = found.parts;
    expect(idle?.hits).toBeGreaterThan(0);
    expect([idle?.orders, idle?.invalidations]).toEqual([0, 0]);
    expect(busy?.invalidations).toBeGreaterThan(0);
    expect(Object.keys(busy?.timings ?? {})).toEqual(['query', 'query hit', 'query miss', 'trade', 'order']);
    expect([idleWithout?.hits, busyWithout?.hits]).toEqual([0, 0]);

    expect(found.outages).toHaveLength(1);
    for (const { killed, successor, marks } of found.outages) {
      expect(successor).not.toBe(killed);
      const told = [`${killed} killed`, `${successor} leads`, `${killed} started`, `${killed} has caught up`];
      expect(marks.map(({ what }) => what)).toEqual(told);
    }

    const [first, ...others] = found.replicas;
    expect(found.replicas.map(({ node }) => node)).toEqual(['s1', 's2', 's3']);
    expect(first?.orders).toBeGreaterThanOrEqual(found.compared);
    for (const other of others) expect({ ...other, node: first?.node }).toEqual(first);

    expect(readFileSync(join(folder, 'EVALUATION.md'), 'utf8')).toContain(`--out ${folder} --seed 3 --quick`);
    expect(readFileSync(join(folder, 'evaluation.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
  },
  PATIENT,
);
