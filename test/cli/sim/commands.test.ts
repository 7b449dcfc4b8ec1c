import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError, UserError } from '../../../src/cli/shared/errors.ts';
import { registerSim } from '../../../src/cli/sim/index.ts';
import { decodeSummary } from '../../../src/cli/sim/sweep-summary.ts';

/** Holds, and takes no time. */
const GREEN = 'name: Calm\nservers: 1\nfrontEnds: 1\nhorizon: 800\n';

/** Breaks the rule of its own story. */
const RED = 'name: A wish\nhorizon: 900\nservers: 2\nfrontEnds: 1\nexpect: [{ note: installed }]\n';

let folder: string;
let home: string;

beforeEach(async () => {
  home = process.cwd();
  folder = await mkdtemp(join(tmpdir(), 'understudy-'));
  process.chdir(folder);
  await writeFile('green.yaml', GREEN);
  await writeFile('red.yaml', RED);
});

afterEach(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

/** Runs the command in this process. Gives back what it printed and the code it would exit with. */
async function sim(...args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerSim(program);
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await program.parseAsync(['sim', ...args], { from: 'user' });
    return { code: Number(process.exitCode ?? 0), out };
  } catch (error) {
    // What main.ts makes of them.
    if (error instanceof UsageError || error instanceof CommanderError) return { code: 2, out: error.message };
    if (error instanceof UserError) return { code: 1, out: error.message };
    throw error;
  } finally {
    write.mockRestore();
    process.exitCode = undefined;
  }
}

describe('sim', () => {
  test.each([
    ['fuzz without a count', ['fuzz'], 'say how many --seeds'],
    ['two first seeds', ['fuzz', '--seeds', '1', '--from', '1', '--commit', 'abcdef0'], 'both name the first seed'],
    ['a commit that is none', ['fuzz', '--seeds', '1', '--commit', 'HEAD'], 'expected a hash'],
    ['a part that is none', ['fuzz', '--seeds', '1', '--shard', '3/2'], 'expected a part of a whole'],
    ['a merge of something else', ['merge', 'green.yaml'], 'green.yaml is not a summary'],
    ['a bug nobody planted', ['run', 'green.yaml', '--plant', 'M99'], 'no planted bug is called M99'],
    ['one picture of two runs', ['run', 'green.yaml', 'red.yaml', '--svg', 'x.svg'], 'name one file'],
    ['a replay of nothing', ['replay', 'nowhere'], 'there is no such file'],
    ['a budget of nothing', ['shrink', 'red.yaml', '--budget', '0'], 'A whole number from 1'],
  ])('exits with 2 and a reason for %s.', async (_, args, reason) => {
    const { code, out } = await sim(...args);
    expect(out).toContain(reason);
    expect(code).toBe(2);
  });
});

describe('sim run', () => {
  test('writes pictures, a log and a history, and compares two runs.', async () => {
    const outputs = ['--svg', 'run.svg', '--shiviz', 'run.log', '--history', 'run.jsonl'];
    const { code, out } = await sim('run', 'green.yaml', ...outputs, '--check-determinism');
    expect(code).toBe(0);
    expect(out).toContain('Calm: every rule held');
    expect(out).toContain('twice   the same, event by event');
    expect(await readFile('run.svg', 'utf8')).toMatch(/^<svg /);
    expect(await readFile('run.log', 'utf8')).toContain('{"');
    expect(await readFile('run.jsonl', 'utf8')).toContain('"invoke"');
  });
});

describe('sim shrink', () => {
  test('exits with 1 for a plan that holds.', async () => {
    expect(await sim('shrink', 'green.yaml')).toEqual({
      code: 1,
      out: 'green.yaml does not fail: there is nothing to shrink',
    });
  });

  test('writes a scenario with its story and trace, which sim run and sim replay take.', async () => {
    const { code, out } = await sim('shrink', 'red.yaml', '--out', 'small.yaml', '--budget', '60');
    expect(code).toBe(0);
    expect(out).toMatch(/before {2}\d+ = 0 faults/);
    expect(out).toMatch(/after {3}2 = 0 faults \+ 0 requests \+ 2 nodes/);
    expect(out).toContain('replay  npx understudy sim replay small.yaml --trace');
    const text = await readFile('small.yaml', 'utf8');
    expect(text).toMatch(/^# .*\n# Its trace is in small\.trace\.txt\. Again:\n/);
    expect(text).toContain('name: A wish, shrunk\nstory: ');
    expect(await sim('run', 'small.yaml')).toMatchObject({ code: 1 });
    const replayed = await sim('replay', 'small.yaml');
    expect(replayed.code).toBe(1);
    expect(replayed.out).toContain('the same as before, event by event');
  });
});

describe('sim fuzz', () => {
  test('in parts, merged, writes the same summary as in one go.', async () => {
    const seeds = ['fuzz', '--seeds', '2', '--from', '23', '--jobs', '1'];
    for (const part of ['1', '2']) await sim(...seeds, '--shard', `${part}/2`, '--out', `part-${part}.json`);
    expect((await sim(...seeds, '--out', 'whole.json', '--check-determinism', '2')).code).toBe(0);
    expect((await sim('merge', 'part-2.json', 'part-1.json', '--out', 'merged.json')).code).toBe(0);
    const [merged, whole] = await Promise.all(
      ['merged.json', 'whole.json'].map(async (file) => JSON.parse(await readFile(file, 'utf8')) as unknown),
    );
    expect({ ...decodeSummary('merged', merged), compared: 1 }).toEqual(decodeSummary('whole', whole));
    expect(whole).toMatchObject({ ran: 2, violations: 0, compared: 1, differed: [] });
    expect(await readdir('.')).not.toContain('capsules');
  });
});
