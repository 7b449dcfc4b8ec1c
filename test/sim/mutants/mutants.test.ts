import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bazaarWorkload } from '../../../src/apps/bazaar/workload.ts';
import { WORKLOADS } from '../../../src/apps/simulated.ts';
import { ticketWorkload } from '../../../src/apps/tickets/workload.ts';
import { showMutants } from '../../../src/cli/sim/mutant-table.ts';
import { CATALOGUE, type PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { medianOf, type MutantReport, reportOf } from '../../../src/sim/mutants/mutant-report.ts';
import {
  canBePlanted,
  HARMLESS,
  IN_SCENARIOS,
  type Hunt,
  hunt,
  mutantPlan,
  MUTANTS,
  NOT_BUILT,
  workloadFor,
} from '../../../src/sim/mutants/mutants.ts';
import type { Workload } from '../../../src/sim/workloads/workload.ts';
import { runPlan } from '../../support/sim/bundled.ts';

const BIN = fileURLToPath(new URL('../../../bin/understudy.mjs', import.meta.url));

/**
 * Those that cost least, from as near to a seed that finds them as saves the time of looking; `sim mutants` looks for all.
 * What is found must be found here: nothing is taken from the table.
 */
const QUICK: readonly (readonly [id: PlantedBug, from: number])[] = [
  ['takes-messages-of-strangers', 11],
  ['counts-repeated-vote-twice', 1],
  ['forgets-promise-when-stepping-down', 1],
  ['votes-without-writing-promise', 1],
  ['acknowledges-before-entries-are-durable', 1],
  ['shrinks-quorum-to-heard-voters', 1],
  ['installs-full-copy-without-results', 1],
  ['takes-commit-index-unbounded', 1],
  ['sends-current-state-as-snapshot', 1],
  ['campaigns-as-learner', 1],
  ['ignores-lamport-time-of-requests', 1],
  ['reuses-incarnation-after-restart', 1],
  ['applies-by-own-clock', 1],
  ['alters-entries-shared-with-log', 1],
  ['counts-suspects-as-votes', 1],
  ['promotes-learner-that-lacks-entries', 50],
  ['serves-and-redirects-held-requests', 2],
  ['resends-window-per-refusal', 5],
  ['sells-before-finding-buyer', 5],
  ['ends-while-counted', 1],
];

const hit = (tried: number, judge: string): Hunt => ({
  id: 'acknowledges-before-entries-are-durable',
  from: 1,
  tried,
  found: { seed: tried, judge, reason: 'a reason' },
  falseAlarms: [],
});
const miss: Hunt = {
  id: 'acknowledges-before-entries-are-durable',
  from: 1,
  tried: 9,
  found: undefined,
  falseAlarms: [7, 3],
};

function of(id: PlantedBug, ...hunts: readonly Hunt[]): MutantReport {
  return reportOf(
    id,
    hunts.map((one) => ({ ...one, id })),
  );
}

const suited = (id: PlantedBug): Workload => workloadFor(id, WORKLOADS);

describe('planted bugs', () => {
  test.each(QUICK)('%s is found, and its plan is clean without it.', (id, from) => {
    const { found, falseAlarms, tried } = hunt(id, from, 8, suited(id));
    expect(falseAlarms).toEqual([]);
    expect(found, `npx understudy sim mutants --only ${id}`).toMatchObject({ seed: from + tried - 1 });
  });

  test.each(HARMLESS)('%s breaks no rule, changes what happens all the same, and is not reported.', (id) => {
    const plan = mutantPlan(id, 1, suited(id));
    const [with_, without] = [runPlan(plan, { planted: new Set([id]) }), runPlan(plan)];
    expect(with_.violation).toBeUndefined();
    expect(without.violation).toBeUndefined();
    expect(with_.digest).not.toBe(without.digest);
  });

  test('All but those whose feature is missing can be planted.', () => {
    expect([...MUTANTS, ...IN_SCENARIOS, ...NOT_BUILT].sort()).toEqual(
      Object.entries(CATALOGUE)
        .flatMap(([name, { alias }]) => (alias.startsWith('M') ? [name] : []))
        .sort(),
    );
    expect(NOT_BUILT).toEqual(['trusts-lease-across-clock-jump']);
    expect(HARMLESS).toEqual([
      'heartbeats-twice-as-often',
      'addresses-peers-in-reverse',
      'sends-appends-twice',
      'writes-every-snapshot-whole',
    ]);
    expect(MUTANTS.filter((id) => !canBePlanted(id, ticketWorkload))).toEqual(['fills-cache-after-invalidation']);
    expect(MUTANTS.filter((id) => !canBePlanted(id, bazaarWorkload))).toEqual(['sells-before-finding-buyer']);
  });
});

describe('the bazaar', () => {
  test.each<[PlantedBug, number]>([
    ['checks-stock-only-when-asked', 1],
    ['retries-under-new-uuid', 1],
    ['fills-cache-after-invalidation', 2],
    ['executes-repeated-call-again', 1],
  ])('has its own plans, in which %s is found.', (id, from) => {
    const { found, falseAlarms, tried } = hunt(id, from, 6, bazaarWorkload);
    expect(falseAlarms).toEqual([]);
    expect(found, `npx understudy sim mutants --service bazaar --only ${id}`).toMatchObject({ seed: from + tried - 1 });
  });

  test('is hunted on under the focus of a bug, but for the requests.', () => {
    const plan = mutantPlan('reads-without-confirming-leadership', 1, bazaarWorkload);
    expect(plan).toMatchObject({
      service: 'bazaar',
      settings: mutantPlan('reads-without-confirming-leadership', 1, ticketWorkload).settings,
      workload: { clients: 6 },
    });
    expect(Object.keys(plan.workload.mix)).not.toContain('create-event');
    expect(suited('fills-cache-after-invalidation')).toBe(bazaarWorkload);
    expect(suited('executes-repeated-call-again')).toBe(ticketWorkload);
  });
});

describe('what hunts come to', () => {
  test('The median is the middle one, or between the two in the middle; without a majority of finds there is none.', () => {
    expect(medianOf([5, 1, 3])).toBe(3);
    expect(medianOf([8, 1, 3, 5])).toBe(4);
    expect(medianOf([1, Infinity, 2])).toBe(2);
    expect(medianOf([1, Infinity])).toBeUndefined();
    expect(medianOf([])).toBeUndefined();
  });

  test('Judges are counted by who was first, and false alarms are named once.', () => {
    const report = reportOf('acknowledges-before-entries-are-durable', [
      hit(2, 'committed-immutable'),
      hit(4, 'rest'),
      hit(1, 'rest'),
      miss,
      miss,
    ]);
    expect(report).toEqual({
      id: 'M05',
      name: 'acknowledges-before-entries-are-durable',
      title: 'acknowledges before its disk has the entries',
      where: 'protocol',
      fate: 'killed',
      starts: 5,
      found: 3,
      medianSeeds: 4,
      judges: [
        { judge: 'rest', times: 2 },
        { judge: 'committed-immutable', times: 1 },
      ],
      falseAlarms: [3, 7],
    });
  });

  test('A bug that most hunts miss survives; a harmless change is reported by a single hunt.', () => {
    expect(reportOf('acknowledges-before-entries-are-durable', [hit(1, 'rest'), miss, miss]).fate).toBe('survived');
    expect(reportOf('heartbeats-twice-as-often', [{ ...miss, id: 'heartbeats-twice-as-often' }]).fate).toBe(
      'left alone',
    );
    expect(
      reportOf('heartbeats-twice-as-often', [
        { ...hit(1, 'rest'), id: 'heartbeats-twice-as-often' },
        { ...miss, id: 'heartbeats-twice-as-often' },
      ]).fate,
    ).toBe('reported');
  });
});

describe('understudy sim mutants', () => {
  test('shows what was killed, what is not built, what is harmless, and a matrix, in 80 columns.', () => {
    const reports = [
      of('acknowledges-before-entries-are-durable', hit(2, 'committed-immutable'), hit(1, 'rest')),
      of('checks-stock-only-when-asked', miss),
      of('never-resends-lost-entries', hit(1, 'promise-before-message')),
      of('votes-for-rank-alone', hit(1, 'rest')),
      of('commits-entry-of-older-epoch', hit(1, 'committed-immutable')),
      of('forgets-promise-when-stepping-down', hit(1, 'rest')),
      of('heartbeats-twice-as-often', { ...miss, falseAlarms: [] }),
    ];
    const out = showMutants(reports, ['trusts-lease-across-clock-jump']);
    expect(out).toMatch(
      /M05 +│ acknowledges-before-entries-are-durable +│ 2\/2 +│ 1.5 +│ killed +│\n│ +│ acknowledges before its disk has the +│/,
    );
    expect(out).toContain(
      '\n       a  b  c\nM05    1  ·  1\nM31    ·  1  ·\nM28    ·  ·  1\nM06    1  ·  ·\nM03    ·  ·  1\n\na  committed-immutable ',
    );
    expect(showMutants(reports.slice(0, 4), [])).not.toContain('a  b  c');
    expect(out).toContain(
      'killed 5\nsurvived 1: M26\nnot built yet 1: M15 trusts a lease to a clock that jumps or pauses\n' +
        'harmless and left alone 1\nharmless and reported 0\nfalse alarms 2: M26 at seed 3, M26 at seed 7',
    );
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('exits with 1 when a bug survives, and says so in JSON.', async () => {
    const { code, out } = await mutants(
      '--only',
      'commits-entry-of-older-epoch',
      '--starts',
      '1',
      '--seeds',
      '1',
      '--jobs',
      '1',
      '--json',
    );
    const [report, summary] = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(report).toMatchObject({
      id: 'M06',
      name: 'commits-entry-of-older-epoch',
      fate: 'survived',
      found: 0,
      starts: 1,
    });
    expect(summary).toEqual({
      killed: [],
      survived: ['M06'],
      notBuilt: [],
      leftAlone: [],
      reported: [],
      falseAlarms: [],
    });
    expect(code).toBe(1);
  });
});

function mutants(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string }> {
  const child = spawn(process.execPath, [BIN, 'sim', 'mutants', ...args]);
  let out = '';
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });
}
