import type { Fault } from '../../sim/plan/fault.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { RunModel } from './run-model.ts';
import type { Tracks } from './tracks.ts';

/** What a lesson looks at: the recording and what the reader changed in the plan, never which button was used. */
export interface Seen {
  readonly model: RunModel;
  readonly tracks: Tracks;
  readonly plan: Plan;
  /** The faults that the plan has, the lesson's first plan had not, and “Show me” did not make. */
  readonly edits: readonly Fault[];
  readonly bug: PlantedBug | undefined;
  /** Where the cursor is, and where it has been since this run is shown: places in the recording, oldest first. */
  readonly place: number;
  readonly path: readonly number[];
  /** The node whose state is open. */
  readonly inspected: string | undefined;
  /** Whether a machine found this plan, as opposed to the reader. */
  readonly isFound: boolean;
}

interface LessonStep {
  readonly text: string;
  isDone(seen: Seen): boolean;
}

/** An edit that “Show me” makes. */
interface Shown {
  /** Where to make it, in milliseconds. */
  readonly at: number;
  readonly faults: readonly Fault[];
}

export interface Lesson {
  readonly id: string;
  readonly title: string;
  /** At most three sentences. */
  readonly text: string;
  readonly steps: readonly LessonStep[];
  /** The scenario whose plan it starts with, and whether its faults stay. */
  readonly scenario: string;
  readonly keepsFaults?: boolean;
  /** Changes of that plan. */
  readonly plan?: Readonly<Record<string, unknown>>;
  readonly bug?: PlantedBug;
  /** The bug that it is about; planted by the reader. */
  readonly offers?: PlantedBug;
  /** Where the cursor begins, in milliseconds. */
  readonly at: number;
  /** Section of PROTOCOL to read on. */
  readonly section: string;
  show?(seen: Seen): Shown | undefined;
  /** Why what the reader did has not led to the step that is due; undefined where there is nothing to say. */
  why?(seen: Seen): string | undefined;
}

/** The steps that are done: those that were, and from the first that was not on as long as each is true now. */
export function ticksOf(lesson: Lesson, before: readonly number[], seen: Seen): readonly number[] {
  const ticks = [...before];
  for (const [place, step] of lesson.steps.entries()) {
    if (ticks.includes(place)) continue;
    if (!step.isDone(seen)) break;
    ticks.push(place);
  }
  return ticks;
}

type Of<Type extends Fault['type']> = Extract<Fault, { readonly type: Type }>;

export function editsOf<Type extends Fault['type']>({ edits }: Seen, type: Type): readonly Of<Type>[] {
  return edits.filter((fault): fault is Of<Type> => fault.type === type);
}

/** The place of the last event before a time in milliseconds. */
export function placeBefore({ model }: Seen, millis: number): number {
  const { events } = model.recording;
  let place = 0;
  while (place < events.length && (events[place]?.at ?? Infinity) < millis * 1_000) place += 1;
  return Math.max(0, place - 1);
}

/** The primary of a group just before that millisecond. */
export function primaryBefore(seen: Seen, group: string, millis: number): string | undefined {
  return seen.tracks.primaryAt(group, placeBefore(seen, millis));
}

/** The nodes that a fault's name of a node means, at that millisecond. */
export function nodeOf(seen: Seen, fault: { readonly at: number; readonly node: string }): string | undefined {
  const group = /^primary of (.+)$/.exec(fault.node)?.[1];
  return group === undefined ? fault.node : primaryBefore(seen, group, fault.at);
}

/** The places of notes of that kind. */
export function notes(seen: Seen, note: string, unit?: string): readonly number[] {
  return seen.model.recording.events.flatMap((event, place) =>
    event.type === 'note' && event.note === note && (unit === undefined || event.unit === unit) ? [place] : [],
  );
}

/** Whether the cursor is, or has been, at or behind a place. */
export function hasReached(seen: Seen, place: number): boolean {
  return seen.place >= place || seen.path.some((been) => been >= place);
}

/** Whether the cursor was behind `place` and then before it. */
export function hasGoneBack({ path, place }: Seen, limit: number): boolean {
  const ahead = path.findIndex((been) => been > limit);
  return ahead >= 0 && (place < limit || path.slice(ahead).some((been) => been < limit));
}

/** The time of the event at a place, in milliseconds. */
export function millisAt({ model }: Seen, place: number): number {
  return (model.recording.events[place]?.at ?? 0) / 1_000;
}
