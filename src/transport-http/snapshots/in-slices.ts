/** Time in which the event loop is held at a time, in milliseconds. */
const HELD_AT_MOST = 2;

/** Work of one peer that is carried out in slices, so that nothing else waits for it for long: at most one at a time. */
export interface InSlices {
  /**
   * Carries out `work`, and then calls `then` with what came of it: at once, where it is done soon. What is under way
   * still is carried out first, in one go.
   */
  carryOut<Result>(work: Generator<undefined, Result, undefined>, then: (result: Result) => void): void;
  /** Carries out in one go what is under way. */
  finish(): void;
  /** Drops what is under way. */
  stop(): void;
}

export function createInSlices(): InSlices {
  let scheduled: NodeJS.Immediate | undefined;
  let underWay: ((heldAtMost: number) => void) | undefined;

  return {
    carryOut(work, then) {
      finish();
      underWay = (heldAtMost) => {
        const until = performance.now() + heldAtMost;
        let next = work.next();
        while (next.done !== true && performance.now() < until) next = work.next();
        if (next.done !== true) {
          scheduled = setImmediate(goOn);
          return;
        }
        underWay = undefined;
        then(next.value);
      };
      goOn();
    },
    finish,
    stop() {
      clearImmediate(scheduled);
      underWay = undefined;
    },
  };

  function finish(): void {
    clearImmediate(scheduled);
    underWay?.(Infinity);
  }

  function goOn(): void {
    underWay?.(HELD_AT_MOST);
  }
}
