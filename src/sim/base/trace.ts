import { hashText } from '../../protocol/model/hash.ts';

/**
 * A trace of a run, in order. The digest covers every event and the text of every message: runs with equal digests did
 * the same. Readable lines are kept on request only.
 */
export interface Trace {
  digest: number;
  events: number;
  readonly lines: string[] | undefined;
}

export function createTrace(kept: boolean): Trace {
  return { digest: 0, events: 0, lines: kept ? [] : undefined };
}

/** Adds `text` to the digest. */
export function digestIn(trace: Trace, text: string): void {
  trace.digest = hashText(text, trace.digest);
}

/** Adds a readable line, if lines are kept; not part of the digest. */
export function tell(trace: Trace, now: number, who: string, what: () => string): void {
  trace.lines?.push(`${showTime(now)} ${who.padEnd(3)} ${what()}`);
}

/** The digest as it is printed: 14 hexadecimal digits. */
export function showDigest(digest: number): string {
  return digest.toString(16).padStart(14, '0');
}

/** Seconds with six places: `   3.141592`. */
export function showTime(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  return `${String(seconds).padStart(4)}.${String(micros % 1_000_000).padStart(6, '0')}`;
}
