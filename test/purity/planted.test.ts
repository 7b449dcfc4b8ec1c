import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { serviceNamed } from '../../src/apps/index.ts';
import { createHost, founder } from '../../src/host/host.ts';
import { CATALOGUE, NOTHING_PLANTED } from '../../src/protocol/model/mutants.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';

const SRC = new URL('../../src', import.meta.url).pathname;

/** Where a live process begins: the commands that start nodes, and what a program imports. */
const LIVE = ['cli/node/commands.ts', 'cli/up/up.ts', 'cli/status/status.ts', 'live/index.ts', 'client/client.ts'];

/** The reducers hold the switches; nobody else that runs in a live process may know that there are any. */
const REDUCERS = ['protocol/', 'gossip/', 'frontend/', 'host/'];

function reachableFrom(files: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const open = [...files];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const folder = dirname(join(SRC, file));
    for (const [, path = ''] of sourceOf(file).matchAll(/(?:from|import) ?\(?'(\.[^']+\.ts)'/g)) {
      open.push(relative(SRC, join(folder, path)));
    }
  }
  return [...found].sort();
}

function sourceOf(file: string): string {
  return readFileSync(join(SRC, file), 'utf8');
}

function mentionsPlanted(file: string): boolean {
  return /planted/i.test(sourceOf(file));
}

test('No flag, variable or file reaches a switch: what runs in a live process names none outside the reducers', () => {
  const live = reachableFrom(LIVE);
  expect(live).toContain('live/process.ts');
  expect(live).toContain('storage/store.ts');
  expect(live.filter((file) => file.startsWith('sim/'))).toEqual([]);
  const outside = live.filter((file) => !REDUCERS.some((folder) => file.startsWith(folder)));
  expect(outside.length).toBeGreaterThan(40);
  expect(outside.filter(mentionsPlanted)).toEqual([]);
});

test('The search would find the simulator, which plants them', () => {
  expect(
    reachableFrom(['sim/verdict/run.ts']).filter((file) => file.startsWith('sim/') && mentionsPlanted(file)),
  ).toContain('sim/verdict/run.ts');
});

test('The reducers read the switches and look nowhere else for them: not one asks its surroundings', () => {
  const reducers = reachableFrom(LIVE).filter((file) => REDUCERS.some((folder) => file.startsWith(folder)));
  expect(reducers.filter(mentionsPlanted)).toContain('protocol/replica/election.ts');
  const asking = reducers.filter((file) =>
    /process\.(env|argv)|globalThis|import\.meta|from 'node:/.test(sourceOf(file)),
  );
  expect(asking).toEqual([]);
});

test('A host that is not told otherwise has nothing planted, in any of its units', () => {
  expect(NOTHING_PLANTED.size).toBe(0);
  const service = serviceNamed('tickets');
  if (service === undefined) throw new TypeError('there is a service of tickets');
  const topology = { clusterId: 'c', servers: ['s1'], frontEnds: ['f1'], groups: ['events', 'users'] };
  for (const nodeId of ['s1', 'f1']) {
    const host = createHost({ topology, self: founder(topology, nodeId), service, settings: DEFAULT_SETTINGS });
    for (const { app } of Object.values(host.slots)) expect(app.planted).toBe(NOTHING_PLANTED);
    expect(host.gossip.fixed.planted).toBe(NOTHING_PLANTED);
    expect(host.frontEnd?.fixed.planted ?? NOTHING_PLANTED).toBe(NOTHING_PLANTED);
  }
});

test('The first 40 bugs and four harmless changes have the numbers they always had, and no number is given twice', () => {
  const first = Array.from({ length: 40 }, (_, place) => `M${String(place + 1).padStart(2, '0')}`);
  const aliases: readonly string[] = Object.values(CATALOGUE).map(({ alias }) => alias);
  expect(aliases.slice(0, 40)).toEqual(first);
  expect(aliases.filter((alias) => alias.startsWith('H'))).toEqual(['H01', 'H02', 'H03', 'H04']);
  expect(new Set(aliases).size).toBe(aliases.length);
  const missing = Object.entries(CATALOGUE).filter(([, row]) => 'feature' in row);
  expect(missing.map(([id]) => id)).toEqual(['trusts-lease-across-clock-jump']);
});
