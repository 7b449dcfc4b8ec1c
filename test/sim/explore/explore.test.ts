import { describe, expect, it } from 'vitest';
import { EXPLORE_MODELS } from '../../../src/apps/simulated.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import type { Bounds } from '../../../src/sim/explore/bounds.ts';
import { decodeCounterexample, encodeCounterexample } from '../../../src/sim/explore/counterexample-file.ts';
import { explore, type ExploreOptions, replayCounterexample } from '../../../src/sim/explore/explore.ts';
import type { Model } from '../../../src/sim/explore/model.ts';
import { dedupe } from '../../../src/sim/explore/models/dedupe.ts';
import { election, electionWitness } from '../../../src/sim/explore/models/election.ts';
import { replication } from '../../../src/sim/explore/models/replication.ts';
import { sessions, sessionsCopies } from '../../../src/sim/explore/models/sessions.ts';
import { versions, versionsWitness } from '../../../src/sim/explore/models/versions.ts';

const EXHAUSTIVE: ExploreOptions = { schedule: 'exhaustive', depth: 1_000, states: 30_000, seed: 1 };

function found(model: Model, bug: PlantedBug, options: Partial<ExploreOptions> = {}) {
  const report = explore(model, { ...EXHAUSTIVE, planted: new Set([bug]), ...options });
  if (report.violation === undefined)
    throw new Error(`${bug} is not found in ${report.states} states of ${model.name}`);
  return report.violation;
}

const NOTHING: Bounds = { campaigns: 0, changes: 0, reboots: 0, slowWrites: 0, hints: 0, repeats: 0, losses: 0 };

describe('an exhaustive search', () => {
  it.each([
    { model: election, bounds: { ...NOTHING, campaigns: 1, reboots: 1 } },
    { model: electionWitness, bounds: { ...NOTHING, campaigns: 1, slowWrites: 1 } },
    { model: replication, bounds: { ...NOTHING, reboots: 1, repeats: 1 } },
    { model: dedupe, bounds: { ...NOTHING, reboots: 1 } },
    { model: versions, bounds: NOTHING },
    { model: sessions, bounds: { ...NOTHING, requests: 1 } },
    { model: sessionsCopies, bounds: { ...NOTHING, changes: 1, requests: 1 } },
  ])('comes to the end of $model.name within small bounds, and every rule holds', ({ model, bounds }) => {
    const report = explore(model, { ...EXHAUSTIVE, bounds });
    expect(report).toMatchObject({ exhausted: true, violation: undefined, runs: 1 });
    expect(report.states).toBeGreaterThan(100);
    // Not exhausted because nothing could happen: some of what could was forbidden by a bound.
    expect(Object.keys(report.cut)).not.toEqual([]);
    // And what was taken off its way as dead would have been so wherever it could have arrived.
    expect(report.ignoredMessages?.wrong).toBeUndefined();
    if (bounds.campaigns > 0) expect(report.ignoredMessages?.checked).toBeGreaterThan(100);
  });

  it('says that it did not come to the end when the states run out, or the depth', () => {
    expect(explore(election, { ...EXHAUSTIVE, states: 100 })).toMatchObject({ exhausted: false, violation: undefined });
    const shallow = explore(election, { ...EXHAUSTIVE, depth: 2 });
    expect(shallow).toMatchObject({ exhausted: false, violation: undefined, depth: 2 });
  });

  it('gives the same report again', () => {
    const bounds = { ...NOTHING, campaigns: 1, reboots: 1 };
    expect(explore(electionWitness, { ...EXHAUSTIVE, bounds })).toEqual(
      explore(electionWitness, { ...EXHAUSTIVE, bounds }),
    );
  });
});

