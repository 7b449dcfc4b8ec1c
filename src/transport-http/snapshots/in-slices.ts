/** Time in which the event loop is held at a time, in milliseconds. */
const HELD_AT_MOST = 2;

/** Pieces of work that wait behind the one under way. */
export const WAITING_AT_MOST = 3;

/** Work of one peer, carried out in slices, one piece after another, so that nothing else waits for it for long. */
export interface InSlices {
  /**
   * Carries out `work`, and then calls `then` with what came of it: at once, where it is done soon and nothing is under
   * way. Where `WAITING_AT_MOST` pieces wait already, what is under way is carried out first, in one go. Ignored once
   * stopped.
   */
  carryOut<Result>(work: Generator<undefined, Result, undefined>, then: (result: Result) => void): void;
  /** Carries out in one go what is under way, and what waits. */
  finish(): void;
  /** Drops what is under way, and what waits. Final. */
  stop(): void;
}

export function createInSlices(): InSlices {
  /** The first is under way. Each works until the given instant, and says whether it is done. */
  let pieces: ((until: number) => boolean)[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let isStopped = false;

  return {
    carryOut(work, then) {
      if (pieces.length > WAITING_AT_MOST) pieces[0]?.(Infinity);
      if (isStopped) return;
      pieces.push((until) => {
        let next = work.next();
        while (next.done !== true && performance.now() < until) next = work.next();
        if (next.done !== true) return false;
        pieces.shift();
        then(next.value);
        return true;
      });
      if (pieces.length === 1) goOn(HELD_AT_MOST);
    },
    finish: () => goOn(Infinity),
    stop() {
      isStopped = true;
      pieces = [];
      clearImmediate(scheduled);
    },
  };

  function goOn(heldAtMost: number): void {
    clearImmediate(scheduled);
    const until = performance.now() + heldAtMost;
    while (pieces[0]?.(until) === true);
    if (pieces.length > 0) scheduled = setImmediate(goOn, HELD_AT_MOST);
  }
}
