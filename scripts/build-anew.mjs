import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { noteBuilt, stateOf } from '../bin/build-state.mjs';

/**
 * Puts what `compile` makes in the place of `dist`. It is given an empty folder, so nothing of a source that is gone is left, and
 * says whether it succeeded; where it did not, or throws, `dist` stays as it was. The state is from before: a source that is changed
 * while it compiles may be in there as it was, and what was built is then not fresh. A process that runs from `dist` keeps what it
 * has loaded, and what it loads later is of the new build; between the two renames, for a moment, there is no `dist`.
 */
export function buildAnew(checkout, compile) {
  const [built, next, old] = ['dist', `dist.next-${process.pid}`, `dist.old-${process.pid}`].map((name) =>
    join(checkout, name),
  );
  const state = stateOf(checkout);
  for (const left of [next, old]) rmSync(left, { recursive: true, force: true });
  mkdirSync(next);
  try {
    if (!compile(next)) return false;
    noteBuilt(next, state);
    if (existsSync(built)) renameSync(built, old);
    renameSync(next, built);
    return true;
  } finally {
    for (const left of [next, old]) rmSync(left, { recursive: true, force: true });
  }
}
