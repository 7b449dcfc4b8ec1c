import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeSite } from '../../../src/cli/playground/write-site.ts';
import { newFolder } from '../../support/storage/stores.ts';

const PAGE = '<!doctype html><title>Understudy: the playground</title>';

/** A built page, and a folder for it with these files. */
async function placed(files: Readonly<Record<string, string>>) {
  const place = await newFolder();
  const [site, folder] = [join(place, 'site'), join(place, 'out')];
  mkdirSync(join(site, 'assets'), { recursive: true });
  writeFileSync(join(site, 'index.html'), PAGE);
  writeFileSync(join(site, 'assets/page.js'), 'export {};');
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { site, folder };
}

describe('the playground in a folder', () => {
  test('It is written into a new folder, an empty one, and over an earlier copy.', async () => {
    const { site, folder } = await placed({});
    for (const to of [folder, folder, join(folder, '../new/deep')]) {
      await writeSite(site, to);
      expect(readFileSync(join(to, 'index.html'), 'utf8')).toBe(PAGE);
      expect(existsSync(join(to, 'assets/page.js'))).toBe(true);
    }
  });

  test.each([
    ['another page', { 'index.html': '<title>My own</title>' }],
    ['a page without a title', { 'index.html': 'mine' }],
    ['other files', { 'notes.txt': 'mine' }],
  ])('A folder that has %s and no copy is refused, and left as it is.', async (_, files: Record<string, string>) => {
    const { site, folder } = await placed(files);
    await expect(writeSite(site, folder)).rejects.toThrow(`${folder} is not empty and holds no playground`);
    for (const [name, text] of Object.entries(files)) expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
    expect(existsSync(join(folder, 'assets'))).toBe(false);
  });

  test('What is no folder is refused in such words.', async () => {
    const { site, folder } = await placed({ file: 'mine' });
    await expect(writeSite(site, join(folder, 'file'))).rejects.toThrow('file is no folder');
    await expect(writeSite(site, join(folder, 'file/below'))).rejects.toThrow('below is no folder');
    await expect(writeSite(site, '')).rejects.toThrow('--out "" cannot be used');
  });
});
