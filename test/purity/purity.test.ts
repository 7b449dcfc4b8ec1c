import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { withPicture } from '../../scripts/layers/picture.ts';
import { LAYERS, layersAbove } from '../../scripts/layers/table.ts';
import { PAGE, RULES, rulesText } from '../../scripts/layers/write.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'understudy-purity-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What is missing for the compiler: without the host's types these names do not exist. */
const unknownToTheCompiler = [
  'node:fs',
  'net',
  'performance',
  'crypto',
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
];

/** What belongs to the language or resolves on its own, so that only the linter can ban it. */
const bannedByTheLinterAlone = ['Date', 'Math.random', 'Math.log', 'Math.exp', 'Math.pow', 'Math.sin'];

const rooms = LAYERS.flatMap(({ name, rooms: inside = [] }) => inside.map((room) => [name, room] as const));

const lintReport = z.object({
  diagnostics: z.array(z.object({ message: z.string(), filename: z.string() })),
  number_of_files: z.number(),
});

/** Runs the project's linter, with the project's own configuration, over files that it otherwise passes over. */
function lint(...paths: readonly string[]): z.infer<typeof lintReport> {
  const command = [join(root, 'node_modules/oxlint/bin/oxlint'), '--config', join(root, '.oxlintrc.json')];
  const run = spawnSync(process.execPath, [...command, '--no-ignore', '--format', 'json', ...paths], {
    cwd: root,
    encoding: 'utf8',
  });
  return lintReport.parse(JSON.parse(run.stdout));
}

/** Runs the compiler with the settings of `tsconfig.pure.json` over one of the fixtures. */
function compile(fixture: string): { readonly status: number | null; readonly output: string } {
  const command = [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(fixtures, `tsconfig.${fixture}.json`)];
  const run = spawnSync(
    process.execPath,
    [...command, '--pretty', 'false', '--tsBuildInfoFile', join(scratch, `${fixture}.tsbuildinfo`)],
    { cwd: root, encoding: 'utf8' },
  );
  return { status: run.status, output: run.stdout + run.stderr };
}

/** The line of a report that names `thing` in quotes, as both tools do. */
function complaintsAbout(thing: string, lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.includes(`'${thing}'`));
}

describe('the compiler', () => {
  const { status, output } = compile('impure');

  test.each(unknownToTheCompiler)('does not know %s in the pure folders', (thing) => {
    expect(status).not.toBe(0);
    expect(complaintsAbout(thing, output.split('\n')), output).not.toEqual([]);
  });

  test('refuses an import of what stands above the pure folders', () => {
    const upward = compile('upward');
    expect(upward.status).not.toBe(0);
    expect(upward.output).toMatch(/TS6307.*storage\/disk\.ts/);
  });

  test('passes the clean twin', () => {
    expect(compile('clean')).toEqual({ status: 0, output: '' });
  });
});

describe('the linter', () => {
  const report = lint(...['impure.ts', 'packages.ts', 'upward.ts'].map((name) => join(fixtures, 'src/protocol', name)));
  const messages = report.diagnostics.map((diagnostic) => diagnostic.message);

  test.each([
    ...unknownToTheCompiler,
    ...bannedByTheLinterAlone,
    'hono',
    'piscina',
    'uuid',
    'ws',
    '../storage/disk.ts',
  ])('bans %s from the pure folders', (thing) => {
    expect(complaintsAbout(thing, messages), messages.join('\n')).not.toEqual([]);
  });

  test('passes the clean twin, having looked at it', () => {
    expect(lint(join(fixtures, 'src/protocol/clean.ts'))).toEqual({ diagnostics: [], number_of_files: 1 });
  });
});

