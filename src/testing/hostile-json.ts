import * as fc from 'fast-check';
import type { Json } from '../protocol/model/json.ts';

/** Keys that break code that treats an object as a dictionary, and keys that packing gives a meaning. */
const HOSTILE_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  '$list',
  '$map',
  '$spilled',
  '$$list',
  '$',
  '',
  '0',
  'type',
];

/** An object key, sometimes a hostile one. */
export const hostileKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_KEYS) },
);

/** A short text of any characters, including lone surrogates. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
);

/** A finite number, and never -0, which JSON does not keep. */
export const finiteNumber: fc.Arbitrary<number> = fc
  .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => value + 0);

/** Any JSON, a few levels deep: hostile input in place of a command. */
export const hostileJson: fc.Arbitrary<Json> = jsonOf(3);

/** JSON of at most this depth. */
export function jsonOf(depth: number): fc.Arbitrary<Json> {
  const leaf = fc.oneof(fc.constant(null), fc.boolean(), finiteNumber, hostileText);
  if (depth === 0) return leaf;
  const inner = jsonOf(depth - 1);
  return fc.oneof(
    leaf,
    fc.array(inner, { maxLength: 3 }),
    fc.dictionary(hostileKey, inner, { maxKeys: 3, noNullPrototype: true }),
  );
}
