import { batch } from '@preact/signals';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { whyNoTree } from '../../protocol/model/tree.ts';
import { editTime } from '../model/plan-edits.ts';
import { load } from '../model/load.ts';
import { placeAt, placeOfEdit, tellingUpTo, violationIn } from '../model/stepping.ts';
import type { RecordFile } from '../worker/messages.ts';
import { goTo } from './cursor.ts';
import { createRunner } from './runner.ts';
import { leadsBack, leadsOn, leaveSession } from './sessions.ts';
import {
  busy,
  comparison,
  cursor,
  draft,
  future,
  isPlaying,
  lessonId,
  NO_PLAN,
  past,
  path,
  pending,
  problem,
  said,
  selected,
  startPlan,
  tab,
  type Version,
  version,
} from './state.ts';

export const runner = createRunner();

/** A run to be shown. */
export interface Opened {
  readonly title: string;
  /** A plan as in a file, or a whole one. */
  readonly plan: unknown;
  readonly bug?: PlantedBug | undefined;
  readonly isFound?: boolean;
  /** The lesson that it is of. */
  readonly lesson?: string | undefined;
  /** Whether the tab stays that is open. */
  readonly keepsTab?: boolean;
  /** Whether it is what the page's address says: it gets no entry of its own in the browser's history. */
  readonly isHere?: boolean;
}

const PAST_KEPT = 16;

/** Opens a run in place of what is there, which Back and Undo lead to. The cursor goes to `at`, in microseconds, or to the violation. */
export async function openRun(opened: Opened, at: number | 'violation' = 0): Promise<boolean> {
  const made = await make(opened, new Set(), opened.title);
  if (made === undefined) return false;
  replace(made, opened);
  const violation = violationIn(made.run.model);
  if (at === 'violation' && violation !== undefined) goTo(violation);
  else goTo(tellingUpTo(made.run.model, placeAt(made.run.model, at === 'violation' ? 0 : at)));
  return true;
}

/** Opens what live processes recorded, in place of what is there. The cursor goes to the first election or call. */
export async function openRecords(title: string, files: readonly RecordFile[]): Promise<boolean> {
  busy.value = { since: performance.now(), events: 0, opens: title };
  const told = await runner.replay(files);
  if (told === undefined) return false;
  busy.value = undefined;
  if (told.type !== 'replayed') {
    const text = told.type === 'refused' ? told.reason : told.type === 'broke' ? told.text : '';
    problem.value = { title: 'These records cannot be opened', text };
    return false;
  }
  problem.value = undefined;
  const { id, model, notes } = told;
  const run = load(model);
  const shown = new Set<string>();
  replace({ title, plan: undefined, plain: {}, records: id, notes, bug: undefined, run, shown, isFound: false });
  tab.value = 'lesson';
  const first = model.recording.events.findIndex(
    (event) => event.type === 'called' || (event.type === 'note' && event.note === 'elected'),
  );
  goTo(tellingUpTo(model, Math.max(0, first)));
  return true;
}

function replace(made: Version, { lesson, isHere = false, keepsTab = false }: Partial<Opened> = {}): void {
  if (!isHere) leaveSession(true);
  batch(() => {
    lessonId.value = lesson;
    selected.value = undefined;
    // A story is to be read; of a broken rule, a box tells on every tab.
    const isTold = lesson !== undefined || (made.plan?.story !== undefined && made.run.model.violation === undefined);
    if (!keepsTab) tab.value = isTold ? 'lesson' : 'inspect';
    draft.value = undefined;
    past.value = [];
    future.value = [];
    comparison.value = 'after';
    version.value = made;
    startPlan.value = made.plan;
    path.value = [];
    isPlaying.value = false;
  });
}

/** What an edit asks for whose run is not there yet: the next edit is made upon it. */
interface UnderWay {
  readonly of: Version;
  readonly plan: Plan;
  readonly bug: PlantedBug | undefined;
  readonly shown: Version['shown'];
}

let underWay: UnderWay | undefined;

/** An edit by a button, a list, a key or the pointer: as `changeRun`. */
export async function editRun(plan: Plan, what: string, more: Partial<Version> = {}, at?: number): Promise<boolean> {
  leaveButton();
  const of = version.value;
  if (of === undefined || busy.value?.opens !== undefined) return changeRun(plan, what, more, at);
  const { bug, shown } = { ...(underWay ?? of), ...more };
  const mine = { of, plan, bug, shown };
  underWay = mine;
  const isMade = await changeRun(plan, what, { ...more, bug, shown }, at);
  if (underWay === mine) underWay = undefined;
  return isMade;
}

