import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const pages = [
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => join('docs', file)),
  ...readdirSync(root),
  join('bench', 'RESULTS.md'),
].filter((file) => file.endsWith('.md'));

test.each(pages)('%s links to files and headings that are there.', (page) => {
  const text = proseOf(join(root, page));
  const dead: string[] = [];
  for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? join(root, page) : resolve(root, dirname(page), path);
    if (!existsSync(target)) dead.push(link);
    else if (anchor !== undefined && !anchorsOf(target).includes(anchor)) dead.push(link);
  }
  expect(dead).toEqual([]);
});

test('docs/README.md leads to every page of the documentation.', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const missing = pages
    .filter((page) => page.startsWith('docs/') && !/^docs\/(README\.md|decisions\/0)/.test(page))
    .map((page) => relative('docs', page))
    .filter((page) => !index.includes(`](${page})`));
  expect(missing).toEqual([]);
});

/** Without what stands in fences, where brackets are code. */
function proseOf(file: string): string {
  return readFileSync(file, 'utf8').replaceAll(/^```.*?^```$/gms, '');
}

/** Headings as GitHub makes addresses of them. */
function anchorsOf(file: string): readonly string[] {
  if (!statSync(file).isFile() || !file.endsWith('.md')) return [];
  return [...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}
