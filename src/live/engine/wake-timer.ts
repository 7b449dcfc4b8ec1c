/** One timer that is set anew before every wait and mostly never rings: moving it back costs nothing. */
export interface WakeTimer {
  /** Rings at `at` (milliseconds of `performance.now()`), or a little later, and never before. Undefined: not at all. */
  set(at: number | undefined): void;
}

/** The longest timer Node knows; a later instant is waited for in steps. */
const TIMER_AT_MOST = 2_147_483_647;

/** `dueAt` is asked when the timer comes: it may have been moved back since, and then nothing rings. */
export function createWakeTimer(ring: () => void, dueAt: () => number | undefined): WakeTimer {
  let timer: NodeJS.Timeout | undefined;
  let setFor = Number.POSITIVE_INFINITY;

  return { set };

  function set(at: number | undefined): void {
    // A timer that comes too early finds that nothing is due; one that came too late would be a missed deadline.
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
