import { lastUpTo } from '../model/tracks.ts';
import { violationIn } from '../model/stepping.ts';
import { goTo, goToTime, goToViolation, step, togglePlay } from './cursor.ts';
import { Icon } from './icons.tsx';
import { cursor, isPlaying, shown, speed, time } from './state.ts';

export const SPEEDS = [0.25, 1, 4, 20, 100] as const;

/** Back and on, play, the violation, and the slider over the whole run. */
export function Transport(): preact.JSX.Element {
  const run = shown.value?.run;
  const map = time.value;
  const steps = run?.model.steps ?? [];
  const { at, place } = cursor.value;
  const violation = run === undefined ? undefined : violationIn(run.model);
  const now = map === undefined ? 0 : map.yOf(at);
  return (
    <div class="transport" role="group" aria-label="Time">
      <button type="button" title="To the beginning (Home)" aria-label="To the beginning" onClick={() => goTo(0)}>
        <Icon name="first" />
      </button>
      <button type="button" title="Step back (←)" aria-label="Step back" onClick={() => step(-1, { kind: 'telling' })}>
        <Icon name="back" />
      </button>
      <button
        type="button"
        class="main"
        title={isPlaying.value ? 'Stop (space)' : 'Play (space)'}
        aria-label="Play"
        aria-pressed={isPlaying.value}
        onClick={togglePlay}
      >
        <Icon name={isPlaying.value ? 'pause' : 'play'} />
      </button>
      <button type="button" title="Step on (→)" aria-label="Step on" onClick={() => step(1, { kind: 'telling' })}>
        <Icon name="next" />
      </button>
      <button
        type="button"
        class={violation === undefined ? 'warn' : 'warn alarm'}
        disabled={violation === undefined}
        title={violation === undefined ? 'Every rule held' : 'To the violation (v)'}
        aria-label="To the violation"
        onClick={goToViolation}
      >
        <Icon name="warn" />
      </button>
      <input
        type="range"
        min="0"
        max={map?.height ?? 1}
        step="any"
        value={now}
        aria-label="Time"
        aria-valuetext={`${(at / 1_000_000).toFixed(4)} seconds`}
        onInput={({ currentTarget }) => {
          isPlaying.value = false;
          if (map !== undefined) goToTime(map.atOf(Number(currentTarget.value)));
        }}
      />
      <span class="count">
        {lastUpTo(steps, place) + 1} / {steps.length}
      </span>
      <select
        class="speed"
        aria-label="Speed"
        value={String(speed.value)}
        onChange={({ currentTarget }) => (speed.value = Number(currentTarget.value))}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={String(each)}>
            {each === 0.25 ? '¼' : each}×
          </option>
        ))}
      </select>
    </div>
  );
}
