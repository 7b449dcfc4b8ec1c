const waiting: (() => void)[] = [];
let isRunning = false;

/**
 * Runs `task` once all input that has arrived is read, in the order of the calls. A task that another task adds runs
 * right behind it: a request that comes in is sent to a peer in the same turn of the event loop.
 */
export function atTurnEnd(task: () => void): void {
  if (waiting.push(task) === 1 && !isRunning) setImmediate(runAll);
}

function runAll(): void {
  isRunning = true;
  try {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
  } finally {
    isRunning = false;
    if (waiting.length > 0) setImmediate(runAll);
  }
}
