import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../../src', import.meta.url));

/** What serves, and what speaks with other nodes. */
const RUNS_A_NODE = /^(live\/(engine|shutdown|recovery|peers|process|serve)|transport-http\/|host\/host\.ts)/;

/** The files that Node loads before the first line of `file` runs: what it imports, types and `import()` aside. */
function loadedWith(file: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [file];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (found.has(one)) continue;
    found.add(one);
    const path = join(SRC, one);
    const imports = readFileSync(path, 'utf8').matchAll(/^(?:import|export)\b(?! type\b)[^;]*?'(\.[^']+\.ts)'/gm);
    for (const [, target = ''] of imports) open.push(relative(SRC, join(dirname(path), target)));
  }
  return found;
}

describe('What a command loads', () => {
  it('to start a whole cluster is not what runs a node.', () => {
    const files = loadedWith('cli/up/up.ts');
    expect(files).toContain('cli/up/node-process.ts');
    expect([...files].filter((file) => RUNS_A_NODE.test(file))).toEqual([]);
    expect(files.size).toBeLessThan(100);
  });

  it('to read the command line of a node is not what runs it either.', () => {
    const files = loadedWith('cli/node/commands.ts');
    expect(files).toContain('cli/shared/configuration.ts');
    expect([...files].filter((file) => RUNS_A_NODE.test(file))).toEqual([]);
  });

  it('to run a node has nothing that breaks disks in it.', () => {
    const files = loadedWith('cli/node/run.ts');
    expect(files).toContain('live/process.ts');
    expect([...files].filter((file) => /chaos-disk|disk-faults|^chaos\/|^sim\//.test(file))).toEqual([]);
  });
});
