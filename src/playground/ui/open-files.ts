import { PLAN_BYTES_AT_MOST } from '../../sim/plan/plan-bytes.ts';
import { counterexampleIn } from '../model/counterexample.ts';
import { stopHunt } from './hunt.ts';
import { isOfRecord } from '../model/record-folder.ts';
import { firstBug, sayOtherBugs } from './open.ts';
import { openRecords, openRun } from './runs.ts';
import { openedHistory, problem } from './state.ts';

const HISTORY = /\.(jsonl|edn)$/;
const PLAN = /\.(ya?ml|json|txt|log|out)$/;
/** What a test printed may be long: the plan in it is cut out before it is parsed. */
const PRINTED = /\.(txt|log|out)$/;
const MB = 1_000_000;

/** A file, with its folders where they are known: `s1/life-1/00001.jsonl`. */
export interface FoundFile {
  readonly path: string;
  readonly file: File;
}

/**
 * Opens what a failure left, or a test printed: a plan in YAML or JSON, the files of a capsule (its bug is planted, and the
 * plan made small is taken before the first one), what fast-check printed, a history for the checker, or what live processes recorded (`--record`).
 */
export async function openFound(found: readonly FoundFile[]): Promise<void> {
  const records = found.filter(({ path }) => isOfRecord(path));
  if (records.length === 0) return openFiles(found.map(({ file }) => file));
  stopHunt();
  const title = `Records of ${found[0]?.path.split('/').slice(0, -1)[0] ?? 'live processes'}`;
  await openRecords(title, records);
}

async function openFiles(files: readonly File[]): Promise<void> {
  const plan = files
    .filter(({ name }) => PLAN.test(name) && name !== 'verdict.json')
    .toSorted((one, other) => rankOf(one.name) - rankOf(other.name))[0];
  const history = files.find(({ name }) => HISTORY.test(name));
  const verdict = files.find(({ name }) => name === 'verdict.json');
  const large = [plan, plan === undefined ? history : verdict].find(
    (file) => file && file.size > bytesAtMost(file.name),
  );
  if (large !== undefined)
    return refuse(`${large.name} is larger than ${bytesAtMost(large.name) / MB} MB: it is not read.`);
  if (plan === undefined && history !== undefined) {
    openedHistory.value = { name: history.name, text: await history.text() };
    return undefined;
  }
  if (plan === undefined)
    return refuse(
      'Open a plan (YAML or JSON), what a test printed, the files of a capsule, a history (JSON lines, EDN), or the folder of --record.',
    );
  const bug = verdict === undefined ? undefined : plantedIn(await verdict.text());
  return openText(plan.name, await plan.text(), bug);
}

/** Opens a plan, or what a test printed with one in it: fast-check's counterexample. */
export async function openText(title: string, text: string, bug?: string): Promise<void> {
  const { readText } = await import('./plan-file.ts');
  const read = readText(counterexampleIn(text) ?? text);
  const [wrong] = read.problems;
  if (wrong !== undefined) return refuse(`${title}: ${wrong.message}`);
  if (typeof read.value !== 'object' || read.value === null) return refuse(`${title}: there is no plan in it`);
  stopHunt();
  const named = 'name' in read.value && typeof read.value.name === 'string' ? read.value.name : title;
  if (await openRun({ title: named, plan: read.value, bug: firstBug(bug) }, 'violation')) sayOtherBugs(bug);
}

/** Files are bounded before they are read: the page stands still while it parses one. Histories are parsed in a worker. */
function bytesAtMost(name: string): number {
  if (HISTORY.test(name)) return 64 * MB;
  return PRINTED.test(name) ? 16 * MB : PLAN_BYTES_AT_MOST;
}

/** Of the files of a capsule the plan made small comes first, then the plan; what was printed comes last. */
function rankOf(name: string): number {
  if (name === 'shrunk.yaml') return 0;
  if (name === 'plan.yaml') return 1;
  return /\.(ya?ml|json)$/.test(name) ? 2 : 3;
}

/** The bugs that a capsule's verdict says were planted. */
function plantedIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('planted' in value) || !Array.isArray(value.planted))
      return undefined;
    const planted: readonly unknown[] = value.planted;
    return planted.length > 0 && planted.every((bug) => typeof bug === 'string') ? planted.join(',') : undefined;
  } catch {
    return undefined;
  }
}

function refuse(text: string): undefined {
  problem.value = { title: 'This cannot be opened', text };
}
