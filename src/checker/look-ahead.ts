import type { Problem } from './problem.ts';
import type { Transitions } from './transitions.ts';

/**
 * What the next read says of a configuration. `isPlaced` is about a returned operation of the configuration that has
 * been called, `isUsed` about the bit of an open one.
 */
export interface LookAhead {
  /** The first read to return that is not placed yet, or -1. */
  nextRead(level: number, isPlaced: (number: number) => boolean): number;
  /** A state that does as well as `state`, or -1 if no order gets beyond the return of `read`. */
  stateFor(
    read: number,
    level: number,
    state: number,
    isPlaced: (number: number) => boolean,
    isUsed: (bit: number) => boolean,
  ): number;
}

/**
 * Up to the return of the next read that is not placed yet, one of the reads called by then must become possible, and
 * only operations called by then can make it so. A model may know that they cannot, or that something of its state does
 * not matter to it (`Model.ahead`). Without this, all orders of writes are searched that no read has told apart yet.
 */
export function createLookAhead(problem: Problem, transitions: Transitions): LookAhead | undefined {
  const { ahead } = transitions;
  if (ahead === undefined) return undefined;
  const { returned, isRead, calledIn, stepOf, underWay, from, classes } = problem;

  return {
    nextRead(level, isPlaced) {
      let next = level;
      while (next < returned.length && (isRead[next] !== 1 || ((calledIn[next] ?? 0) <= level && isPlaced(next)))) {
        next += 1;
      }
      return next < returned.length ? next : -1;
    },
    stateFor(read, level, state, isPlaced, isUsed) {
      const reads: number[] = [];
      const others: number[] = [];
      const look = (number: number): void => {
        if ((calledIn[number] ?? 0) <= level && isPlaced(number)) return;
        (isRead[number] === 1 ? reads : others).push(stepOf[number] ?? 0);
      };
      // Those that return before the read does, and those that are under way then.
      for (let number = level; number < read; number += 1) look(number);
      for (let place = from[read] ?? 0; place < (from[read + 1] ?? 0); place += 1) look(underWay[place] ?? 0);
      for (const { step, first, end, levels } of classes) {
        for (let bit = first; bit < end && (levels[bit - first] ?? 0) <= read; bit += 1) {
          if (!isUsed(bit)) others.push(step);
        }
      }
      return ahead(state, others, reads);
    },
  };
}
