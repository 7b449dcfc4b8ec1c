import { existsSync, readFileSync } from 'node:fs';
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
