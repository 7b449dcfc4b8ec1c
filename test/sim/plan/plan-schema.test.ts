import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { planSchemaAsJson } from '../../../src/sim/plan/plan-schema.ts';

const files = readdirSync('scenarios').filter((file) => file.endsWith('.yaml'));

/** The schema that a plan's first line names, for editors. */
function schemaNamedIn(file: string): string {
  const [, named = ''] = /^# yaml-language-server: \$schema=(.+)\n/.exec(readFileSync(file, 'utf8')) ?? [];
  return join(dirname(file), named);
}

const anyJson = z.record(z.string(), z.json());
const kept = anyJson.parse(JSON.parse(readFileSync('scenarios/plan.schema.json', 'utf8')));
const plans = z.fromJSONSchema(kept);

describe('the JSON Schema of plans', () => {
  // npx understudy schema plan > scenarios/plan.schema.json && npx prettier --write scenarios/plan.schema.json
  test('beside the scenarios is the one that `understudy schema plan` prints.', () => {
    expect(kept).toEqual(JSON.parse(JSON.stringify(planSchemaAsJson())));
  });

  test.each(files)('is named in %s by a path that leads to it, and takes it.', (file) => {
    const path = join('scenarios', file);
    expect(schemaNamedIn(path)).toBe(join('scenarios', 'plan.schema.json'));
    expect(existsSync(schemaNamedIn(path))).toBe(true);
    expect(plans.safeParse(parse(readFileSync(path, 'utf8')))).toMatchObject({ success: true });
  });

  test.each([
    ['a field that no plan has', { serverz: 3 }],
    ['a fault of no kind', { faults: [{ type: 'melt', at: 3, node: 's1' }] }],
    ['a number beyond its bounds', { servers: 99 }],
  ])('refuses %s.', (_, plan) => {
    expect(plans.safeParse(plan).success).toBe(false);
  });

  test('comes with the package, as the scenarios do.', () => {
    const { files: packed } = z
      .object({ files: z.array(z.string()) })
      .parse(JSON.parse(readFileSync('package.json', 'utf8')));
    expect(packed).toContain('scenarios');
  });
});
