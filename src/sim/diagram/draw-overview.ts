import { element, pixels, titled } from '../../drawing/xml.ts';
import { messagesOf, tellingMessages } from './messages.ts';
import type { Scene } from './scene.ts';
import { showSeconds } from './show-time.ts';
import { isTelling } from './window.ts';

export const OVERVIEW_HEIGHT = 30;

/** Pixels of a bar. */
const BAR = 3;

/**
 * The whole run in one strip: how much happens when, the faults, the violation, and in a frame what is drawn below. By
 * the order of telling events: idle time takes no room.
 */
export function drawOverview({ recording, window }: Scene, x: number, y: number, width: number): string {
  const telling = new Set(tellingMessages(messagesOf(recording), recording).map(({ id }) => id));
  const rows = recording.events.filter((event) => isTelling(event, telling));
  const bars = Math.max(1, Math.floor(width / BAR));
  const ends = rows.at(-1)?.at ?? 0;
  const counts = Array.from({ length: bars }, () => 0);
  const barOf = (at: number): number => Math.min(bars - 1, Math.floor((at / Math.max(1, ends)) * bars));
  for (const { at } of rows) counts[barOf(at)] = (counts[barOf(at)] ?? 0) + 1;
  const most = Math.max(1, ...counts);
  const low = y + OVERVIEW_HEIGHT;
  const density = counts.flatMap((count, place) => {
    const tall = Math.round((OVERVIEW_HEIGHT - 10) * Math.sqrt(count / most));
    return count === 0 ? [] : [`M${pixels(x + place * BAR + 1)} ${pixels(low)}v-${Math.max(1, tall)}`];
  });
  const struck = recording.events.flatMap((event) => (event.type === 'fault' ? [event.at] : []));
  const marks = struck.map((at) => `M${pixels(x + barOf(at) * BAR + 1)} ${pixels(y)}v7`);
  const violation = recording.events.findLast(({ type }) => type === 'violated')?.at;
  const [from, to] = [barOf(window.from) * BAR, (barOf(window.to) + 1) * BAR];
  const title = `The whole run, to ${showSeconds(ends)}: ${rows.length} events, ${struck.length} faults; in the frame what is drawn below`;
  return titled(
    title,
    'g',
    {},
    element('rect', { class: 'break', x, y, width: bars * BAR, height: OVERVIEW_HEIGHT }),
    element('path', { class: 'density', d: density.join('') }),
    element('path', { class: 'struck', d: marks.join('') }),
    violation === undefined
      ? ''
      : element('path', {
          class: 'end',
          d: `M${pixels(x + barOf(violation) * BAR + 1)} ${pixels(y)}v${OVERVIEW_HEIGHT}`,
        }),
    element('rect', { class: 'frame', x: x + from, y: y - 1, width: to - from, height: OVERVIEW_HEIGHT + 2, rx: 2 }),
  );
}
