import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isFresh, noteBuilt } from '../../bin/build-state.mjs';

let root: string;
let sources: string;
let built: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'understudy-built-'));
  [sources, built] = [join(root, 'src'), join(root, 'dist')];
  mkdirSync(join(sources, 'deep'), { recursive: true });
  mkdirSync(built);
  writeFileSync(join(sources, 'a.ts'), 'a');
  writeFileSync(join(sources, 'deep', 'b.ts'), 'b');
});

afterEach(() => rmSync(root, { recursive: true }));

it('What was built is good while every source is as it was, and never before it was all there', () => {
  expect(isFresh(sources, built)).toBe(false);
  noteBuilt(sources, built);
  expect(isFresh(sources, built)).toBe(true);
  expect(isFresh(sources, join(root, 'nowhere'))).toBe(false);
});

it.each([
  ['has another length', () => writeFileSync(join(sources, 'deep', 'b.ts'), 'bb')],
  ['is new', () => writeFileSync(join(sources, 'deep', 'c.ts'), '')],
  ['is gone', () => rmSync(join(sources, 'deep', 'b.ts'))],
  // As when an older version is put back in place of a newer one.
  ['is from before', () => utimesSync(join(sources, 'a.ts'), 1, statSync(join(sources, 'a.ts')).mtimeMs / 1_000 - 60)],
])('What was built is of no use any more when a source %s', (_, change) => {
  noteBuilt(sources, built);
  change();
  expect(isFresh(sources, built)).toBe(false);
});
