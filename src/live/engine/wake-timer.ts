/** One timer that is set anew before every wait and rarely fires; setting it later costs nothing. */
export interface WakeTimer {
  /** Fires at `at` (milliseconds of `performance.now()`) or a little later, never before. Undefined: not at all. */
  set(at: number | undefined): void;
}

/** The longest timer of Node.js; a later instant is reached in steps. */
const TIMER_AT_MOST = 2_147_483_647;

/** `dueAt` is called when the timer fires: the instant may be later by now, and then `ring` is not called. */
export function createWakeTimer(ring: () => void, dueAt: () => number | undefined): WakeTimer {
  let timer: NodeJS.Timeout | undefined;
  let setFor = Number.POSITIVE_INFINITY;

  return { set };

  function set(at: number | undefined): void {
    // A timer that fires early finds nothing due; one that fires late would miss a deadline.
    if (at === undefined || at >= setFor) return;
    clearTimeout(timer);
    setFor = at;
    timer = setTimeout(come, Math.min(Math.max(0, Math.ceil(at - performance.now())), TIMER_AT_MOST));
  }

  function come(): void {
    setFor = Number.POSITIVE_INFINITY;
    const due = dueAt();
    if (due === undefined) return;
    if (due <= performance.now()) ring();
    else set(due);
  }
}
