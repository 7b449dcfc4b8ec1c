import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { WORKLOADS } from '../../src/apps/simulated.ts';
import type { PlantedBug } from '../../src/protocol/model/mutants.ts';
import type { Fault } from '../../src/sim/plan/fault.ts';
import type { Plan } from '../../src/sim/plan/plan.ts';
import { runPlan } from '../../src/sim/verdict/run.ts';
import type { Lesson, Seen } from '../../src/playground/model/lesson.ts';
import { firstPlan, lessonCalled, LESSONS } from '../../src/playground/model/lessons/index.ts';
import { editsSince, withFault } from '../../src/playground/model/plan-edits.ts';
import { modelOf } from '../../src/playground/model/run-model.ts';
import { tracksOf } from '../../src/playground/model/tracks.ts';
import { decodePlan } from '../support/sim/bundled.ts';

/** A reader of a lesson: what was done, and where the cursor went. */
interface Reader {
  readonly faults?: readonly Fault[];
  /** `null`: the lesson's own bug is taken away. */
  readonly bug?: PlantedBug | null;
  /** Places that the cursor visits: milliseconds, or the end. */
  readonly goes?: readonly (number | 'end')[];
  readonly inspects?: string;
  readonly isFound?: boolean;
}

function startOf(lesson: Lesson): Plan {
  const scenario: unknown = parse(readFileSync(`scenarios/${lesson.scenario}.yaml`, 'utf8'));
  if (typeof scenario !== 'object' || scenario === null) throw new Error('a scenario is an object');
  const decoded = decodePlan(firstPlan(lesson, { ...scenario }));
  if (decoded.type === 'rejected') throw new Error(`${lesson.id}: ${decoded.reason}`);
  return decoded.value;
}

/** The steps that are true for a reader who did that. */
function doneBy(id: string, reader: Reader): readonly boolean[] {
  const lesson = lessonOf(id);
  const seen = seenBy(lesson, reader);
  return lesson.steps.map((step) => step.isDone(seen));
}

/** Why the reader is not there yet. */
function whyOf(id: string, reader: Reader): string | undefined {
  const lesson = lessonOf(id);
  return lesson.why?.(seenBy(lesson, reader));
}

function lessonOf(id: string): Lesson {
  const lesson = lessonCalled(id);
  if (lesson === undefined) throw new Error(`there is no lesson ${id}`);
  return lesson;
}

function seenBy(lesson: Lesson, { faults = [], bug, goes = [], inspects, isFound = false }: Reader): Seen {
  const start = startOf(lesson);
  const plan = faults.reduce(withFault, start);
  const planted = bug === null ? undefined : (bug ?? lesson.bug);
  const model = modelOf(
    runPlan(plan, {
      workloads: WORKLOADS,
      strict: false,
      recording: true,
      planted: new Set(planted === undefined ? [] : [planted]),
    }),
  );
  const { events } = model.recording;
  const path = goes.map((millis) =>
    millis === 'end' ? events.length - 1 : Math.max(0, events.findIndex(({ at }) => at >= millis * 1_000) - 1),
  );
  return {
    model,
    tracks: tracksOf(model.recording),
    plan,
    edits: editsSince(start, plan),
    bug: planted,
    place: path.at(-1) ?? 0,
    path,
    inspected: inspects,
    isFound,
  };
}

const crash = (at: number, node: string): Fault => ({ type: 'crash', at, node, afterActions: 0 });
const cut = (at: number, from: string[], to: string[], oneWay = false): Fault => ({
  type: 'partition',
  at,
  name: 'cut-1',
  from,
  to,
  oneWay,
});
const all = (count: number): readonly boolean[] => Array.from({ length: count }, () => true);

