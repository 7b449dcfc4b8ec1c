import { inkOf } from '../draw/ink.ts';
import type { Scene } from '../draw/scene.ts';
import { drawAfterChangesOf } from './canvas.tsx';
import * as state from './state.ts';

let ink: Scene['ink'] | undefined;
let scheme = '';

/** The instant that both pictures show. */
export function sceneNow(): Scene | undefined {
  const [version, time] = [state.shown.value, state.time.value];
  const { place, at } = state.cursor.value;
  const now = `${state.isDark.value} ${state.isForced.value}`;
  if (ink === undefined || scheme !== now) {
    ink = inkOf(state.isDark.value, state.isForced.value);
    scheme = now;
  }
  if (version === undefined || time === undefined) return undefined;
  return {
    run: version.run,
    place,
    at,
    selected: state.selected.value,
    message: state.message.value,
    time,
    zoom: state.zoom.value,
    ink,
    isCalm: state.isCalm.value,
  };
}

drawAfterChangesOf(() => {
  sceneNow();
  return [state.comparison.value, state.partingAt.value, state.drag.value, state.faultDrag.value];
});
