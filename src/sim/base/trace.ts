import { hashText } from '../../protocol/model/hash.ts';

/**
 * What happened, in order. The digest covers every event and the text of every message: two runs with the same digest
 * did the same. Lines for reading are kept only when asked for.
 */
export interface Trace {
  digest: number;
  events: number;
  readonly lines: string[] | undefined;
}

export function createTrace(kept: boolean): Trace {
  return { digest: 0, events: 0, lines: kept ? [] : undefined };
}

/** Takes `text` into the digest. */
export function digestIn(trace: Trace, text: string): void {
  trace.digest = hashText(text, trace.digest);
}

/** Adds a line for reading, made only if somebody will read it. */
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
