import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { bugCalled } from '../model/bugs.ts';
import { firstPlan, lessonCalled } from '../model/lessons/index.ts';
import { goToTime } from './cursor.ts';
import { stopHunt } from './hunt.ts';
import { currentPlan, editRun, openRun } from './runs.ts';
import { scenarioCalled, scenarioPlan } from './scenarios.ts';
import { cursor, done, lessonId, selected, tab, version } from './state.ts';

/** Begins a lesson anew. */
export async function openLesson(id: string): Promise<void> {
  const lesson = lessonCalled(id);
  const scenario = lesson === undefined ? undefined : await scenarioPlan(lesson.scenario);
  if (lesson === undefined || scenario === undefined) return;
  stopHunt();
  selected.value = undefined;
  lessonId.value = id;
  const { [id]: _, ...others } = done.value;
  done.value = others;
  tab.value = 'lesson';
  const plan = { ...firstPlan(lesson, scenario), name: lesson.title };
  await openRun({ title: lesson.title, plan, bug: lesson.bug }, lesson.at * 1_000);
}

/** Opens a scenario as it is written, at its first fault. */
export async function openScenario(id: string): Promise<void> {
  const [scenario, plan] = [scenarioCalled(id), await scenarioPlan(id)];
  if (scenario === undefined || plan === undefined) return;
  stopHunt();
  selected.value = undefined;
  lessonId.value = undefined;
  if (await openRun({ title: scenario.title, plan })) {
    const [first] = version.value?.plan?.faults ?? [];
    goToTime(((first?.at ?? 1_500) - 5) * 1_000);
  }
}

/** The same plan with that bug, or without any. The cursor stays. */
export async function plant(bug: PlantedBug | undefined): Promise<void> {
  const plan = currentPlan();
  const known = bugCalled(bug);
  const scenario = known?.scenario === undefined ? undefined : scenarioCalled(known.scenario);
  if (scenario !== undefined && version.value?.title !== scenario.title) {
    // This bug shows in one scenario only.
    lessonId.value = undefined;
    await openRun({ title: scenario.title, plan: await scenarioPlan(scenario.id), bug }, 'violation');
    return;
  }
  if (plan === undefined) return;
  const what = known === undefined ? 'No bug is planted' : `${known.number} is planted: a node that ${known.title}`;
  await editRun(plan, what, { bug }, cursor.value.at);
}