describe('planted bugs', () => {
  it.each([
    { bug: 'wins-election-without-quorum', model: election, judge: 'elected-by-quorum' },
    { bug: 'votes-without-writing-promise', model: election, judge: 'promise-before-message' },
    { bug: 'forgets-promise-when-stepping-down', model: election, judge: 'monotonic' },
    { bug: 'votes-for-rank-alone', model: replication, judge: 'outvoted' },
    { bug: 'acknowledges-before-entries-are-durable', model: replication, judge: 'promise-before-message' },
    { bug: 'installs-full-copy-without-results', model: dedupe, judge: 'state-machine-safety' },
    { bug: 'activates-for-a-majority', model: versions, judge: 'none-muted' },
    { bug: 'applies-by-newest-code', model: versionsWitness, judge: 'state-machine-safety' },
    { bug: 'forgets-version-in-snapshot', model: versionsWitness, judge: 'state-machine-safety' },
    { bug: 'never-leads-when-mute', model: versionsWitness, judge: 'rest' },
    { bug: 'applies-numbers-done', model: sessions, judge: 'state-machine-safety' },
    { bug: 'remembers-highest-number-only', model: sessions, judge: 'state-machine-safety' },
    { bug: 'installs-full-copy-without-numbers', model: sessionsCopies, judge: 'state-machine-safety' },
  ] as const)('$bug is found in $model.name, by a counterexample that can be replayed', ({ bug, model, judge }) => {
    // A full copy comes soonest where a configuration changes and nothing else happens.
    const bounds = bug === 'installs-full-copy-without-results' ? { bounds: { ...NOTHING, changes: 1 } } : {};
    const violation = found(model, bug, bounds);
    expect(violation.judge).toBe(judge);
    const file: unknown = JSON.parse(encodeCounterexample({ model: model.name, planted: [bug], violation }));
    const decoded = decodeCounterexample(file);
    if (decoded.type === 'rejected') throw new Error(decoded.reason);
    const { steps } = decoded.value.violation;
    const replayed = replayCounterexample(model, decoded.value.violation, new Set([bug]));
    expect(replayed).toEqual({
      words: violation.steps.map(({ words }) => words),
      wrong: { judge: violation.judge, reason: violation.reason },
      stuckAt: undefined,
    });
    // One step less, and no rule is broken yet: the last one breaks it.
    const shorter = { ...decoded.value.violation, steps: steps.slice(0, -1) };
    expect(replayCounterexample(model, shorter, new Set([bug])).wrong).toBeUndefined();
  });

  it('M29 is told in words', () => {
    expect(found(election, 'wins-election-without-quorum').steps.map(({ words }) => words)).toEqual([
      'a tick passes at s1; it acts on a timer that is due (counter: asks for an election (round 1); ' +
        'counter: campaigns for epoch 1.s1; counter: is primary of epoch 1.s1)',
    ]);
  });

  it.each(['random', 'pct'] as const)('M29 is found by %s schedules, the same way for the same seed', (schedule) => {
    const options = { schedule, depth: 200, states: 2_000, seed: 3 };
    const violation = found(election, 'wins-election-without-quorum', options);
    expect(violation.judge).toBe('elected-by-quorum');
    expect(found(election, 'wins-election-without-quorum', options)).toEqual(violation);
    expect(
      replayCounterexample(election, violation, new Set(['wins-election-without-quorum'] as const)).wrong?.judge,
    ).toBe('elected-by-quorum');
  });

  it('is no bug once it is not planted any more: then its story breaks no rule', () => {
    const violation = found(replication, 'votes-for-rank-alone', { bounds: { ...NOTHING, campaigns: 1 } });
    expect(replayCounterexample(replication, violation, new Set()).wrong).toBeUndefined();
  });
});

describe('schedules by chance', () => {
  it.each(['random', 'pct'] as const)('%s breaks no rule, in any model', (schedule) => {
    for (const model of EXPLORE_MODELS) {
      const report = explore(model, { schedule, depth: 60, states: 150, seed: 11 });
      expect(report).toMatchObject({ violation: undefined, exhausted: false });
      expect(report.transitions).toBe(150);
    }
  });
});

describe('a file of a counterexample', () => {
  it('has the message filter under the name that files of all builds have for it', () => {
    const kept = { model: 'election', planted: ['M28'], judge: 'outvoted', reason: 'r', carriage: 'lean', steps: [] };
    const decoded = decodeCounterexample(kept);
    if (decoded.type === 'rejected') throw new Error(decoded.reason);
    expect(decoded.value.violation.messageFilter).toBe('lean');
    expect(JSON.parse(encodeCounterexample(decoded.value))).toEqual(kept);
  });

  it('that makes no sense is refused with the place of what is wrong', () => {
    expect(decodeCounterexample({ model: 'election' })).toMatchObject({ type: 'rejected' });
    const step = { node: 's1', ticks: 0, repeated: false, choice: 0, words: '' };
    const counterexample = { model: 'election', planted: [], judge: '', reason: '', carriage: 'lean' };
    const events = [{ type: 'wake' }, { type: 'deliver', envelope: { from: 's1' } }];
    const steps = events.map((event) => ({ ...step, event }));
    expect(decodeCounterexample({ ...counterexample, steps })).toMatchObject({
      type: 'rejected',
      reason: /^steps\[1\]: /,
    });
  });

  it('whose step cannot happen says which one', () => {
    const steps = [
      {
        node: 's1',
        ticks: 0,
        event: { type: 'written', group: 'counter' },
        repeated: false,
        choice: 0,
        words: '',
      } as const,
    ];
    expect(replayCounterexample(election, { messageFilter: 'lean', steps }, new Set())).toEqual({
      words: [],
      wrong: undefined,
      stuckAt: 1,
    });
  });
});

it('models are found by their names', () => {
  const names = [
    'election',
    'election-witness',
    'replication',
    'dedupe',
    'forgetting',
    'forgetting-witness',
    'versions',
    'versions-witness',
    'sessions',
    'sessions-copies',
    'calls',
  ];
  expect(EXPLORE_MODELS.map(({ name }) => name)).toEqual(names);
});

describe('dead messages', () => {
  it('are held against the rule that takes them off their way: a vote for an earlier candidacy must mean nothing', () => {
    const bounds = { ...NOTHING, campaigns: 2 };
    const report = explore(electionWitness, {
      ...EXHAUSTIVE,
      bounds,
      planted: new Set(['counts-vote-from-earlier-campaign'] as const),
    });
    expect(report.ignoredMessages?.wrong).toMatch(/^a stale voted of \w+ still means something to s\d$/);
  });
});
