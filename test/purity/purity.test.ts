import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

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

const pureLayers = ['protocol', 'gossip', 'frontend', 'apps', 'host', 'checker', 'sim'];

/** The layers of src, each with the layers whose values and whose types it may import. */
const layers: Readonly<Record<string, { readonly values: readonly string[]; readonly types: readonly string[] }>> = {
  protocol: { values: [], types: [] },
  gossip: { values: ['protocol'], types: [] },
  frontend: { values: ['protocol'], types: [] },
  apps: { values: ['protocol', 'frontend'], types: [] },
  host: { values: ['protocol', 'gossip', 'frontend'], types: [] },
  checker: { values: ['protocol'], types: [] },
  sim: { values: ['protocol', 'gossip', 'frontend', 'apps', 'host', 'checker'], types: [] },
  storage: { values: ['protocol'], types: [] },
  'transport-http': { values: ['protocol'], types: ['frontend'] },
  live: { values: ['protocol', 'gossip', 'frontend', 'apps', 'host', 'storage', 'transport-http'], types: [] },
  chaos: {
    values: ['protocol', 'gossip', 'frontend', 'apps', 'host', 'checker', 'sim', 'storage', 'transport-http', 'live'],
    types: [],
  },
  operate: { values: ['protocol', 'gossip', 'frontend', 'apps', 'host', 'transport-http', 'live'], types: [] },
  client: { values: [], types: ['protocol'] },
  cli: {
    values: [
      'protocol',
      'gossip',
      'frontend',
      'apps',
      'host',
      'checker',
      'sim',
      'storage',
      'transport-http',
      'live',
      'operate',
      'chaos',
      'client',
    ],
    types: [],
  },
};

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

  test.each(Object.keys(layers))('%s imports what stands below it and nothing else', (layer) => {
    const allowed = layers[layer] ?? { values: [], types: [] };
    const others = Object.keys(layers).filter((other) => other !== layer);
    const values = others.filter((other) => !allowed.values.includes(other)).map((other) => `../${other}/value.ts`);
    const types = others
      .filter((other) => !allowed.values.includes(other) && !allowed.types.includes(other))
      .map((other) => `../${other}/type.ts`);
    const refused = [...complaints.matchAll(new RegExp(`^${layer}: '(\\.\\./[^']+)'`, 'gm'))].map(
      (match) => match[1] ?? '',
    );
    expect(refused.toSorted()).toEqual([...values, ...types].toSorted());
  });

  test.each(pureLayers)('%s may not read the clock', (layer) => {
    expect(complaints).toMatch(new RegExp(`^${layer}: .*'Date'`, 'm'));
  });

  /** One file per layer that imports a value and a type from every other layer and reads the clock. */
  function lintEveryImport(): string {
    for (const layer of Object.keys(layers)) {
      const others = Object.keys(layers).filter((other) => other !== layer);
      const imports = others.flatMap((other) => [
        `export * from '../${other}/value.ts';`,
        `export type * from '../${other}/type.ts';`,
      ]);
      mkdirSync(join(scratch, 'src', layer), { recursive: true });
      writeFileSync(join(scratch, 'src', layer, 'all.ts'), [...imports, 'export const now = Date.now();'].join('\n'));
    }
    const report = lint(join(scratch, 'src'));
    expect(report.number_of_files).toBe(Object.keys(layers).length);
    return report.diagnostics
      .map((found) => `${/src\/([^/]+)\/all\.ts$/.exec(found.filename)?.[1] ?? '?'}: ${found.message}`)
      .join('\n');
  }
});
