import type { Outcome } from './app.ts';
import { type Json, NESTING_AT_MOST } from './json.ts';

/**
 * The bytes of `value` as JSON in UTF-8. It stops counting once there are more than `atMost`, and returns a number above
 * it: a value of any size costs no more than one of that size. Objects that are not plain count as their fields. Throws
 * where JSON cannot be written: of a bigint, of what is nested more than `room` deep, and so of a circle.
 */
export function weigh(value: Json, atMost = Number.POSITIVE_INFINITY, room = 2 * NESTING_AT_MOST): number {
  if (typeof value === 'string') return weighText(value);
  if (typeof value === 'number') return String(value).length;
  if (value === null || value === true) return 4;
  return value === false ? 5 : weighMembers(value, atMost, room);
}

/** The same of an outcome's value, or of the reason of a refusal. */
export function weighOutcome(outcome: Outcome, atMost?: number): number {
  return weigh(outcome.type === 'accepted' ? outcome.value : outcome.reason, atMost, NESTING_AT_MOST);
}

/** Brackets, members, and a comma or a colon behind each. */
function weighMembers(value: Exclude<Json, string | number | boolean | null>, atMost: number, room: number): number {
  if (typeof value !== 'object' && typeof value === 'bigint') throw new TypeError('a bigint cannot be written as JSON');
  if (room === 0) throw new RangeError('it is nested too deep to be written as JSON');
  let size = 2;
  if (isList(value)) {
    for (const item of value) {
      size += 1 + weigh(item, atMost - size, room - 1);
      if (size > atMost) return size;
    }
    return value.length === 0 ? size : size - 1;
  }
  let isFirst = true;
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    size += (isFirst ? 1 : 2) + weighText(key) + weigh(member, atMost - size, room - 1);
    isFirst = false;
    if (size > atMost) return size;
  }
  return size;
}

/** Characters that JSON writes in two: `"`, `\`, and control characters with a letter of their own. */
const SHORT_ESCAPES = new Set(['"', '\\', '\b', '\f', '\n', '\r', '\t'].map((character) => character.charCodeAt(0)));

function weighText(text: string): number {
  let size = text.length + 2;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x20 && unit < 0x80 && unit !== 0x22 && unit !== 0x5c) continue;
    if (unit < 0x80) size += SHORT_ESCAPES.has(unit) ? 1 : unit < 0x20 ? 5 : 0;
    else if (unit < 0x8_00) size += 1;
    else if (!isSurrogate(unit)) size += 2;
    else if (isPair(text, at)) {
      // Two units, four bytes.
      size += 2;
      at += 1;
    } else size += 5;
  }
  return size;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdf_ff;
}

function isPair(text: string, at: number): boolean {
  const [high, low] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  return high < 0xdc_00 && low >= 0xdc_00 && low <= 0xdf_ff;
}

/** `Array.isArray` that narrows a readonly array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
