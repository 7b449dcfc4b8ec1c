import { relative } from 'node:path';

/** A path to be typed here: relative to the working directory where that is shorter. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short !== '' && short.length < path.length ? short : path;
}
