import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asWritten } from '../../../src/cli/shared/services.ts';
import { keepFailureBundle, keepShrunk, replayLine } from '../../../src/cli/sim/failure-bundle.ts';
import { plantedBugs, readKnown, readPlan } from '../../../src/cli/sim/files.ts';
import { firstDifference, goldenTrace } from '../../../src/cli/sim/golden.ts';
import { planText } from '../../../src/testing/plan-text.ts';
import { planOf, planOfSeed, runPlan, shrinkPlan } from '../../support/sim/bundled.ts';

/** A plan whose one write is retried, which bug M30 does wrong. */
const PLAN = planOf({
  name: 'A retry',
  servers: 1,
  frontEnds: 1,
  settings: { retryAfter: 10 },
  disk: { syncMicros: [40_000] },
  workload: {
    script: [{ at: 900, client: 'c1', method: 'POST', path: '/users/create', body: { username: 'Ada' } }],
  },
  horizon: 3_000,
});
const BUG = 'retries-under-new-uuid';

let folder: string;
let home: string;

beforeEach(async () => {
  home = process.cwd();
  folder = await mkdtemp(join(tmpdir(), 'understudy-'));
  process.chdir(folder);
});

afterEach(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe('the folder of a failure', () => {
  test('has all it takes to see the failure again: plan, bugs, and the same trace to the last line.', async () => {
    const bundle = await keepFailureBundle({ name: 'A retry, twice!', plan: PLAN, planted: [BUG] });
    expect(bundle.folder).toBe(join('capsules', 'a-retry-twice'));
    expect((await readdir(bundle.folder)).sort()).toEqual(
      ['README.md', 'diagram.svg', 'history.jsonl', 'plan.yaml', 'trace.txt', 'verdict.json'].sort(),
    );
    const known = await readKnown(bundle.folder);
    expect(known).toMatchObject({ plan: PLAN, planted: [BUG], file: join(bundle.folder, 'plan.yaml') });
    const again = runPlan(known.plan, { planted: new Set(known.planted), trace: true });
    expect(again.violation?.judge).toBe(bundle.result.violation?.judge);
    expect(firstDifference(known.golden ?? [], goldenTrace(again))).toBeUndefined();

    const { judge, reason, event } = again.violation ?? {};
    const verdict: unknown = JSON.parse(await readFile(join(bundle.folder, 'verdict.json'), 'utf8'));
    expect(verdict).toMatchObject({ judge, reason, event, digest: again.digest, planted: [BUG] });
    const readme = await readFile(join(bundle.folder, 'README.md'), 'utf8');
    expect(readme).toContain(`    ${replayLine(bundle.folder)}\n`);
    expect(readme).toContain(reason);
    expect(await readFile(join(bundle.folder, 'diagram.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
    const [line = ''] = (await readFile(join(bundle.folder, 'history.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(line)).toMatchObject({ process: 'c1', type: 'invoke' });
  });

  test('takes the smaller plan as well, and that replays like the first.', async () => {
    const bundle = await keepFailureBundle({ name: 'A retry', plan: PLAN, planted: [BUG] });
    const shrunk = shrinkPlan(PLAN, { planted: new Set([BUG] as const), runsAtMost: 30 });
    if (shrunk.type !== 'shrunk') throw new Error('it fails');
    const file = await keepShrunk(bundle, shrunk);
    const known = await readKnown(file);
    expect(known.plan).toEqual(shrunk.plan);
    expect(known.planted).toEqual([BUG]);
    const again = runPlan(known.plan, { planted: new Set(known.planted), trace: true });
    expect(firstDifference(known.golden ?? [], goldenTrace(again))).toBeUndefined();
    const verdict: unknown = JSON.parse(await readFile(join(bundle.folder, 'verdict.json'), 'utf8'));
    expect(verdict).toMatchObject({ shrunk: { judge: shrunk.violation.judge, digest: shrunk.result.digest } });
  });

  test('is told from one that is none.', async () => {
    await expect(readKnown('.')).rejects.toThrow('is not the folder of a failure: it has no plan.yaml');
  });
});

describe('a trace that was kept', () => {
  test('is held against another one, line by line, to the end of the longer one.', () => {
    expect(firstDifference(['a', 'b'], ['a', 'b'])).toBeUndefined();
    // A bundle of a build that called the judge otherwise.
    const [kept, now] = [['verdict same-machine: s1'], ['verdict state-machine-safety: s1']];
    expect(firstDifference(kept, now)).toBeUndefined();
    expect(firstDifference(kept, ['verdict state-machine-safety: s2'])).toContain('line 1 of its trace differs');
    expect(firstDifference(['a', 'b'], ['a', 'c'])).toContain('line 2 of its trace differs:\n  before  b\n  now     c');
    expect(firstDifference(['a'], ['a', 'b'])).toContain('before  (the end)\n  now     b');
    expect(firstDifference(['a', 'b'], ['a'])).toContain('now     (the end)');
  });
});

describe('a plan as a file', () => {
  test('is the same plan again, for whatever the swarm makes.', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const plan = planOfSeed(seed);
      await writeFile('plan.yaml', planText(asWritten(plan), 'a comment\nof two lines'));
      expect(await readPlan('plan.yaml')).toEqual(plan);
    }
  });

  test('reads as one would write it.', () => {
    const plan = planOf({
      name: 'So',
      seed: 7,
      faults: [{ type: 'crash', at: 5, node: 's1' }],
      settings: { jitter: 1 },
    });
    expect(planText(asWritten(plan), 'again')).toBe(
      '# again\n\nname: So\nseed: 7\nsettings: { jitter: 1 }\nfaults:\n  - { type: crash, at: 5, node: s1 }\n',
    );
  });

  test.each([
    ['a: 1\n b: 2\n', 'wrong.yaml is neither YAML nor JSON: line 1, column 4:'],
    ['faults: [1,\n2\nx: 3\n', 'wrong.yaml is neither YAML nor JSON: line 2, column 1: Flow sequence'],
    [
      'servers: 2\nfaults:\n  - { at: 1, type: heal }\n  - { at: 2, type: crash, node: s3 }\n',
      'line 4: plan.faults[1]: there is no s3',
    ],
    ['network:\n  drop: 2000\n', 'line 2: plan.network.drop: must be at most 1000, and is 2000'],
    ['seed: 1\nnetwork: {}\nhorizen: 5\n', 'nothing here is called horizen (horizon?)'],
    ['faults:\n  - { type: crsh, at: 5 }\n', 'line 2: plan.faults[0].type: may not be "crsh" (one of crash, '],
  ])('is refused with the line and the reason: %j', async (text, reason) => {
    await writeFile('wrong.yaml', text);
    await expect(readPlan('wrong.yaml')).rejects.toThrow(reason);
  });

  test('that is not there, or a folder, is said to be so.', async () => {
    await expect(readPlan('nowhere.yaml')).rejects.toThrow('nowhere.yaml cannot be read: there is no such file');
    await expect(readPlan('.')).rejects.toThrow('. cannot be read: it is a folder');
  });
});

describe('planted bugs', () => {
  test('are named one by one or with commas, and must exist.', () => {
    expect(plantedBugs(['M05,M06', 'retries-under-new-uuid'])).toEqual([
      'acknowledges-before-entries-are-durable',
      'commits-entry-of-older-epoch',
      'retries-under-new-uuid',
    ]);
    expect(() => plantedBugs(['M05,M99'])).toThrow('no planted bug is called M99');
  });
});
