import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planOf, planOfSeed, runPlan } from '../../support/sim/bundled.ts';

interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const BIN = join(process.cwd(), 'bin', 'understudy.mjs');

/** Runs the command to its end, whatever that is. */
function understudy(args: readonly string[], cwd = process.cwd()): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, 'sim', ...args], { cwd }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}

describe('a run', () => {
  test.each([1, 3, 12])('of the same plan does the same, event by event: seed %i.', (seed) => {
    const [first, second] = [1, 2].map(() => runPlan(planOfSeed(seed), { trace: true }));
    expect(second?.trace).toEqual(first?.trace);
    expect(second?.digest).toBe(first?.digest);
  });

  test('does the same whether it is traced or not.', () => {
    expect(runPlan(planOfSeed(5)).digest).toBe(runPlan(planOfSeed(5), { trace: true }).digest);
  });

  test('of another seed does something else.', () => {
    const plan = planOf({ workload: { clients: 2, requests: 3, mix: { purchase: 1 } }, horizon: 2_000 });
    expect(runPlan(plan).digest).not.toBe(runPlan({ ...plan, seed: 2 }).digest);
  });

  test('does the same whether a planted bug is given by its name or by its number.', () => {
    const [named, numbered] = (['sends-appends-twice', 'H03'] as const).map(
      (bug) => runPlan(planOfSeed(5), { planted: new Set([bug]) }).digest,
    );
    expect(numbered).toBe(named);
    expect(numbered).not.toBe(runPlan(planOfSeed(5)).digest);
  });

  test.each(['M99', 'M15', 'votes-for-rank'])('is refused with a planted bug that is none: %s.', (bug) => {
    const run = (): unknown => Reflect.apply(runPlan, undefined, [planOfSeed(5), { planted: new Set([bug]) }]);
    expect(run).toThrow(new TypeError(`no planted bug is called ${bug}`));
  });

  test('that does not reach its goals is a violation.', () => {
    const { violation } = runPlan(planOf({ horizon: 1_000, expect: [{ note: 'installed', node: 's1' }] }));
    expect(violation).toMatchObject({
      judge: 'goals',
      reason: '“installed at s1” was seen 0 times, and the story needs 1',
    });
  });

  test.each(Array.from({ length: 20 }, (_, place) => 900_001 + place))(
    'of the fresh seed %i breaks no rule.',
    (seed) => {
      const { violation } = runPlan(planOfSeed(seed), { strict: seed % 8 === 0 });
      expect(violation, `understudy sim fuzz --from ${seed} --seeds 1`).toBeUndefined();
    },
  );
});

describe('the command', () => {
  test('finds the digests of this process in another one, on one thread or two.', async () => {
    const one = await understudy(['fuzz', '--seeds', '6', '--from', '20', '--jobs', '1', '--json']);
    const two = await understudy(['fuzz', '--seeds', '6', '--from', '20', '--jobs', '2', '--json']);
    expect(one.out).toBe(two.out);
    const lines = one.out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toHaveLength(7);
    for (const [place, line] of lines.slice(0, 6).entries()) {
      const { verdict, digest, events, simulatedMillis, liveness } = runPlan(planOfSeed(20 + place));
      expect(line).toEqual({ seed: 20 + place, verdict, digest, events, simulatedMillis, liveness });
    }
    expect(lines[6]).toMatchObject({ from: 20, seeds: 6, violations: 0 });
  });

  test('exits with 1 for a violation, names judge and event, and keeps a file that replays to the same digest.', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'understudy-'));
    try {
      await writeFile(join(folder, 'wish.yaml'), 'name: A wish\nhorizon: 1000\nexpect: [{ note: installed }]\n');
      const ran = await understudy(['run', 'wish.yaml'], folder);
      expect(ran.code).toBe(1);
      expect(ran.out).toContain(
        'A wish: the judge “goals” says:\n  “installed” was seen 0 times, and the story needs 1',
      );
      expect(ran.out).toMatch(/event {3}\d+ at \d+\.\d{6} s: the end/);
      expect(ran.out).toContain('replay  npx understudy sim replay capsules/a-wish-1 --trace');

      const replayed = await understudy(['replay', 'capsules/a-wish-1'], folder);
      expect(replayed.code).toBe(1);
      expect(replayed.out).toContain('the same as before, event by event');

      const file = join(folder, 'capsules', 'a-wish-1', 'trace.txt');
      await writeFile(file, (await readFile(file, 'utf8')).replace(/digest \w+/, 'digest 00000000000000'));
      const changed = await understudy(['replay', 'capsules/a-wish-1'], folder);
      expect(changed.code).toBe(1);
      expect(changed.out).toContain('before  digest 00000000000000');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('runs a plan under another seed, and prints what happened.', async () => {
    const { code, out } = await understudy(['run', 'scenarios/one-way-partition.yaml', '--seed', '77', '--trace']);
    expect(code).toBe(0);
    expect(out).toMatch(/^ +2\.000000 \*\*\* \{"type":"partition"/m);
    expect(out).toContain('seed 77, ');
  });

  test.each([
    ['an unknown flag', ['fuzz', '--seeds', '1', '--sedes', '2'], 'unknown option'],
    ['a count that is none', ['fuzz', '--seeds', 'many'], 'whole number'],
    ['a file that is not there', ['run', 'no-such-plan.yaml'], 'no-such-plan.yaml'],
    ['a file that is no plan', ['run', 'package.json'], 'package.json is not a plan'],
    ['a bug nobody planted', ['mutants', '--only', 'M99'], 'M99'],
  ])('exits with 2 and a reason for %s.', async (_, args, reason) => {
    const { code, err } = await understudy(args);
    expect(code).toBe(2);
    expect(err).toContain(reason);
  });
});
