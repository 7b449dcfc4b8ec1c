import type { Operation } from './operation.ts';
import type { Problem } from './problem.ts';
import type { Transitions } from './transitions.ts';

/** A placed operation, and the state after it as the model shows it. */
export interface Placed {
  readonly operation: Operation;
  readonly state: string;
}

/** The placings of a search (search.ts) as operations and states. */
export function placedIn(problem: Problem, transitions: Transitions, placings: readonly number[]): readonly Placed[] {
  const { returned, open, stepOf, classes } = problem;
  let state = 0;
  return placings.flatMap((placing) => {
    const bit = -1 - placing;
    const operation = placing < 0 ? open[bit] : returned[placing];
    const step = placing < 0 ? classes.find(({ end }) => bit < end)?.step : stepOf[placing];
    if (operation === undefined || step === undefined) return [];
    state = transitions.after(state, step);
    return [{ operation, state: transitions.show(state) }];
  });
}