/** Runs a changed plan, and shows it beside the one before. The cursor stays, or goes to `at` (microseconds). */
export async function changeRun(
  plan: unknown,
  what: string,
  more: Partial<Version> = {},
  at?: number,
): Promise<boolean> {
  const before = version.value;
  if (before === undefined) return false;
  const opens = busy.value?.opens;
  if (busy.value !== undefined && opens !== undefined) {
    busy.value = { ...busy.value, isAwaited: true };
    said.value = `${opens} is being opened: nothing can be changed until it is there`;
    return false;
  }
  pending.value = undefined;
  const bug = 'bug' in more ? more.bug : before.bug;
  const made = await make(
    { title: more.title ?? before.title, plan, bug, isFound: before.isFound },
    more.shown ?? before.shown,
  );
  if (made === undefined || version.value !== before) return false;
  batch(() => {
    past.value = [...past.value.slice(1 - PAST_KEPT), before];
    future.value = [];
    show(made, at ?? cursor.value.at);
    said.value = `${what}. Ran again: ${made.run.model.events} events, ${made.run.model.violation === undefined ? 'every rule held' : 'a rule is broken'}.`;
  });
  return true;
}

function show(made: Version, at: number): void {
  comparison.value = 'after';
  version.value = made;
  path.value = [];
  // The sentence is about what the edit did, not about a heartbeat of the same moment.
  goTo(placeOfEdit(made.run.model, at));
}

/** The time of an edit made now, in whole milliseconds of the run; and where the cursor goes so that its effect is seen. */
export function editPoint(): { readonly at: number; readonly cursor: number } {
  const at = editTime(cursor.value.at);
  return { at, cursor: at * 1_000 + 1 };
}

/** The focus leaves the button or the list that an edit was made with: space plays on, and does not repeat the edit. */
function leaveButton(): void {
  const focused = document.activeElement;
  if (focused?.matches('button, select') === true && focused.closest('.stage, .transport') === null)
    document.querySelector('main')?.focus({ preventScroll: true });
}

/** Takes the last edit back; where there is none, the choice of this run. */
export function undo(): void {
  if (underWay !== undefined) {
    stopRun();
    said.value = 'Undone';
    return;
  }
  const [before, now] = [past.value.at(-1), version.value];
  if (before === undefined && leadsBack.value) history.back();
  if (before === undefined || now === undefined) return;
  batch(() => {
    past.value = past.value.slice(0, -1);
    future.value = [...future.value, now];
    show(before, cursor.value.at);
    said.value = 'Undone';
  });
}

export function redo(): void {
  const [next, now] = [future.value.at(-1), version.value];
  if (next === undefined && leadsOn.value) history.forward();
  if (next === undefined || now === undefined) return;
  batch(() => {
    future.value = future.value.slice(0, -1);
    past.value = [...past.value, now];
    show(next, cursor.value.at);
    said.value = 'Done again';
  });
}

/** The old picture stays until the new run is there; a newer one takes its place. */
async function make(
  { title, plan, bug, isFound = false }: Opened,
  shown: Version['shown'],
  opens?: string,
): Promise<Version | undefined> {
  // A value that is no tree may not even reach the worker.
  const why = whyNoTree(plan);
  if (why !== undefined) {
    problem.value = { title: NO_PLAN, text: `plan${why}` };
    return undefined;
  }
  busy.value = { since: performance.now(), events: 0, opens };
  const told = await runner.run({ plan, bug }, ({ events }) => {
    if (busy.value !== undefined) busy.value = { ...busy.value, events };
  });
  if (told === undefined) return undefined;
  busy.value = undefined;
  switch (told.type) {
    case 'ran':
      problem.value = undefined;
      return {
        title,
        plan: told.plan,
        plain: told.plain,
        records: undefined,
        notes: [],
        bug,
        run: load(told.model),
        shown,
        isFound,
      };
    case 'refused':
      problem.value = { title: NO_PLAN, text: told.reason };
      return undefined;
    case 'broke':
      problem.value = {
        title: 'The simulator itself fell over: please report it, with this plan',
        text: `${told.text}\n${JSON.stringify(plan)}`,
      };
      return undefined;
    case 'view':
    case 'replayed':
      return undefined;
    default:
      return told;
  }
}

/** A plan to be edited: of the edit that is under way, or of the run that is shown. */
export function currentPlan(): Plan | undefined {
  return (underWay ?? version.value)?.plan;
}

export function stopRun(): void {
  underWay = undefined;
  runner.stop();
  busy.value = undefined;
}
