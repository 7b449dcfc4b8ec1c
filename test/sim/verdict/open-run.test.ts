import { describe, expect, test } from 'vitest';
import { WORKLOADS } from '../../../src/apps/simulated.ts';
import type { Plan } from '../../../src/sim/plan/plan.ts';
import type { RecordedEvent } from '../../../src/sim/recording/recording.ts';
import { openRun, type OpenRun } from '../../../src/sim/verdict/open-run.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';

const CALM = planOf({
  horizon: 3_000,
  workload: {
    script: [{ at: 1_500, client: 'c1', method: 'POST', path: '/users/create', body: { username: 'Ada' } }],
  },
});

function open(plan: Plan): OpenRun {
  return openRun(plan, { workloads: WORKLOADS, strict: false, recording: true });
}

function indexIn(event: RecordedEvent): number | undefined {
  return event.type === 'logged' ? event.last : 'index' in event ? event.index : undefined;
}

describe('an open run', () => {
  test('ends as the run at once does, wherever it stops on the way.', () => {
    const run = open(CALM);
    for (const event of [1, 17, 400]) {
      run.advanceTo({ event });
      expect(run.events).toBe(event);
      expect(run.result).toBeUndefined();
      run.view();
    }
    run.advanceTo({ at: 2_000_000 });
    expect(run.now).toBeGreaterThanOrEqual(2_000_000);
    expect(run.finish().digest).toBe(runPlan(CALM, { strict: false }).digest);
    expect(run.finish()).toBe(run.result);
  });

  test('shows roles, logs and states as they are then, in frozen plain data that later steps do not change.', () => {
    const run = open(CALM);
    run.advanceTo({ at: 1_600_000 });
    const view = run.view();
    const text = JSON.stringify(view);
    const [leads] = view.nodes.flatMap(({ groups }) =>
      groups.filter(({ group, role }) => group === 'users' && role === 'primary'),
    );
    expect(leads?.visible).toBe(leads?.last);
    expect(leads?.log.map(({ type }) => type)).toEqual(['noop', 'write']);
    expect(JSON.stringify(leads?.state)).toContain('Ada');
    expect(structuredClone(view)).toEqual(view);
    expect(Object.isFrozen(leads) && Object.isFrozen(leads?.log) && Object.isFrozen(leads?.state)).toBe(true);
    run.finish();
    expect(JSON.stringify(view)).toBe(text);
  });

  test('shows what the last event sent, with all that the messages carry.', () => {
    const run = open(CALM);
    run.advanceTo({ at: 1_500_000 });
    while (run.view().sent.every(({ text }) => !text.includes('append'))) run.advanceTo({ event: run.events + 1 });
    const appends = run.view().sent.filter(({ text }) => text.includes('append'));
    expect(appends.map(({ unit, fromUnit }) => [unit, fromUnit])).toContainEqual(['users', 'users']);
    expect(JSON.stringify(appends)).toContain('"username":"Ada"');
    run.advanceTo({ event: run.events + 1 });
    expect(run.view().sent).not.toEqual(appends);
  });

  test('shows of a node that is down what its disk has.', () => {
    const run = open({ ...CALM, faults: [{ type: 'crash', at: 2_000, node: 's3', afterActions: 0 }] });
    run.advanceTo({ at: 2_100_000 });
    const { state, groups } = run.view().nodes.find(({ node }) => node === 's3') ?? {};
    expect(state).toBe('is down');
    expect(groups?.map(({ role, durable }) => [role, (durable ?? 0) > 0])).toEqual([
      [undefined, true],
      [undefined, true],
    ]);
  });

  test('forks: the same plan has the same future, another one has the same past.', () => {
    const run = open(CALM);
    run.advanceTo({ at: 2_000_000 });
    const twin = run.fork();
    expect([twin.events, twin.now]).toEqual([run.events, run.now]);
    const other = run.fork({ ...CALM, faults: [{ type: 'crash', at: 2_500, node: 's3', afterActions: 0 }] });
    expect(other.view()).toEqual(run.view());
    const digest = run.finish().digest;
    expect(twin.finish().digest).toBe(digest);
    expect(other.finish().digest).not.toBe(digest);
    const [past, others] = [run.finish().recording?.events ?? [], other.finish().recording?.events ?? []];
    const parting = past.findIndex((event, place) => JSON.stringify(event) !== JSON.stringify(others[place]));
    expect(others[parting]).toMatchObject({ type: 'fault', at: 2_500_000 });
  });

  test('does without the goals of its story, if asked, and without nothing else.', () => {
    const unmet = { ...CALM, expect: [{ note: 'truncates', atLeast: 1 }] };
    expect(runPlan(unmet).violation?.judge).toBe('goals');
    expect(runPlan(unmet, { goals: false }).verdict).toBe('ok');
  });
});

describe('a recording', () => {
  test('tells where each log ends in memory and on disk, and what is safe and visible.', () => {
    const events = open(CALM).finish().recording?.events ?? [];
    const ofUsers = events.filter((event) => 'group' in event && event.group === 'users' && event.at > 1_000_000);
    const of = (type: string, node: string): readonly unknown[] =>
      ofUsers.filter((event) => event.type === type && 'node' in event && event.node === node).map(indexIn);
    // The entry of the write is 2: appended, durable, safe at the primary, visible, in this order.
    const primary = 's1';
    expect(of('logged', primary)).toContain(2);
    for (const node of ['s1', 's2', 's3']) {
      expect(of('logged', node)).toContain(2);
      expect(of('written', node)).toContain(2);
      expect(of('committed', node)).toContain(2);
    }
    expect(of('safe', primary)).toContain(2);
    expect(of('safe', 's2')).toEqual([]);
    const order = ['logged', 'written', 'safe', 'committed'].map((type) =>
      ofUsers.findIndex(
        (event) => event.type === type && 'node' in event && event.node === primary && indexIn(event) === 2,
      ),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
  });
});
