import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolders } from '../../src/storage/make-folders.ts';

let place: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'understudy-folders-'));
});

afterAll(() => rm(place, { recursive: true, force: true }));

describe('A folder', () => {
  it('is made with those above it, and once', async () => {
    const folder = join(place, 'a', 'b', 'c');
    await makeFolders(folder);
    await makeFolders(folder);
    expect((await stat(folder)).isDirectory()).toBe(true);
  });

  it('is not made where a file is, or below one', async () => {
    await writeFile(join(place, 'file'), '');
    await expect(makeFolders(join(place, 'file'))).rejects.toThrow('EEXIST');
    await expect(makeFolders(join(place, 'file', 'a'))).rejects.toThrow('ENOTDIR');
  });

  it.skipIf(!existsSync('/proc/self'))('is not made where the system has none, and does not wait for it', async () => {
    await expect(makeFolders('/proc/understudy/a')).rejects.toThrow('ENOENT');
  });
});
