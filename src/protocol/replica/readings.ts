import type { App } from '../model/app.ts';
import { measure } from '../model/apply.ts';
import { containedDecode } from '../model/contain.ts';
import type { Json } from '../model/json.ts';

/** A command as a version's code reads it. */
interface Reading {
  readonly command: Json;
  readonly digest: number;
  readonly size: number;
}

/**
 * How `code` reads a command. One that is known by `digest` may have been taken before an activation: it is the same
 * where the code of another version reads it so. Undefined where it is malformed.
 */
export function readingOf(newest: App, code: App, command: Json, digest: number | undefined): Reading | undefined {
  const reading = readBy(code, command);
  if (digest === undefined || reading?.digest === digest) return reading;
  for (let other: App | undefined = newest; other !== undefined; other = other.previous) {
    const known = readBy(other, command);
    if (known?.digest === digest) return known;
  }
  return reading;
}

function readBy(code: App, command: Json): Reading | undefined {
  const decoded = containedDecode(() => code.decode(command));
  return decoded.type === 'rejected' ? undefined : { command: decoded.value, ...measure(decoded.value) };
}
