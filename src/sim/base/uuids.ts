import { drawAt, type Stream } from './random.ts';

/** A version 7 uuid (RFC 9562 §5.7) of time `wall` (Unix milliseconds), random bits from `stream` at `place`. */
export function uuidAt(wall: number, stream: Stream, place: number): string {
  const time = hex(wall, 12);
  const first = hex(drawAt(stream, place * 4, 0x1000), 3);
  const variant = hex(0x8000 + drawAt(stream, place * 4 + 1, 0x4000), 4);
  const node = hex(drawAt(stream, place * 4 + 2, 0x1_0000_0000_0000), 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${first}-${variant}-${node}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
