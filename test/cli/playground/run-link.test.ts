import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { registerPlayground } from '../../../src/cli/playground/playground.ts';
import { hashOf } from '../../../src/cli/playground/run-link.ts';
import { readShared } from '../../../src/playground/model/share.ts';
import { unpacked } from '../../../src/playground/ui/packing.ts';

const folder = mkdtempSync(join(tmpdir(), 'understudy-link-'));
const file = join(folder, 'plan.yaml');

afterAll(() => rmSync(folder, { recursive: true }));

/** What the page reads of the link to `path`. */
async function shared(path: string): Promise<ReturnType<typeof readShared>> {
  const hash = await hashOf(path);
  expect(hash).toMatch(/^#[\w-]+$/);
  return readShared(await unpacked(hash.slice(1)));
}

describe('A link to a run', () => {
  test.each(['tickets', 'bazaar'])('opens a plan of the %s at its end.', async (service) => {
    writeFileSync(file, `name: Mine\nservice: ${service}\nseed: 7\nhorizon: 900\n`);
    const found = await shared(file);
    expect(found?.plan).toMatchObject({ name: 'Mine', seed: 7, horizon: 900 });
    expect(found?.plan['service'] ?? 'tickets').toBe(service);
    expect([found?.bug, found?.place]).toEqual([undefined, Number.MAX_SAFE_INTEGER]);
  });

  test("opens a failure's folder with the bugs that were planted.", async () => {
    writeFileSync(file, 'seed: 7\n');
    writeFileSync(join(folder, 'verdict.json'), JSON.stringify({ planted: ['votes-for-rank-alone'] }));
    expect(await shared(folder)).toMatchObject({ plan: { seed: 7 }, bug: 'votes-for-rank-alone' });
    const planted = ['votes-for-rank-alone', 'sells-before-finding-buyer'];
    writeFileSync(join(folder, 'verdict.json'), JSON.stringify({ planted }));
    expect((await shared(folder))?.bug).toBe(planted.join(','));
  });

  test('is not made of what is no plan, nor with files to be written.', async () => {
    writeFileSync(file, 'seed: x\n');
    await expect(hashOf(file)).rejects.toThrow('is not a plan');
    const program = new Command();
    registerPlayground(program);
    const asked = program.parseAsync(['playground', file, '--out', folder], { from: 'user' });
    await expect(asked).rejects.toThrow('--out writes the page alone');
  });
});
