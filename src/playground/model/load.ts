import { coloursOf } from '../../sim/diagram/colours.ts';
import type { Loaded } from './loaded.ts';
import { flightsOf } from './in-window.ts';
import { logMarksOf } from './log-marks.ts';
import type { RunModel } from './run-model.ts';
import { tracksOf } from './tracks.ts';

/** The run with its indices: made once, when it comes from the worker. */
export function load(model: RunModel): Loaded {
  const { messages, telling, recording } = model;
  const logMarks = logMarksOf(recording);
  return {
    model,
    tracks: tracksOf(recording),
    flights: flightsOf(messages, recording.endedAt),
    telling: flightsOf(
      messages.filter(({ id }) => telling.has(id)),
      recording.endedAt,
    ),
    logMarks,
    logMarkTimes: logMarks.map(({ at }) => at),
    colours: coloursOf(recording),
  };
}
