import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { noteBuilt, stateOf } from '../bin/build-state.mjs';

/**
 * Replaces `dist` by the output of `compile`, and returns whether it succeeded; on failure `dist` stays as it was.
 * `compile` gets an empty folder, so no output of a removed source is left. The build state is taken before: a source
 * that changes during the compilation may be built as it was, and the build is then not fresh. A process that runs from
 * `dist` keeps the modules it has loaded, and loads further ones of the new build; between the two renames, for a
 * moment, there is no `dist`.
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
