import { batch, signal } from '@preact/signals';
import type { Plan } from '../../sim/plan/plan.ts';
import { linkNow, longLinkNow } from './address.ts';
import {
  comparison,
  cursor,
  done,
  type Draft,
  draft,
  future,
  isPlaying,
  lessonId,
  past,
  path,
  selected,
  startPlan,
  tab,
  type Tab,
  type Version,
  version,
} from './state.ts';

/*
 * Each run that is opened has an entry in the browser's history, whose address is kept that of the run. What was done with
 * the last few is kept as well, so that Back and Forward lead to them as they were left.
 */

/** A run that was left, with all that was done with it. */
interface Session {
  readonly version: Version;
  readonly past: readonly Version[];
  readonly future: readonly Version[];
  readonly startPlan: Plan | undefined;
  readonly cursor: { readonly place: number; readonly at: number };
  readonly path: readonly number[];
  readonly lessonId: string | undefined;
  readonly ticked: readonly number[];
  readonly selected: string | undefined;
  readonly tab: Tab;
  readonly draft: Draft | undefined;
}

const SESSIONS_KEPT = 6;

const kept = new Map<number, Session>();
/** The number of the history's entry that the page is at. */
let entry = entryOf(history.state) ?? 0;
/** Whether the runs before and after this one are kept as they were left. */
export const leadsBack = signal(false);
export const leadsOn = signal(false);

/** The number of one of the page's own entries; undefined of one that a changed address has made. */
export function entryOf(state: unknown): number | undefined {
  return typeof state === 'object' && state !== null && 'entry' in state && typeof state.entry === 'number'
    ? state.entry
    : undefined;
}

/** Keeps what is on the page. With `isPushed` the next run gets an entry of its own; otherwise the browser has made one. */
export function leaveSession(isPushed: boolean): void {
  if (version.value === undefined) return;
  keep();
  for (const number of kept.keys()) if (number > entry) kept.delete(number);
  if (isPushed) write(longLinkNow());
  entry += 1;
  if (isPushed) history.pushState({ entry }, '');
  else write(location.href);
  count();
}

/** Shows the run of that entry as it was left, if it is kept. */
export function enterSession(number: number): boolean {
  keep();
  entry = number;
  const session = kept.get(number);
  count();
  if (session === undefined) return false;
  batch(() => {
    draft.value = session.draft;
    comparison.value = 'after';
    isPlaying.value = false;
    version.value = session.version;
    past.value = session.past;
    future.value = session.future;
    startPlan.value = session.startPlan;
    lessonId.value = session.lessonId;
    if (session.lessonId !== undefined) done.value = { ...done.value, [session.lessonId]: session.ticked };
    selected.value = session.selected;
    tab.value = session.tab;
    cursor.value = session.cursor;
    path.value = session.path;
  });
  return true;
}

function keep(): void {
  if (version.value === undefined) return;
  kept.set(entry, {
    version: version.value,
    past: past.value,
    future: future.value,
    startPlan: startPlan.value,
    cursor: cursor.value,
    path: path.value,
    lessonId: lessonId.value,
    ticked: done.value[lessonId.value ?? ''] ?? [],
    selected: selected.value,
    tab: tab.value,
    draft: draft.value,
  });
  const farthest = [...kept.keys()].toSorted((a, b) => Math.abs(b - entry) - Math.abs(a - entry));
  for (const number of farthest.slice(0, Math.max(0, kept.size - SESSIONS_KEPT))) kept.delete(number);
}

function count(): void {
  leadsBack.value = kept.has(entry - 1);
  leadsOn.value = kept.has(entry + 1);
}

/**
 * Keeps the address of the page that of the run: at once where the run has changed or the page is left, so that no edit is
 * lost; a moment later, and short, where the cursor moves.
 */
export function keepAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let changes = 0;
  const later = (): void => {
    clearTimeout(timer);
    changes += 1;
    const now = changes;
    timer = setTimeout(() => {
      void linkNow().then((link) => {
        if (now === changes) write(link);
      });
    }, 400);
  };
  const atOnce = (): void => {
    changes += 1;
    write(longLinkNow());
  };
  version.subscribe(() => {
    atOnce();
    later();
  });
  cursor.subscribe(later);
  addEventListener('pagehide', atOnce);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') atOnce();
  });
}

/** Makes the address that of the run, where it was something else. */
export function mendAddress(): void {
  write(longLinkNow());
}

function write(link: string): void {
  try {
    history.replaceState({ entry }, '', link);
  } catch {
    // Browsers bound how often, and how long: the next change writes it.
  }
}
