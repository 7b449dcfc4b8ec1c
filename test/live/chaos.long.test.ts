import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const folder = mkdtempSync(join(tmpdir(), 'understudy-chaos-'));
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PLAN = `
name: A short one
seed: 5
settings: { readmitAfter: 500 }
faults:
  - { at: 1000, type: crash, node: primary of events }
  - { at: 1500, type: partition, from: [others], to: [s2], oneWay: true }
  - { at: 2500, type: heal }
  - { at: 2500, type: restart }
  - { at: 3000, type: jump-clock, node: s1, byMillis: 5 }
workload: { clients: 3, requests: 40, think: 40, mix: { create-user: 1, create-event: 1, purchase: 6, read-user: 2 } }
horizon: 3500
`;

const verdictFile = z.object({
  verdict: z.string(),
  each: z.array(
    z.object({
      findings: z.array(z.object({ judge: z.string(), outcome: z.string(), reason: z.string() })),
      operations: z.object({ asked: z.number(), answered: z.number() }),
      struck: z.record(z.string(), z.number()),
      limits: z.array(z.object({ what: z.string(), how: z.string() })),
    }),
  ),
});

function understudy(...args: readonly string[]) {
  return spawnSync(process.execPath, ['bin/understudy.mjs', ...args], { encoding: 'utf8', timeout: 170_000 });
}

describe('understudy chaos, recorded', { timeout: 180_000 }, () => {
  let run: ReturnType<typeof understudy>;

  beforeAll(() => {
    writeFileSync(join(folder, 'plan.yaml'), PLAN);
    run = understudy('chaos', join(folder, 'plan.yaml'), '--out', out, '--record');
  }, 180_000);

  it('kills and cuts real processes, and every judge is content', () => {
    expect(run.status, run.stdout + run.stderr).toBe(0);
    const { verdict, each } = verdictFile.parse(JSON.parse(readFileSync(join(out, 'verdict.json'), 'utf8')));
    expect(verdict).toBe('held');
    const [round] = each;
    expect(round?.findings.filter(({ outcome }) => outcome !== 'held')).toEqual([]);
    expect(round?.findings.map(({ judge }) => judge)).toEqual(
      expect.arrayContaining(['history', 'sessions', 'linearizable', 'conserved', 'state-machine-safety', 'replay']),
    );
    expect(round?.struck).toMatchObject({ crash: 1, partition: 1, heal: 1, restart: 1 });
    expect(round?.limits).toEqual([{ what: 'jump-clock', how: 'skipped' }]);
    // More than the four by which each front end is asked at the end.
    expect(round?.operations.answered).toBeGreaterThan(4);
  });

  it('leaves a history that check reads by itself', () => {
    const checked = understudy('check', join(out, 'round-1', 'history.jsonl'), '--model', 'tickets');
    expect(checked.status, checked.stdout + checked.stderr).toBe(0);
  });

  it('leaves records of every life, killed ones too, that come out the same when they are executed again', () => {
    const replayed = understudy('replay-live', join(out, 'round-1', 'record'));
    expect(replayed.status, replayed.stdout + replayed.stderr).toBe(0);
    const lines = replayed.stdout.trim().split('\n');
    expect(lines.length).toBe(6);
    for (const line of lines) expect(line).toMatch(/^[sf]\d, life [12]: the same in \d+ steps and \d+ states$/);
  });

  it('finds the step at which a record was tampered with, in the life it belongs to', () => {
    const life = join(out, 'round-1', 'record', 'f1', 'life-1');
    const [file = ''] = readdirSync(life);
    const lines = readFileSync(join(life, file), 'utf8').split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"requests"') && line.includes('/users/create'));
    const tampered = (lines[place] ?? '').replace('/users/create', '/users/cretae');
    writeFileSync(join(life, file), lines.with(place, tampered).join('\n'));
    const replayed = understudy('replay-live', join(out, 'round-1', 'record', 'f1'));
    expect(replayed.status).toBe(1);
    expect(replayed.stdout).toContain(`f1, life 1: DIFFERENT at step ${place}: the actions differ`);
  });
});

describe('what chaos and replay-live do not take', () => {
  it.each([
    [['chaos', 'scenarios/none.yaml'], 2],
    [['chaos', 'package.json'], 2],
    [['chaos', 'scenarios/stuck-disk.yaml', '--for', 'ages'], 2],
    [['replay-live', 'scenarios'], 2],
    [['replay-live', 'nowhere'], 2],
  ])('%j exits with %i', (args, status) => {
    expect(understudy(...args).status).toBe(status);
  });

  it('leaves processes alone that chaos has not started, whatever their environment says', () => {
    const refused = spawnSync(
      process.execPath,
      ['bin/understudy.mjs', 'server', 'tickets', '--found', '--port', '1', '--data', join(folder, 'none')],
      { encoding: 'utf8', env: { ...process.env, UNDERSTUDY_CHAOS: '{"parent":1,"disk":{}}' }, timeout: 60_000 },
    );
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('UNDERSTUDY_CHAOS is for processes that understudy chaos starts');
  });
});

describe('understudy chaos of a service', { timeout: 240_000 }, () => {
  it('is a storm of many clients, in which a server joins, and every judge is content', () => {
    const storm = join(folder, 'storm');
    const run = understudy('chaos', 'tickets', '--for', '20s', '--clients', '12', '--seed', '3', '--out', storm);
    expect(run.status, run.stdout + run.stderr).toBe(0);
    const { each } = verdictFile.parse(JSON.parse(readFileSync(join(storm, 'verdict.json'), 'utf8')));
    expect(each[0]?.struck).toMatchObject({ join: 1 });
    expect(each[0]?.limits).toEqual([{ what: 'join', how: 'adapted' }]);
    expect(each[0]?.operations.answered).toBeGreaterThan(100);
  });
});
