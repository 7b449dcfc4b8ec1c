import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/protocol/model/mutants.ts';
import { blocksIn, commandsIn } from '../support/docs/page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const bank = readFileSync(join(root, 'examples/bank/bank.ts'), 'utf8');

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'understudy-readme-'));
  for (const folder of ['examples', 'scenarios']) symlinkSync(join(root, folder), join(place, folder));
});
afterAll(() => rmSync(place, { recursive: true }));

describe('README.md', () => {
  test('shows examples/bank/bank.ts as it is, about eighteen lines of code.', () => {
    expect(blocksIn(readme, 'ts')).toEqual([bank]);
    expect(bank.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(20);
  });

  test('deletes one line of it.', () => {
    expect(bank.match(/return refused/g)).toHaveLength(1);
  });

  test('counts the bugs that can be planted.', () => {
    const bugs = Object.values(CATALOGUE).filter((one) => 'where' in one && !('harmless' in one));
    expect(readme).toContain('the same way: dozens of known bugs');
    expect(bugs.length).toBeGreaterThanOrEqual(36);
  });

  test('says what `npm start` brings up.', () => {
    expect(readFileSync(join(root, 'package.json'), 'utf8')).toMatch(/"start": ".* up tickets"/);
    expect(readme).toContain('`npm start` brings up the ticket service');
  });
});

describe.each(['README.md', 'docs/start/first-ten-minutes.md'])('%s', { timeout: 120_000 }, (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  // What needs a cluster runs in test/live/first-pages.long.test.ts.
  const commands = blocksIn(text, 'console')
    .flatMap(commandsIn)
    .filter(({ line }) => /^(npx understudy sim |sed )/.test(line));

  test.each(commands)('prints what it says: $line', ({ line, printed }) => {
    const said = run(line).split('\n');
    let from = 0;
    for (const wanted of printed.filter((one) => one.trim() !== '…')) {
      const found = said.findIndex((one, number) => number >= from && one.startsWith(wanted));
      expect(found, `no “${wanted}” in\n${said.join('\n')}`).toBeGreaterThanOrEqual(0);
      from = found + 1;
    }
  });

  test('shows the plan that is left.', () => {
    for (const block of blocksIn(text, 'yaml')) {
      expect(readFileSync(join(place, 'capsules/bank-1/shrunk.yaml'), 'utf8')).toContain(block);
    }
  });
});

/** Carries out a command of a page as a process of its own, where nothing of the checkout is but its examples. */
function run(line: string): string {
  const asked = line.replace(/^npx understudy/, `'${process.execPath}' '${join(root, 'bin/understudy.mjs')}'`);
  const { stdout, stderr } = spawnSync('sh', ['-c', asked], { cwd: place, encoding: 'utf8' });
  return `${stdout}${stderr}`;
}
