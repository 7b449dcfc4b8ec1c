import { lessonCalled } from '../model/lessons/index.ts';
import { readShared } from '../model/share.ts';
import { goTo } from './cursor.ts';
import { stopHunt } from './hunt.ts';
import { firstBug, openLesson, sayOtherBugs } from './open.ts';
import { unpacked } from './packing.ts';
import { openRun, stopRun } from './runs.ts';
import { entryOf, enterSession, leaveSession, mendAddress } from './sessions.ts';
import { problem, said, version } from './state.ts';

/**
 * Opens the run of the page's address; where it names none, or none that can be read, it says why. A page without a run
 * opens the first lesson.
 */
export async function openAddress(): Promise<void> {
  const hash = location.hash.slice(1);
  if (hash !== '' && (await openShared(hash))) return;
  const why = problem.value;
  if (version.value === undefined || hash === '') await openLesson('rank', true);
  if (hash !== '') problem.value = why;
  mendAddress();
}

/** Goes with the browser: Back and Forward, and addresses that are typed or clicked. */
export function followAddress(): void {
  addEventListener('popstate', ({ state }: PopStateEvent) => {
    const entry = entryOf(state);
    if (entry === undefined) return;
    stopRun();
    stopHunt();
    problem.value = undefined;
    if (enterSession(entry)) said.value = `${version.value?.title ?? ''}, as it was left`;
    else void openAddress();
  });
  addEventListener('hashchange', () => {
    // Those of the page's own entries are gone to already.
    if (entryOf(history.state) !== undefined) return;
    leaveSession(false);
    void openAddress();
  });
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
  const lesson = lessonCalled(shared.lesson ?? '')?.id;
  if (!(await openRun({ title, plan, bug: firstBug(bug), lesson, isHere: true }))) return false;
  stopHunt();
  goTo(Math.min(place, Math.max(0, (version.value?.run.model.recording.events.length ?? 1) - 1)));
  sayOtherBugs(bug);
  return true;
}
