import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { registerNodes } from '../../src/cli/node/commands.ts';
import type { ProcessView } from '../../src/live/engine/observer.ts';
import { decodeSetting, isTunable, settingsWith, TUNABLE } from '../../src/live/start/tunable-settings.ts';
import { variableOf } from '../../src/operate/config.ts';
import { createMetrics } from '../../src/operate/metrics.ts';
import { PATHS } from '../../src/operate/operating.ts';
import { createTally } from '../../src/operate/tally-observer.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/operating/running.md', import.meta.url)), 'utf8');

/** The rows of the page's tables, cell by cell. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.slice(2, -2).split(' | '));

function rowOf(first: string): readonly string[] | undefined {
  return rows.find(([cell]) => cell === `\`${first}\``);
}

const UNASKED: ProcessView = {
  status: () => {
    throw new Error('nobody scrapes');
  },
  host: () => {
    throw new Error('nobody scrapes');
  },
  queued: () => ({}),
  isStopping: () => false,
};

function optionsOfServer(): readonly string[] {
  const program = new Command();
  registerNodes(program);
  const options = program.commands.find((one) => one.name() === 'server')?.options ?? [];
  return options.map(({ long }) => long ?? '');
}

describe('docs/operating/running.md', () => {
  it('has every metric, with its kind and its labels, and no other', () => {
    const { kinds } = createMetrics(UNASKED, createTally(), { droppedLines: () => 0, certificateEnd: () => undefined });
    for (const { name, kind, labels } of kinds) {
      expect(rowOf(name)?.slice(1, 3), name).toEqual([kind, labels.map((label) => `\`${label}\``).join(', ')]);
    }
    const names = rows.flatMap(([cell]) => /^`(understudy_\w+)`$/.exec(cell ?? '')?.[1] ?? []);
    expect(names).toEqual(kinds.map(({ name }) => name));
    // What alerts speak of is exposed.
    const spokenOf = [...text.matchAll(/understudy_[a-z_]+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    );
    for (const name of spokenOf) expect(names).toContain(name);
  });

  it.each(TUNABLE)('has the setting %s, with its default', (name) => {
    expect(rowOf(name)?.[1]).toBe(String(DEFAULT_SETTINGS[name]));
  });

  it.each(optionsOfServer())('has the option %s of a node, with its variable', (flag) => {
    const row = rows.find(([cell]) => cell?.startsWith(`\`${flag} `) === true || cell === `\`${flag}\``);
    // Founding is an act, said once: no variable and no file keeps it.
    if (flag === '--found') return expect(row?.[1]).toBe('-');
    const variable = flag === '--setting' ? 'UNDERSTUDY_SETTINGS' : variableOf(flag);
    expect(row?.[1]).toBe(`\`${variable}\``);
  });

  it('speaks of options at all', () => expect(optionsOfServer().length).toBeGreaterThan(10));

  it.each(PATHS)('has the path %s, which operators ask', (path) => expect(text).toContain(path));

  it('shows a file of options whose settings are taken', () => {
    const [, yaml = ''] = /```yaml\n([^`]+)```/.exec(text) ?? [];
    const { settings } = z.object({ settings: z.record(z.string(), z.unknown()) }).parse(parse(yaml));
    for (const [name, value] of Object.entries(settings)) {
      expect(isTunable(name) && decodeSetting(name, value).type, name).toBe('decoded');
    }
  });

  it.each([
    'batchAtMost',
    'inFlightAtMost',
    'callsAtMost',
    'answerSizeAtMost',
    'stateSizeAtMost',
    'heldAtMost',
    'readsAtMost',
  ])('says beyond which %s a node would send what others refuse', (name) => {
    const [, most] = new RegExp(`^\\| \`${name}\` \\|.* at most (\\d+)`, 'im').exec(text) ?? [];
    expect(Number(most)).toBeGreaterThan(0);
    expect(isTunable(name) && decodeSetting(name, Number(most)).type).toBe('decoded');
    expect(isTunable(name) && decodeSetting(name, Number(most) + 1).type).toBe('rejected');
  });

  it('says what is refused together', () => {
    expect(settingsWith({ heartbeatEvery: 400 }).type).toBe('rejected');
    expect(settingsWith({ heartbeatEvery: 399 }).type).toBe('decoded');
    expect(settingsWith({ suspectAfter: 501 }).type).toBe('rejected');
    expect(settingsWith({ quorumWithin: 501 }).type).toBe('rejected');
    expect(settingsWith({ unreachableAfter: 500 }).type).toBe('rejected');
    expect(settingsWith({ retryAfter: 2_000, holdFor: 1_999 }).type).toBe('rejected');
    expect(settingsWith({ retryAfter: 2_000, holdFor: 2_000 }).type).toBe('decoded');
  });
});
