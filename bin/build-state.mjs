// Whether what was built is what the sources say now. In a checkout only: a package has no sources.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Says of every source how long it is and when it was changed last. */
function stateOf(sources) {
  return readdirSync(sources, { recursive: true })
    .map((name) => [name, statSync(join(sources, name))])
    .filter(([, stat]) => stat.isFile())
    .map(([name, { size, mtimeMs }]) => `${name} ${size} ${mtimeMs}`)
    .sort()
    .join('\n');
}

const STATE = '.built-from';

/** Notes from what `built` was made. */
export function noteBuilt(sources, built) {
  writeFileSync(join(built, STATE), stateOf(sources));
}

/** Whether `built` was made from the sources as they are. Any change, back and forth too, says that it was not. */
export function isFresh(sources, built) {
  try {
    return readFileSync(join(built, STATE), 'utf8') === stateOf(sources);
  } catch {
    return false;
  }
}
