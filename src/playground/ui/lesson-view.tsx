import { effect } from '@preact/signals';
import { type Lesson, type Seen, ticksOf } from '../model/lesson.ts';
import { LESSONS, lessonCalled } from '../model/lessons/index.ts';
import { editsSince, withFault } from '../model/plan-edits.ts';
import { openLesson } from './open.ts';
import { currentPlan, editRun } from './runs.ts';
import { cursor, done, isPlaying, lessonId, path, selected, shown, startPlan, tab, version } from './state.ts';

/** What the lesson looks at: the run that is shown, and the reader's edits of it. */
function seenNow(): Seen | undefined {
  const [now, start] = [version.value, startPlan.value];
  if (now?.plan === undefined || start === undefined) return undefined;
  return {
    model: now.run.model,
    tracks: now.run.tracks,
    plan: now.plan,
    edits: editsSince(start, now.plan).filter((fault) => !now.shown.has(JSON.stringify(fault))),
    bug: now.bug,
    place: cursor.value.place,
    path: path.value,
    inspected: tab.value === 'inspect' ? selected.value : undefined,
    isFound: now.isFound,
  };
}

/** A step is ticked the moment it is true, the earlier ones first, and stays ticked. */
effect(() => {
  const lesson = lessonCalled(lessonId.value ?? '');
  const seen = seenNow();
  if (lesson === undefined || seen === undefined || shown.value !== version.value) return;
  const before = done.peek()[lesson.id] ?? [];
  const now = ticksOf(lesson, before, seen);
  if (now.length === before.length) return;
  done.value = { ...done.peek(), [lesson.id]: now };
  // What was waited for is to be seen.
  isPlaying.value = false;
});

/** The step of the lesson that is due; undefined where there is none. */
export function dueStep(): string | undefined {
  const lesson = lessonCalled(lessonId.value ?? '');
  const ticked = done.value[lesson?.id ?? ''] ?? [];
  return lesson?.steps.find((_, place) => !ticked.includes(place))?.text;
}

export function LessonView(): preact.JSX.Element {
  const lesson = lessonCalled(lessonId.value ?? '');
  if (lesson === undefined) return <Story />;
  const ticked = done.value[lesson.id] ?? [];
  const due = lesson.steps.findIndex((_, place) => !ticked.includes(place));
  const place = LESSONS.indexOf(lesson);
  const next = LESSONS[place + 1];
  return (
    <div class="lesson">
      <h2>{`${place + 1} · ${lesson.title}`}</h2>
      <p>{lesson.text}</p>
      <ol class="steps">
        {lesson.steps.map((step, number) => {
          const isDone = ticked.includes(number);
          return (
            <li
              key={step.text}
              class={isDone ? 'done' : number === due ? 'due' : 'later'}
              aria-current={number === due ? 'step' : undefined}
            >
              <span class="sign" aria-hidden="true">
                {isDone ? '✓' : '○'}
              </span>
              <span>
                {step.text}
                <span class="hidden">{isDone ? ' (done)' : ''}</span>
              </span>
            </li>
          );
        })}
      </ol>
      <Why lesson={lesson} />
      {due < 0 ? (
        <p class="next">
          <strong>Done.</strong> Read on in PROTOCOL {lesson.section}
          {next === undefined ? '.' : ', or go on: '}
          {next === undefined ? null : (
            <button type="button" class="main" onClick={() => void openLesson(next.id)}>
              {`${place + 2} · ${next.title}`}
            </button>
          )}
        </p>
      ) : (
        <p class="help">
          {lesson.show === undefined ? null : (
            <button type="button" disabled={wantedOf(lesson) === undefined} onClick={() => show(lesson)}>
              Show me
            </button>
          )}
          <button type="button" onClick={() => void openLesson(lesson.id)}>
            Begin again
          </button>
        </p>
      )}
    </div>
  );
}

/** Why the reader's edits have not led to the step that is due. */
function Why({ lesson }: { readonly lesson: Lesson }): preact.JSX.Element | null {
  const seen = seenNow();
  const why = seen === undefined || dueStep() === undefined ? undefined : lesson.why?.(seen);
  return why === undefined ? null : (
    <p class="box" role="status">
      {why}
    </p>
  );
}

/** The edit that “Show me” makes; undefined where the plan has it. */
function wantedOf(lesson: Lesson): ReturnType<NonNullable<Lesson['show']>> {
  const [seen, plan] = [seenNow(), currentPlan()];
  const wanted = seen === undefined ? undefined : lesson.show?.(seen);
  const has = new Set(plan?.faults.map((fault) => JSON.stringify(fault)));
  return wanted?.faults.every((fault) => has.has(JSON.stringify(fault))) === true ? undefined : wanted;
}

/** Makes the edit for the reader; it does not count as done. */
function show(lesson: Lesson): void {
  const [wanted, plan, now] = [wantedOf(lesson), currentPlan(), version.value];
  if (plan === undefined || now === undefined || wanted === undefined) return;
  const changed = wanted.faults.reduce(withFault, plan);
  const more = { shown: new Set([...now.shown, ...wanted.faults.map((fault) => JSON.stringify(fault))]) };
  void editRun(changed, 'So it is done; now you', more, wanted.at * 1_000 - 3_000);
}

/** Of records of live processes: what they are, and what they do not tell. */
function Records({ notes }: { readonly notes: readonly string[] }): preact.JSX.Element {
  return (
    <>
      <p>
        What live processes recorded, done again step by step. It cannot be changed. Messages to and from a node without
        a record take no time here.
      </p>
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </>
  );
}

/** Of a scenario: what it tells. */
function Story(): preact.JSX.Element {
  const now = version.value;
  return (
    <div class="lesson">
      <h2>{now?.title ?? ''}</h2>
      {now?.records === undefined ? (
        <p>{now?.plan?.story ?? 'A run of your own: change it, and share it by its link.'}</p>
      ) : (
        <Records notes={now.notes} />
      )}
      <p class="help">
        <button type="button" onClick={() => void openLesson('rank')}>
          To the lessons
        </button>
      </p>
    </div>
  );
}
