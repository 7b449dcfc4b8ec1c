import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { blocksIn, commandsIn } from '../support/docs/page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guide = readFileSync(join(root, 'docs/guides/test-a-service.md'), 'utf8');
const folder = join(root, 'examples/locks');
const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));

/** Commands of the guide write into `capsules/` below the folder they run in. */
const place = mkdtempSync(join(tmpdir(), 'understudy-guide-'));
symlinkSync(join(root, 'examples'), join(place, 'examples'));
beforeAll(() => process.chdir(place));
afterAll(() => {
  process.chdir(root);
  rmSync(place, { recursive: true });
});

describe('docs/guides/test-a-service.md', () => {
  test('shows code that stands in the example, word for word.', () => {
    const blocks = [...blocksIn(guide, 'ts'), ...blocksIn(guide, 'yaml').filter((block) => block.startsWith('#'))];
    expect(blocks.length).toBeGreaterThan(8);
    for (const part of blocks.flatMap((block) => block.trim().split('\n\n'))) {
      expect(
        sources.some((source) => source.includes(part)),
        part,
      ).toBe(true);
    }
  });

  test('shows the whole service.', () => {
    expect(blocksIn(guide, 'ts')).toContain(readFileSync(join(folder, 'locks.ts'), 'utf8'));
    expect(blocksIn(guide, 'ts')).toContain(readFileSync(join(folder, 'broken.ts'), 'utf8'));
  });

  test('shows commands that print what it says they print, and a plan that is what comes out of them.', async () => {
    const commands = blocksIn(guide, 'console').flatMap(commandsIn);
    expect(commands.map(({ line }) => line.split(' ').slice(1, 4).join(' '))).toEqual([
      'understudy sim run',
      'understudy sim run',
      'understudy sim shrink',
    ]);
    for (const { line, printed } of commands) {
      const lines = masked(await run(line)).split('\n');
      let from = 0;
      for (const wanted of printed) {
        const found = lines.indexOf(masked(wanted), from);
        expect(found, `${line}\n${wanted}\n---\n${lines.join('\n')}`).toBeGreaterThanOrEqual(0);
        from = found + 1;
      }
    }
    const shrunk = readFileSync(join(place, 'capsules/examples-locks-plan-yaml-1/shrunk.yaml'), 'utf8');
    const [story] = blocksIn(guide, 'yaml').filter((block) => !block.startsWith('#'));
    expect(masked(shrunk)).toContain(masked(story ?? ''));
  }, 120_000);
});

/** Runs a command as a process of its own would: nothing of the one before is loaded any more. */
async function run(line: string): Promise<string> {
  vi.resetModules();
  const { registerSim } = await import('../../src/cli/sim/index.ts');
  const program = new Command('understudy').exitOverride();
  registerSim(program);
  let printed = '';
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    }),
  );
  try {
    const [, , ...args] = line.split(' ');
    await program.parseAsync(args, { from: 'user' });
  } finally {
    for (const stream of streams) stream.mockRestore();
    process.exitCode = 0;
  }
  return printed;
}

/** Which numbers they are depends on every rule of the protocol; the guide is about the words. */
function masked(text: string): string {
  return text.replaceAll(/\d+/g, '0').replaceAll(/owner: (ann|bob|cem)/g, 'owner: …');
}
