import { computed, signal } from '@preact/signals';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { TimeMap } from '../../sim/diagram/time-map.ts';
import { inWords, type Sentence } from '../../sim/diagram/words.ts';
import type { Message } from '../../sim/diagram/messages.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { partingOf } from '../model/compare.ts';
import type { FaultDrag } from '../draw/fault-flags.ts';
import type { Loaded } from '../model/loaded.ts';
import { storyTime } from '../model/story-time.ts';
import { tellingUpTo } from '../model/stepping.ts';

/** A run on the page: what was run, and what came of it. */
export interface Version {
  readonly title: string;
  /** Undefined of records of live processes, which cannot be changed. */
  readonly plan: Plan | undefined;
  /** The plan as in a file: its defaults are left out. */
  readonly plain: Readonly<Record<string, unknown>>;
  /** What the worker calls the records; undefined of a plan. */
  readonly records: number | undefined;
  /** What the records do not tell. */
  readonly notes: readonly string[];
  readonly bug: PlantedBug | undefined;
  readonly run: Loaded;
  /** Faults that “Show me” made, as JSON. */
  readonly shown: ReadonlySet<string>;
  /** Whether “find it” made the plan. */
  readonly isFound: boolean;
}

export type Tab = 'lesson' | 'inspect' | 'plan' | 'words';
/** Which of the two futures is shown, once an edit has made a second one. */
export type Comparison = 'after' | 'before' | 'both';

/** The run that is shown, and those that undo and redo lead to. */
export const version = signal<Version | undefined>(undefined);
export const past = signal<readonly Version[]>([]);
export const future = signal<readonly Version[]>([]);
export const comparison = signal<Comparison>('after');

/** The plan that edits are counted from: that of the lesson, the scenario or the link. */
export const startPlan = signal<Plan | undefined>(undefined);

/** The cursor: an event of the recording, and the time, which may be later while the run plays. */
export const cursor = signal<{ readonly place: number; readonly at: number }>({ place: 0, at: 0 });
/** Where the cursor has been since this run is shown. */
export const path = signal<readonly number[]>([]);

export const selected = signal<string | undefined>(undefined);
/** A link action that waits for the digit of the other node. */
export const pending = signal<'cut' | 'cut one way' | 'hold' | 'crash after' | undefined>(undefined);

export const isPlaying = signal(false);
export const speed = signal(1);
export const zoom = signal(1);
export const tab = signal<Tab>('lesson');
export const isSheetOpen = signal(false);
export const showsKeys = signal(false);
export const showsShare = signal(false);
/** A history that was opened. */
export const openedHistory = signal<{ readonly name: string; readonly text: string } | undefined>(undefined);

/** The lesson, and the steps that are done of each: they stay done. */
export const lessonId = signal<string | undefined>('rank');
export const done = signal<Readonly<Record<string, readonly number[]>>>({});

/** What a screen reader is told beside the sentence: that an edit was made and what it did. */
export const said = signal('');
export const NO_PLAN = 'This is no plan that can be run';
/** What went wrong: a plan that was refused, a link that cannot be read, a simulator that fell over. */
export const problem = signal<{ readonly title: string; readonly text: string } | undefined>(undefined);
export const busy = signal<
  | {
      readonly since: number;
      readonly events: number;
      /** The title of the run that is being opened; undefined of an edit. */
      readonly opens?: string | undefined;
      /** Whether an edit was refused meanwhile. */
      readonly isAwaited?: boolean;
    }
  | undefined
>(undefined);

/** The text in the plan's editor, where it is not (or not yet) the plan that is shown; and why it is no plan. */
export interface Draft {
  readonly text: string;
  readonly why: string | undefined;
}
export const draft = signal<Draft | undefined>(undefined);

export const isDark = signal(matchMedia('(prefers-color-scheme: dark)').matches);
export const isForced = signal(matchMedia('(forced-colors: active)').matches);
export const isCalm = signal(matchMedia('(prefers-reduced-motion: reduce)').matches);
export const isNarrow = signal(matchMedia('(max-width: 759px)').matches);

for (const [list, media] of [
  [isDark, '(prefers-color-scheme: dark)'],
  [isForced, '(forced-colors: active)'],
  [isCalm, '(prefers-reduced-motion: reduce)'],
  [isNarrow, '(max-width: 759px)'],
] as const) {
  matchMedia(media).addEventListener('change', ({ matches }) => {
    list.value = matches;
  });
}

/** The run before the last edit: the other future. */
export const other = computed<Version | undefined>(() => past.value.at(-1));

/** The run in the picture. */
export const shown = computed<Version | undefined>(() =>
  comparison.value === 'before' ? (other.value ?? version.value) : version.value,
);

/** The place of the first event in which the two futures differ. */
export const parting = computed<number | undefined>(() => {
  const [one, before] = [version.value, other.value];
  return one === undefined || before === undefined ? undefined : partingOf(one.run.model, before.run.model);
});

/** When they part, in microseconds, and at which event of the later run. */
export const partingAt = computed<{ readonly at: number; readonly says: string } | undefined>(() => {
  const [place, run] = [parting.value, version.value?.run];
  const at = place === undefined ? undefined : run?.model.recording.events[place]?.at;
  if (place === undefined || run === undefined || at === undefined) return undefined;
  return { at, says: sentenceAt(run, place).says };
});

/** A fault that is being dragged along the lanes. */
export const faultDrag = signal<FaultDrag | undefined>(undefined);

/** Story time: shared by both futures while they are compared, or the same instant would be in two places. */
export const time = computed<TimeMap | undefined>(() => {
  const [one, before] = [version.value, other.value];
  if (one === undefined) return undefined;
  const isCompared = before !== undefined && partingAt.value !== undefined;
  return isCompared ? storyTime(one.run.model, before.run.model) : storyTime(one.run.model);
});

/** The event that the sentence is about. */
export const spoken = computed<number>(() => {
  const run = shown.value?.run;
  if (run === undefined) return 0;
  return isPlaying.value ? tellingUpTo(run.model, cursor.value.place) : cursor.value.place;
});

function messageNumber(run: Loaded, id: number): Message | undefined {
  return run.model.messages[id - 1];
}

export function sentenceAt(run: Loaded, place: number): Sentence {
  const event = run.model.recording.events[place];
  return event === undefined ? { says: '', detail: '' } : inWords(event, (id) => messageNumber(run, id));
}

/** The message that the sentence is about, if it is about one. */
export const message = computed<Message | undefined>(() => {
  const run = shown.value?.run;
  const event = run?.model.recording.events[spoken.value];
  return run !== undefined && event !== undefined && 'id' in event ? messageNumber(run, event.id) : undefined;
});

/** A line that is being dragged from a node, on the stage. */
export const drag = signal<
  | {
      readonly from: string;
      readonly to: { readonly x: number; readonly y: number };
      readonly isOneWay: boolean;
      readonly isHold: boolean;
    }
  | undefined
>(undefined);
