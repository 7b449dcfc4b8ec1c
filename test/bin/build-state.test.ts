import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFresh } from '../../bin/build-state.mjs';
import { buildAnew } from '../../scripts/build-anew.mjs';

let checkout: string;
let built: string;

const at = (...path: string[]): string => join(checkout, ...path);
const fresh = (): boolean => isFresh(checkout, built);

/** Compiles one file into another of this name. */
function build(name = 'a.js', meanwhile = (): void => undefined, succeeds = true): boolean {
  return buildAnew(checkout, (folder) => {
    writeFileSync(join(folder, name), '');
    meanwhile();
    return succeeds;
  });
}

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'understudy-built-'));
  built = at('dist');
  mkdirSync(at('src', 'deep'), { recursive: true });
  mkdirSync(at('scenarios'));
  writeFileSync(at('src', 'a.ts'), 'a');
  writeFileSync(at('src', 'deep', 'b.ts'), 'b');
  writeFileSync(at('package.json'), '{}');
  writeFileSync(at('tsconfig.base.json'), '{}');
});

afterEach(() => rmSync(checkout, { recursive: true }));

const changes: [string, () => void][] = [
  ['a source has another length', () => writeFileSync(at('src', 'deep', 'b.ts'), 'bb')],
  ['a source is new', () => writeFileSync(at('src', 'deep', 'c.ts'), '')],
  ['a source is gone, and nothing else has changed', () => rmSync(at('src', 'deep', 'b.ts'))],
  // As when an older version is put back in place of a newer one.
  ['a source is from before', () => utimesSync(at('src', 'a.ts'), 1, statSync(at('src', 'a.ts')).mtimeMs / 1_000 - 60)],
  ['a scenario is new, which the page of the playground has in it', () => writeFileSync(at('scenarios', 'c.yaml'), '')],
  ['the compiler has other options', () => writeFileSync(at('tsconfig.base.json'), '{ }')],
  ['the package says something else', () => writeFileSync(at('package.json'), '{ }')],
];

describe('What was built', () => {
  it('is good while every source is as it was, and never before it was all there', () => {
    expect(fresh()).toBe(false);
    expect(build('a.js', () => expect(fresh()).toBe(false))).toBe(true);
    expect(fresh()).toBe(true);
    expect(isFresh(checkout, at('nowhere'))).toBe(false);
  });

  it.each(changes)('is of no use any more when %s', (_, change) => {
    build();
    change();
    expect(fresh()).toBe(false);
  });

  it.each(changes)('is of no use from the start when, while it was compiled, it happened that %s', (_, change) => {
    expect(build('a.js', change)).toBe(true);
    expect(fresh()).toBe(false);
    expect(build()).toBe(true);
    expect(fresh()).toBe(true);
  });

  it('is as good with a link to nowhere among the sources, by which an editor locks a file', () => {
    build();
    symlinkSync('somebody@somewhere.1234', at('src', '.#a.ts'));
    expect(fresh()).toBe(true);
    expect(build()).toBe(true);
    expect(fresh()).toBe(true);
    rmSync(at('src', '.#a.ts'));
    expect(fresh()).toBe(true);
  });

  it('holds nothing of an earlier build, and nothing is left beside it', () => {
    build('gone.js');
    build('here.js');
    expect(readdirSync(built).sort()).toEqual(['.built-from', 'here.js']);
    expect(readdirSync(checkout).sort()).toEqual(['dist', 'package.json', 'scenarios', 'src', 'tsconfig.base.json']);
  });

  it('stays, as fresh or not as it was, where the next build fails', () => {
    build('good.js');
    expect(build('bad.js', undefined, false)).toBe(false);
    expect(() => build('bad.js', () => expect.fail('no memory'))).toThrow('no memory');
    expect(readdirSync(built).sort()).toEqual(['.built-from', 'good.js']);
    expect(fresh()).toBe(true);
    writeFileSync(at('src', 'a.ts'), 'wrong');
    expect(build('bad.js', undefined, false)).toBe(false);
    expect(fresh()).toBe(false);
  });

  it('is not there where the first build fails', () => {
    expect(build('bad.js', undefined, false)).toBe(false);
    expect(existsSync(built)).toBe(false);
  });
});
