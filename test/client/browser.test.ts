import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const compiler = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc');
const folder = mkdtempSync(join(tmpdir(), 'understudy-browser-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('The client runs where there is the language and what browsers have, and nothing of Node.js', () => {
  const flags = ['--target', 'es2023', '--module', 'nodenext', '--rewriteRelativeImportExtensions', '--types', 'node'];
  const source = join(here, '../../src/client/client.ts');
  execFileSync(process.execPath, [compiler, source, '--ignoreConfig', '--skipLibCheck', '--outDir', folder, ...flags]);
  const world = [join(here, '../support/client/bare-world.mjs'), join(folder, 'client')];
  const printed = execFileSync(process.execPath, ['--experimental-vm-modules', '--no-warnings', ...world], {
    encoding: 'utf8',
  });
  const uuid: unknown = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f-]{21}$/);
  const seen: unknown = JSON.parse(printed);
  expect(seen).toEqual({
    answer: { data: { transaction_number: 0 } },
    refused: 'GET /orders/9: refused with 400: no',
    asked: [
      { url: '/orders', uuid },
      { url: 'http://b/orders', uuid },
    ],
    token: 'orders=h:1',
    missing: [],
  });
});
