import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { SERVICES } from '../../../src/apps/index.ts';
import { registerSim } from '../../../src/cli/sim/index.ts';

const step = z.object({ run: z.string().optional(), uses: z.string().optional() });
const workflow = z
  .object({
    on: z.object({ schedule: z.array(z.object({ cron: z.string() })).min(1) }),
    jobs: z.object({
      sweep: z.object({
        strategy: z.object({
          matrix: z.object({ service: z.array(z.string()), node: z.array(z.number()), shard: z.array(z.number()) }),
        }),
        steps: z.array(step),
      }),
      merge: z.object({
        needs: z.literal('sweep'),
        strategy: z.object({ matrix: z.object({ service: z.array(z.string()) }) }),
        steps: z.array(step),
      }),
      mutants: z.object({ steps: z.array(step) }),
    }),
  })
  .parse(parse(readFileSync('.github/workflows/nightly.yml', 'utf8')));

const { sweep, merge, mutants } = workflow.jobs;
const commands = [sweep, merge, mutants]
  .flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
  .filter((run) => run.includes('understudy'));

describe('the nightly workflow', () => {
  test('runs every part of the sweep of each service once on each Node.js.', () => {
    const { service, node, shard } = sweep.strategy.matrix;
    const [run = ''] = commands;
    const [, of] = /--shard \$\{\{ matrix\.shard \}\}\/(\d+)/.exec(run) ?? [];
    expect(shard).toEqual(Array.from({ length: Number(of) }, (_, place) => place + 1));
    expect(run).toContain('--service ${{ matrix.service }} ');
    expect(service).toEqual(Object.keys(SERVICES));
    expect(merge.strategy.matrix.service).toEqual(service);
    expect(node).toEqual([20, 24]);
    for (const version of node) {
      expect(
        commands.filter((command) => command.includes(`sim merge parts/part-\${{ matrix.service }}-${version}-*.json`)),
      ).toHaveLength(1);
    }
  });

  test('uses commands and flags that exist.', () => {
    const program = new Command();
    registerSim(program);
    const [sim] = program.commands;
    expect(commands.length).toBeGreaterThanOrEqual(4);
    for (const line of commands) {
      const [, name = '', rest = ''] = /^node bin\/understudy\.mjs sim (\S+)(.*)$/.exec(line) ?? [];
      const command = sim?.commands.find((candidate) => candidate.name() === name);
      const known = command?.options.map((option) => option.long);
      expect(known, line).toBeDefined();
      for (const [flag] of rest.matchAll(/--[a-z-]+/g)) expect(known, line).toContain(flag);
    }
  });
});
