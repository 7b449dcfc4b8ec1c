import type { RawData } from 'ws';

/** A frame's bytes as text. Text frames have been checked for UTF-8 by then. */
export function frameText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}
