import { useState } from 'preact/hooks';
import { showSeconds } from '../../sim/diagram/show-time.ts';
import { lastUpTo } from '../model/tracks.ts';
import { goTo } from './cursor.ts';
import { cursor, sentenceAt, shown } from './state.ts';

const AROUND = 13;

/** The run as a table: the telling events around the cursor, each as the sentence says it. */
export function WordsView(): preact.JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const run = shown.value?.run;
  if (run === undefined) return <p />;
  const { steps, recording } = run.model;
  const now = lastUpTo(steps, cursor.value.place);
  const [from, to] = isWhole ? [0, steps.length] : [Math.max(0, now - AROUND), now + AROUND];
  return (
    <div class="words">
      <h2>In words</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">What happens</th>
          </tr>
        </thead>
        <tbody>
          {steps.slice(from, to).map((place, offset) => {
            const event = recording.events[place];
            const isNow = from + offset === now;
            return (
              <tr
                key={place}
                aria-current={isNow ? 'true' : undefined}
                class={event?.type === 'violated' ? 'alarm' : undefined}
              >
                <td>
                  <time>{showSeconds(event?.at ?? 0)}</time>
                </td>
                <td>
                  <button type="button" onClick={() => goTo(place)}>
                    {sentenceAt(run, place).says}
                  </button>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p>
        <button type="button" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Only around the cursor' : `All ${steps.length} lines`}
        </button>
      </p>
    </div>
  );
}
