import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const file = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});

it('Each alert is about metrics that there are', () => {
  const rules = file
    .parse(parse(read('deploy/prometheus/understudy.rules.yaml')))
    .groups.flatMap((group) => group.rules);
  expect(rules.length).toBeGreaterThan(5);
  const page = read('docs/operating/running.md');
  for (const { alert, expr } of rules) {
    const names = [...expr.matchAll(/understudy_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''));
    expect(names.length, alert).toBeGreaterThan(0);
    for (const name of names) expect(page).toContain(`| \`${name}\` |`);
  }
});
