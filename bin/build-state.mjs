// Compares a build with its sources. In a checkout only: a package has no sources.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STATE = '.built-from';

/** The length and time of change of every source of the checkout, and of every file with compiler options. */
export function stateOf(checkout) {
  const sources = readdirSync(join(checkout, 'src'), { recursive: true }).map((name) => join('src', name));
  // The page of the playground has the scenarios in it.
  const scenarios = readdirSync(join(checkout, 'scenarios')).map((name) => join('scenarios', name));
  const options = readdirSync(checkout).filter((name) => /^(package|tsconfig.*)\.json$/.test(name));
  return (
    [...sources, ...scenarios, ...options]
      .map((name) => [name, statSync(join(checkout, name), { throwIfNoEntry: false })])
      // A dangling link is no source: an editor locks a file by one.
      .filter(([, stat]) => stat?.isFile())
      .map(([name, { size, mtimeMs }]) => `${name} ${size} ${mtimeMs}`)
      .sort()
      .join('\n')
  );
}

/** Stores that `built` was made from `state`, which was read before any source was. */
export function noteBuilt(built, state) {
  writeFileSync(join(built, STATE), state);
}

/** Whether `built` was made from the checkout as it is. Any change makes it stale, even one that was undone. */
export function isFresh(checkout, built) {
  try {
    return readFileSync(join(built, STATE), 'utf8') === stateOf(checkout);
  } catch {
    return false;
  }
}
