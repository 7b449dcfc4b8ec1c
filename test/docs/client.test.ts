import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openBazaarStub } from '../support/cli/bazaar-stub.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('docs/guides/client.md shows the example as it is.', () => {
  const page = readFileSync(`${root}docs/guides/client.md`, 'utf8');
  const example = readFileSync(`${root}examples/client/buy.ts`, 'utf8');
  expect(page).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test('The example buys shares, past a front end that is gone, and tells a no from a perhaps.', async () => {
  const stub = await openBazaarStub();
  try {
    expect(await buy('PEAR', '3', 'http://127.0.0.1:1', stub.base)).toEqual([0, 'order 0; 17 left at 1.5\n']);
    expect(await buy('PEAR', '18', stub.base)).toEqual([1, 'no: too few\n']);
  } finally {
    await stub.close();
  }
});

/** Runs the example as the page says: exit code and what it prints. */
async function buy(...words: readonly string[]): Promise<readonly [number | null, string]> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/client/buy.ts', ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
  await once(child, 'close');
  return [child.exitCode, printed];
}
