import { bugCalled } from '../model/bugs.ts';
import { lessonCalled } from '../model/lessons/index.ts';
import { readShared, sharedText } from '../model/share.ts';
import { goTo } from './cursor.ts';
import { stopHunt } from './hunt.ts';
import { openLesson } from './open.ts';
import { packed, unpacked } from './packing.ts';
import { openRun } from './runs.ts';
import { cursor, lessonId, problem, tab, version } from './state.ts';

/** The address of what is shown: the run, the cursor, the bug. */
export async function linkNow(): Promise<string> {
  const now = version.value;
  if (now?.plan === undefined) return `${location.origin}${location.pathname}`;
  const { place, at } = cursor.value;
  const text = sharedText({ plan: now.plain, bug: now.bug, at: Math.round(at), place, lesson: lessonId.value });
  return `${location.origin}${location.pathname}#${await packed(text)}`;
}

/** Keeps the address of the page that of the run, a moment after each change. */
export function keepAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      void linkNow().then((link) => history.replaceState(undefined, '', link));
    }, 400);
  };
  version.subscribe(later);
  cursor.subscribe(later);
}

/**
 * Opens the run of the page's address; where it names none, or none that can be read, it says why. A page without a run
 * opens the first lesson.
 */
export async function openAddress(): Promise<void> {
  const hash = location.hash.slice(1);
  if (hash !== '' && (await openShared(hash))) return;
  const why = problem.value;
  if (version.value === undefined || hash === '') await openLesson('rank');
  if (hash !== '') problem.value = why;
}

async function openShared(hash: string): Promise<boolean> {
  const shared = await unpacked(hash).then(readShared, () => undefined);
  if (shared === undefined) {
    problem.value = {
      title: 'This link cannot be read',
      text: `It is cut off, or of another release. ${version.value === undefined ? 'Here is the first lesson.' : 'The run on the page stays.'}`,
    };
    return false;
  }
  const { plan, bug, place } = shared;
  const title = typeof plan['name'] === 'string' ? plan['name'] : 'A shared run';
  const isOpen = await openRun({ title, plan, bug: bugCalled(bug)?.name });
  if (!isOpen) return false;
  stopHunt();
  lessonId.value = lessonCalled(shared.lesson ?? '')?.id;
  goTo(Math.min(place, Math.max(0, (version.value?.run.model.recording.events.length ?? 1) - 1)));
  tab.value = lessonId.value === undefined ? 'inspect' : 'lesson';
  return true;
}