describe('the layers', () => {
  const complaints = lintEveryImport();

  test.each(LAYERS.map((layer) => [layer.name, layer] as const))(
    '%s imports its layers and no other',
    (name, layer) => {
      const { imports } = layer;
      const values = LAYERS.map((other) => other.name).filter((other) => other !== name && !imports.includes(other));
      const expected = [
        ...values.map((other) => `../${other}/value.ts`),
        ...layersAbove(layer).map((other) => `../${other}/type.ts`),
      ];
      expect(refusedTo(name).toSorted()).toEqual(expected.toSorted());
    },
  );

  test.each(rooms)('%s/%s imports no room that comes after it', (layer, room) => {
    const all = LAYERS.find(({ name }) => name === layer)?.rooms ?? [];
    const later = all.slice(all.indexOf(room) + 1).map((other) => `../${other}/value.ts`);
    expect(refusedTo(`${layer}/${room}`).toSorted()).toEqual(later.toSorted());
  });

  test.each(LAYERS.filter(({ isPure }) => isPure).map(({ name }) => name))('%s may not read the clock', (layer) => {
    expect(complaints).toMatch(new RegExp(`^${layer}: .*'Date'`, 'm'));
  });

  test('have no name in common with a room of another one, which the rules could not tell apart', () => {
    const names = LAYERS.map(({ name }) => name);
    expect(rooms.filter(([, room]) => names.includes(room))).toEqual([]);
  });

  test('stand as rules and as a picture where `npm run layers` writes them', () => {
    expect(readFileSync(RULES, 'utf8')).toBe(rulesText());
    const page = readFileSync(PAGE, 'utf8');
    expect(page).toBe(withPicture(page));
  });

  test('are all of src', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).toSorted()).toEqual(LAYERS.map(({ name }) => name).toSorted());
    for (const { name, rooms: inOrder } of LAYERS) {
      if (inOrder === undefined) continue;
      const inside = readdirSync(join(root, 'src', name), { withFileTypes: true }).filter((entry) =>
        entry.isDirectory(),
      );
      expect(inside.map((entry) => entry.name).toSorted()).toEqual(inOrder.toSorted());
    }
  });

  test('have no circle of imports, of types neither', () => {
    const folder = join(scratch, 'circle/src/live');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'hen.ts'), `import type { Egg } from './egg.ts';\nexport type Hen = Egg | 'hen';\n`);
    writeFileSync(join(folder, 'egg.ts'), `import type { Hen } from './hen.ts';\nexport type Egg = Hen | 'egg';\n`);
    const found = lint(folder).diagnostics.map(({ message }) => message);
    expect(found.filter((message) => message.includes('Dependency cycle'))).toHaveLength(2);
  });

  function refusedTo(place: string): readonly string[] {
    const refused = complaints.matchAll(new RegExp(`^${place}: '(\\.\\./[^']+)'`, 'gm'));
    return [...refused].map((match) => match[1] ?? '');
  }

  /**
   * A file for each layer, with a value and a type of every other layer and a look at the clock; a file for each room, with
   * a value of every other room of its layer.
   */
  function lintEveryImport(): string {
    for (const { name } of LAYERS) {
      const imports = LAYERS.filter((other) => other.name !== name).flatMap((other) => [
        `export * from '../${other.name}/value.ts';`,
        `export type * from '../${other.name}/type.ts';`,
      ]);
      write(name, [...imports, 'export const now = Date.now();']);
    }
    for (const [layer, room] of rooms) {
      const others = rooms.filter((other) => other[0] === layer && other[1] !== room);
      write(
        `${layer}/${room}`,
        others.map(([, other]) => `export * from '../${other}/value.ts';`),
      );
    }
    const report = lint(join(scratch, 'src'));
    expect(report.number_of_files).toBe(LAYERS.length + rooms.length);
    return report.diagnostics
      .map((found) => `${/src\/(.+)\/all\.ts$/.exec(found.filename)?.[1] ?? '?'}: ${found.message}`)
      .join('\n');
  }
});

function write(place: string, lines: readonly string[]): void {
  mkdirSync(join(scratch, 'src', place), { recursive: true });
  writeFileSync(join(scratch, 'src', place, 'all.ts'), [...lines, ''].join('\n'));
}
