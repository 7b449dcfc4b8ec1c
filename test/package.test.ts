import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const root = new URL('../', import.meta.url);

const description = z
  .object({
    exports: z.record(z.string(), z.object({ types: z.string(), default: z.string() })),
    peerDependencies: z.record(z.string(), z.string()),
    peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.literal(true) })),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')));

describe('the package', () => {
  test.each(Object.entries(description.exports))('exports %s from a source that is built to it.', (_, target) => {
    const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
    expect(target.types).toBe(target.default.replace(/\.js$/, '.d.ts'));
    expect(existsSync(new URL(source, root))).toBe(true);
  });

  test('gives an author of a service twelve names, and the types of what they take and return.', async () => {
    expect(Object.keys(await import('../src/index.ts')).toSorted()).toEqual([
      'accepted',
      'asList',
      'defaultRoutes',
      'defineApp',
      'defineRoute',
      'defineService',
      'noAnswer',
      'noBody',
      'nothing',
      'readList',
      'recipe',
      'refused',
    ]);
    expect(exportedBy('.')).toEqual(
      expect.arrayContaining(['App', 'Call', 'EntryContext', 'Json', 'Outcome', 'Route', 'Service', 'Step']),
    );
  });

  test('exports all that the documentation imports of it.', () => {
    const pages = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' });
    const texts = ['README.md', ...pages.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];
    const imports = texts.flatMap((page) => {
      const found = readFileSync(new URL(page, root), 'utf8').matchAll(
        /import \{([^}]+)\} from 'understudy(\/[^']+)?'/g,
      );
      return [...found].map(([, names = '', entry = '']) => ({ page, entry: `.${entry}`, names: namesIn(names) }));
    });
    expect(new Set(imports.map(({ entry }) => entry)).size).toBeGreaterThan(4);
    for (const { page, entry, names } of imports) {
      expect(exportedBy(entry), `${page} imports it of understudy${entry.slice(1)}`).toEqual(
        expect.arrayContaining([...names]),
      );
    }
  });

  test('is resolved by the type checker and by the tests as by its readers.', () => {
    const typeChecker = readFileSync(new URL('tsconfig.json', root), 'utf8');
    const runner = readFileSync(new URL('vitest.config.ts', root), 'utf8');
    for (const [name, { default: target }] of Object.entries(description.exports)) {
      const source = target.replace('./dist/', '').replace(/\.js$/, '.ts');
      expect(typeChecker).toContain(`"understudy${name.slice(1)}": ["./src/${source}"]`);
      expect(runner).toContain(
        `{ find: /^understudy${name.slice(1).replaceAll('/', '\\/')}$/, replacement: source('${source}') }`,
      );
    }
  });

  test('asks for what tests need only of whoever writes tests, and is tested with it itself.', () => {
    const { peerDependencies: peers, peerDependenciesMeta: meta, dependencies, devDependencies } = description;
    expect(Object.keys(peers)).toEqual(['fast-check', 'vitest']);
    expect(Object.keys(meta)).toEqual(Object.keys(peers));
    for (const [name, range] of Object.entries(peers)) {
      expect(range).toBe(`^${devDependencies[name]}`);
      expect(dependencies).not.toHaveProperty([name]);
    }
  });
});

/** The names that an entry of the package exports, types among them. */
function exportedBy(entry: string): readonly string[] {
  const target = description.exports[entry]?.default ?? '';
  return exportedFrom(new URL(target.replace('./dist/', 'src/').replace(/\.js$/, '.ts'), root));
}

function exportedFrom(file: URL): readonly string[] {
  const source = readFileSync(file, 'utf8');
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]+)\}/gm)].flatMap(([, names = '']) => namesIn(names));
  const declared = [...source.matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm)];
  const passedOn = [...source.matchAll(/^export \* from '([^']+)'/gm)];
  return [
    ...lists,
    ...declared.map(([, name = '']) => name),
    ...passedOn.flatMap(([, path = '']) => exportedFrom(new URL(path, file))),
  ];
}

/** `type App, Plan as RoutePlan` has the names `App` and `RoutePlan`. */
function namesIn(list: string): readonly string[] {
  const parts = list.split(',').map((part) =>
    part
      .trim()
      .replace(/^type /, '')
      .replace(/^\w+ as /, ''),
  );
  return parts.filter((name) => name !== '');
}
