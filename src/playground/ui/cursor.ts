import { batch } from '@preact/signals';
import { placeAt, stepFrom, type Stride, violationIn } from '../model/stepping.ts';
import { cursor, isCalm, isPlaying, path, shown, speed, time, version, zoom } from './state.ts';

/** Pixels of story time that a run plays in a second. */
const PACE = 90;
const PATH_KEPT = 400;

/** Puts the cursor on an event. */
export function goTo(place: number): void {
  const run = shown.value?.run;
  const event = run?.model.recording.events[place];
  if (event === undefined) return;
  batch(() => {
    cursor.value = { place, at: event.at };
    visit(place);
  });
}

/** Puts the cursor at a time, in microseconds: on the last event up to it. */
export function goToTime(at: number): void {
  const model = shown.value?.run.model;
  if (model === undefined) return;
  const bounded = Math.max(0, Math.min(model.recording.endedAt, at));
  const place = placeAt(model, bounded);
  batch(() => {
    cursor.value = { place, at: bounded };
    visit(place);
  });
}

function visit(place: number): void {
  if (path.value.at(-1) !== place) path.value = [...path.value.slice(-PATH_KEPT), place];
}

export function step(direction: 1 | -1, stride: Stride): void {
  isPlaying.value = false;
  const model = shown.value?.run.model;
  if (model !== undefined) goTo(stepFrom(model, cursor.value.place, direction, stride));
}

export function goToViolation(): void {
  const model = shown.value?.run.model;
  const place = model === undefined ? undefined : violationIn(model);
  isPlaying.value = false;
  if (place !== undefined) goTo(place);
}

let ticking: number | undefined;

export function togglePlay(): void {
  isPlaying.value = !isPlaying.value;
  if (isPlaying.value) tick(performance.now());
}

/** Advances story time; with reduced motion from one telling event to the next, every 700 ms. */
function tick(before: number): void {
  if (ticking !== undefined) cancelAnimationFrame(ticking);
  ticking = requestAnimationFrame((now) => {
    ticking = undefined;
    const [run, map] = [version.value?.run, time.value];
    if (!isPlaying.value || run === undefined || map === undefined) return;
    if (isCalm.value && now - before < CALM_STEP) return tick(before);
    const { at, place } = cursor.value;
    const model = shown.value?.run.model ?? run.model;
    const next = isCalm.value
      ? (model.recording.events[stepFrom(model, place, 1, { kind: 'telling' })]?.at ?? at)
      : map.atOf(
          map.yOf(at) + (PACE * speed.value * Math.min(100, now - before)) / 1_000 / Math.max(1, zoom.value / 2),
        );
    if (isCalm.value) goTo(stepFrom(model, place, 1, { kind: 'telling' }));
    else goToTime(Math.max(next, at + 1));
    if (cursor.value.at >= model.recording.endedAt || (isCalm.value && cursor.value.place === place))
      isPlaying.value = false;
    else tick(now);
  });
}

const CALM_STEP = 700;
