import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { bugCalled } from '../model/bugs.ts';
import { firstPlan, lessonCalled } from '../model/lessons/index.ts';
import { goToTime } from './cursor.ts';
import { stopHunt } from './hunt.ts';
import { currentPlan, editRun, openRun } from './runs.ts';
import { scenarioCalled, scenarioPlan } from './scenarios.ts';
import { cursor, done, problem, version } from './state.ts';

/** Begins a lesson anew. `isHere`: the page has no run yet. */
export async function openLesson(id: string, isHere = false): Promise<void> {
  const lesson = lessonCalled(id);
  const scenario = lesson === undefined ? undefined : await scenarioPlan(lesson.scenario);
  if (lesson === undefined || scenario === undefined) return;
  stopHunt();
  const { title, bug, at } = lesson;
  const plan = { ...firstPlan(lesson, scenario), name: title };
  if (!(await openRun({ title, plan, bug, lesson: id, isHere }, at * 1_000))) return;
  const { [id]: _, ...others } = done.value;
  done.value = others;
}

/** Opens a scenario as it is written, at its first fault. */
export async function openScenario(id: string): Promise<void> {
  const [scenario, plan] = [scenarioCalled(id), await scenarioPlan(id)];
  if (scenario === undefined || plan === undefined) return;
  stopHunt();
  if (await openRun({ title: scenario.title, plan, keepsTab: true })) {
    const [first] = version.value?.plan?.faults ?? [];
    goToTime(((first?.at ?? 1_500) - 5) * 1_000);
  }
}

/** The bug to plant of those that a link or a file names, with commas between them: the page plants one. */
export function firstBug(named: string | undefined): PlantedBug | undefined {
  return bugCalled(named?.split(',')[0])?.name;
}

/** What the page leaves out of the bugs that a link or a file names: one that it does not know, and all but the first. */
export function sayOtherBugs(named: string | undefined): void {
  const [first, ...others] = named?.split(',') ?? [];
  if (first === undefined) return;
  if (bugCalled(first) === undefined)
    problem.value = {
      title: 'The planted bug is not known here',
      text: `“${first}” is of another release: the run is shown without it.`,
    };
  else if (others.length > 0)
    problem.value = {
      title: 'Only one bug is planted here',
      text: `This run was made with ${others.join(' and ')} as well. Here it is run with ${first} alone, and may end otherwise.`,
    };
}

/** The same plan with that bug, or without any. The cursor stays. */
export async function plant(bug: PlantedBug | undefined): Promise<void> {
  const plan = currentPlan();
  const known = bugCalled(bug);
  const scenario = known?.scenario === undefined ? undefined : scenarioCalled(known.scenario);
  if (scenario !== undefined && version.value?.title !== scenario.title) {
    // This bug shows in one scenario only.
    await openRun({ title: scenario.title, plan: await scenarioPlan(scenario.id), bug, keepsTab: true }, 'violation');
    return;
  }
  if (plan === undefined) return;
  const what = known === undefined ? 'No bug is planted' : `${known.number} is planted: a node that ${known.title}`;
  await editRun(plan, what, { bug }, cursor.value.at);
}
