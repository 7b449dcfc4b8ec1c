import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const file = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});

const dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })),
});

/** Asserts that every metric of an expression has a line in the documentation, which a test holds to the metrics. */
function expectDocumented(expr: string, where: string): void {
  const page = read('docs/operating/running.md');
  const names = [...expr.matchAll(/understudy_[a-z_]+/g)].map(([name]) => name.replace(/_bucket$/, ''));
  expect(names.length, where).toBeGreaterThan(0);
  for (const name of names) expect(page).toContain(`| \`${name}\` |`);
}

it('Each panel of the dashboard shows metrics that there are', () => {
  const { panels } = dashboard.parse(JSON.parse(read('deploy/grafana/understudy.json')));
  expect(panels.length).toBeGreaterThan(10);
  for (const { title, targets } of panels) for (const { expr } of targets) expectDocumented(expr, title);
});

const rules = file.parse(parse(read('deploy/prometheus/understudy.rules.yaml'))).groups.flatMap((group) => group.rules);

it('Each alert is about metrics that there are', () => {
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, expr } of rules) expectDocumented(expr, alert);
});

it('Each alert is in the documentation, with its reason', () => {
  const page = read('docs/operating/running.md').replaceAll('\\|', '|');
  for (const { alert, expr } of rules) expect(page, alert).toContain(`| \`${expr}\``);
});

it('Each alert about notes names notes that there are', () => {
  const types = ['src/protocol/model/effects.ts', 'src/frontend/front-end-io.ts', 'src/gossip/gossip-io.ts'].map(read);
  const named = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/note=~?"([^"]+)"/g)].flatMap(([, all = '']) => all.split('|')),
  );
  expect(named.length).toBeGreaterThan(0);
  for (const note of named) expect(types.join('')).toContain(`readonly type: '${note}'`);
});
