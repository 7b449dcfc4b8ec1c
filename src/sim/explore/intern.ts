import { fingerprint, keepFingerprints } from './fingerprint.ts';
import { sameValue } from './same-value.ts';

/**
 * Interns values: numbers them from 0 on, equal values the same. A hash only finds candidates; values are compared
 * before they count as equal, so different ones never share a number.
 */
export interface Intern<Value> {
  readonly size: number;
  numberOf(value: Value): number;
  /** The first value with the number. */
  at(number: number): Value;
}

/** `partsOf` gives the parts that equality rests on: plain JSON, List and Map that never change. */
export function createIntern<Value>(partsOf: (value: Value) => unknown): Intern<Value> {
  const values: Value[] = [];
  const parts: unknown[] = [];
  const buckets = new Map<number, number[]>();
  return {
    get size() {
      return values.length;
    },
    numberOf(value) {
      const part = partsOf(value);
      const hash = fingerprint(part);
      const bucket = buckets.get(hash);
      const known = bucket?.find((number) => sameValue(parts[number], part));
      if (known !== undefined) return known;
      keepFingerprints();
      const number = values.length;
      values.push(value);
      parts.push(part);
      if (bucket === undefined) buckets.set(hash, [number]);
      else bucket.push(number);
      return number;
    },
    at(number) {
      const value = values[number];
      if (value === undefined) throw new RangeError(`nothing has the number ${number}`);
      return value;
    },
  };
}
