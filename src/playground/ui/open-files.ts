import { signal } from '@preact/signals';
import { bugCalled } from '../model/bugs.ts';
import { stopHunt } from './hunt.ts';
import { openRun } from './runs.ts';
import { lessonId, problem, tab } from './state.ts';

/** A history that was opened. */
export const openedHistory = signal<{ readonly name: string; readonly text: string } | undefined>(undefined);

const HISTORY = /\.(jsonl|edn|log)$/;
const PLAN = /\.(ya?ml|json)$/;
const SIZE_AT_MOST = 64 * 1024 * 1024;

/**
 * Opens what a failure left, or a test printed: a plan in YAML or JSON, the files of a capsule (its bug is planted, and the
 * plan made small is taken before the first one), or a history for the checker.
 */
export async function openFiles(files: readonly File[]): Promise<void> {
  const large = files.find(({ size }) => size > SIZE_AT_MOST);
  if (large !== undefined) return refuse(`${large.name} is larger than 64 MB.`);
  const plans = files.filter(({ name }) => PLAN.test(name) && name !== 'verdict.json');
  const plan = plans.find(({ name }) => name === 'shrunk.yaml') ?? plans[0];
  const history = files.find(({ name }) => HISTORY.test(name));
  if (plan === undefined && history !== undefined) {
    openedHistory.value = { name: history.name, text: await history.text() };
    return undefined;
  }
  if (plan === undefined)
    return refuse('Open a plan (YAML or JSON), the files of a capsule, or a history (JSON lines, EDN).');
  const { readText } = await import('./plan-file.ts');
  const read = readText(await plan.text());
  const [wrong] = read.problems;
  if (wrong !== undefined) return refuse(`${plan.name}: ${wrong.message}`);
  stopHunt();
  lessonId.value = undefined;
  tab.value = 'inspect';
  const verdict = files.find(({ name }) => name === 'verdict.json');
  const bug = verdict === undefined ? undefined : plantedIn(await verdict.text());
  await openRun({ title: plan.name, plan: read.value, bug: bugCalled(bug)?.name }, 'violation');
}

/** The first bug that a capsule's verdict says was planted. */
function plantedIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('planted' in value) || !Array.isArray(value.planted))
      return undefined;
    const planted: readonly unknown[] = value.planted;
    const first = planted[0];
    return typeof first === 'string' ? first : undefined;
  } catch {
    return undefined;
  }
}

function refuse(text: string): undefined {
  problem.value = { title: 'This cannot be opened', text };
}