describe('the lessons', () => {
  test('are ten, and each begins with a plan that can be run.', () => {
    expect(LESSONS.length).toBe(10);
    for (const lesson of LESSONS) expect(startOf(lesson).expect).toEqual([]);
  });

  test.each(LESSONS.map(({ id }) => id))(
    '%s: the first step, which all others wait for, is open before anything is done.',
    (id) => {
      expect(doneBy(id, { goes: [1] })[0]).toBe(false);
    },
  );

  test('1: the highest rank leads. To crash another server is not to crash the primary.', () => {
    expect(doneBy('rank', { faults: [crash(2_003, 's3')], goes: [1_600, 4_000, 1_900] })).toEqual(all(4));
    expect(doneBy('rank', { faults: [crash(2_003, 's1')], goes: [1_600, 4_000, 1_900] })).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test('2: two of three die, one after the other; both at once does not count.', () => {
    const steps = doneBy('two-of-three', { faults: [crash(2_500, 's3'), crash(6_500, 's2')], goes: ['end'] });
    expect(steps).toEqual(all(4));
    expect(doneBy('two-of-three', { faults: [crash(2_500, 's3'), crash(2_501, 's2')], goes: ['end'] })[2]).toBe(false);
  });

  test('3: a primary among the few steps down, and follows once the links carry again.', () => {
    const faults: Fault[] = [cut(1_995, ['s1'], ['others']), { type: 'heal', at: 6_000 }];
    expect(doneBy('minority', { faults, goes: ['end'] })).toEqual(all(4));
    expect(doneBy('minority', { faults: [cut(1_995, ['s1'], ['s2'])], goes: ['end'] })).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test('4: a deaf primary steps down; one that is cut off both ways is another lesson.', () => {
    const steps = doneBy('one-way', { faults: [cut(2_000, ['others'], ['s3'], true)], goes: ['end'] });
    expect(steps.slice(0, 2)).toEqual([true, true]);
    expect(doneBy('one-way', { faults: [cut(2_000, ['others'], ['s3'])], goes: ['end'] })[0]).toBe(false);
  });

  test('5: a request that is repeated is recognised.', () => {
    const lesson = doneBy('retry', { goes: ['end'], inspects: 's2' });
    expect(lesson[0]).toBe(true);
    expect(lesson[2]).toBe(true);
    expect(doneBy('retry', { goes: ['end'] })[2]).toBe(false);
  });

  test('6: a call that is held, and made again by the next primary, counts once.', () => {
    const hold: Fault = { type: 'hold', at: 2_009, name: 'hold-1', from: ['s3'], to: ['s1'], oneWay: true };
    const faults: Fault[] = [hold, crash(2_200, 's3'), { type: 'release', at: 5_000 }];
    expect(doneBy('two-groups', { faults, goes: ['end'], inspects: 's1' })).toEqual(all(5));
    const wrongOrder: Fault[] = [hold, { type: 'release', at: 2_100 }, crash(2_200, 's3')];
    expect(doneBy('two-groups', { faults: wrongOrder, goes: ['end'], inspects: 's1' })[1]).toBe(false);
  });

  test('7: a server without its disk comes in as a new member.', () => {
    const faults: Fault[] = [
      { type: 'lose-disk', at: 2_500, node: 's2' },
      { type: 'restart', at: 3_000, node: 's2' },
      { type: 'rejoin', at: 4_000, node: 's2' },
    ];
    expect(doneBy('lost-disk', { faults, goes: ['end'] })).toEqual(all(4));
    expect(doneBy('lost-disk', { faults: faults.slice(0, 2), goes: ['end'] })).toEqual([true, true, false, false]);
  });

  test('8: with M13 a client is told something old; without it the same run holds.', () => {
    const bug = 'reads-without-confirming-leadership';
    expect(doneBy('deposed-read', { bug, goes: ['end'] }).slice(0, 2)).toEqual([true, true]);
    expect(doneBy('deposed-read', { goes: ['end'] })).toEqual([false, false, true]);
  });

  test('9: Figure 8 must have been found.', () => {
    expect(doneBy('figure-8', { goes: ['end'] })).toEqual([false, false]);
  });

  test('10: two edits break the plain bully, and not the real rule; what a machine found is no answer.', () => {
    const faults = [cut(1_999, ['s3'], ['s2'], true), crash(2_020, 's3')];
    expect(doneBy('plain-bully', { faults, goes: ['end'] })).toEqual([true, false]);
    expect(doneBy('plain-bully', { faults, goes: ['end'], isFound: true })).toEqual([false, false]);
    expect(doneBy('plain-bully', { faults, goes: ['end'], bug: null })).toEqual([false, true]);
  });

  test('10 says why a likely schedule breaks nothing, and nothing where it breaks the rule or the rule is the real one.', () => {
    const [cutTo, kill] = [cut(1_999, ['s3'], ['s2'], true), crash(2_020, 's3')];
    expect(whyOf('plain-bully', {})).toBeUndefined();
    expect(whyOf('plain-bully', { faults: [cutTo, kill] })).toBeUndefined();
    expect(whyOf('plain-bully', { faults: [cutTo, kill], bug: null })).toBeUndefined();
    expect(whyOf('plain-bully', { faults: [crash(2_020, 's2')] })).toContain('no server was elected anew');
    const isolated = [cut(1_999, ['s2'], ['others']), kill];
    expect(whyOf('plain-bully', { faults: isolated })).toContain('s1 was elected, and not s2');
    for (const faults of [[kill], [cutTo, crash(2_000, 's3')]])
      expect(whyOf('plain-bully', { faults })).toContain('lacked nothing that a client had been told');
  });
});
