import type { Lesson } from '../lesson.ts';
import { DEPOSED_READ, FIGURE_8, PLAIN_BULLY } from './bugs.ts';
import { MINORITY, ONE_WAY, RANK, TWO_OF_THREE } from './elections.ts';
import { LOST_DISK, RETRY, TWO_GROUPS } from './requests.ts';

/** From the first look to breaking the protocol's ancestor by hand. */
export const LESSONS: readonly Lesson[] = [
  RANK,
  TWO_OF_THREE,
  MINORITY,
  ONE_WAY,
  RETRY,
  TWO_GROUPS,
  LOST_DISK,
  DEPOSED_READ,
  FIGURE_8,
  PLAIN_BULLY,
];

export function lessonCalled(id: string): Lesson | undefined {
  return LESSONS.find((lesson) => lesson.id === id);
}

/** A lesson's first plan, of its scenario's: not decoded yet. */
export function firstPlan(
  lesson: Lesson,
  scenario: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { expect: _, story: __, faults, ...rest } = scenario;
  const plan = { ...rest, ...(lesson.keepsFaults === true ? { faults } : {}), ...lesson.plan };
  const workload: unknown = 'workload' in plan ? plan.workload : undefined;
  return { ...plan, ...(workload === undefined ? {} : { workload: withoutExpectations(workload) }) };
}

function withoutExpectations(workload: unknown): unknown {
  if (!isRecord(workload) || !Array.isArray(workload['script'])) return workload;
  const script = workload['script'].map((request: unknown) => {
    if (!isRecord(request)) return request;
    const { expect: _, ...rest } = request;
    return rest;
  });
  return { ...workload, script };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
