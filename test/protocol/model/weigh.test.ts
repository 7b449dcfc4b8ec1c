import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/protocol/model/json.ts';
import { weigh } from '../../../src/protocol/model/weigh.ts';

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('json')),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('json')),
  ),
}));

function bytesOf(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

describe('The weight of a value', () => {
  test('is the number of bytes of its text', () => {
    fc.assert(fc.property(json, (value) => weigh(value) === bytesOf(value)));
  });

  test.each(['\u001b"\\\n\u007f', 'ü€😀', '\ud83d', '\ude00\ud83d', '\u2028'])('counts every escape of %j', (text) => {
    expect(weigh(text)).toBe(bytesOf(text));
    expect(weigh({ [text]: text })).toBe(bytesOf({ [text]: text }));
  });

  test('of a value that is too heavy is told without looking at all of it', () => {
    let looked = 0;
    const rows = Array.from({ length: 1_000 }, () => ({
      get name() {
        looked += 1;
        return 'x'.repeat(100);
      },
    }));
    expect(weigh(rows, 1_000)).toBeGreaterThan(1_000);
    expect(looked).toBeLessThan(30);
  });
});
