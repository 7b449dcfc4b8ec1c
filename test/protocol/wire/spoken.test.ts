import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  arrayOf,
  asOf,
  decode,
  orAbsent,
  record,
  since,
  tagged,
  text,
  whole,
} from '../../../src/protocol/wire/decode.ts';
import { commonVersion, SPOKEN } from '../../../src/protocol/wire/spoken.ts';

describe('Two builds', () => {
  it.each([
    [{ from: 3, to: 3 }, { from: 3, to: 3 }, 3],
    [{ from: 3, to: 5 }, { from: 2, to: 4 }, 4],
    [{ from: 3, to: 5 }, { from: 5, to: 9 }, 5],
    [{ from: 3, to: 5 }, { from: 6, to: 9 }, undefined],
    [{ from: 3, to: 9 }, { from: 4, to: 4 }, 4],
  ])('that speak %j and %j speak %s with each other, whichever asks', (a, b, version) => {
    expect([commonVersion(a, b), commonVersion(b, a)]).toEqual([version, version]);
  });
});

interface Item {
  readonly name: string;
  readonly size?: number | undefined;
}

type Said =
  | {
      readonly type: 'said';
      readonly items: readonly Item[];
      readonly one?: Item | undefined;
      readonly by?: string | undefined;
    }
  | { readonly type: 'old'; readonly at: number };

describe('A message', () => {
  const item = record<Item>({ name: text, size: since(5, whole) });
  const said = tagged<Said>({
    said: { items: arrayOf(item), one: orAbsent(item), by: since(4, text) },
    old: { at: whole },
  });
  const older = tagged<Said>({
    said: { items: arrayOf(record({ name: text })), one: orAbsent(record({ name: text })), by: orAbsent(text) },
    old: { at: whole },
  });
  const whole5: Said = {
    type: 'said',
    items: [{ name: 'a', size: 1 }, { name: 'b' }],
    one: { name: 'c', size: 2 },
    by: 's1',
  };

  it('is told without the fields that came later, at any depth, and with all others', () => {
    expect(asOf(5, said, whole5)).toEqual(whole5);
    const of4 = { type: 'said', items: [{ name: 'a' }, { name: 'b' }], one: { name: 'c' }, by: 's1' };
    expect(asOf(4, said, whole5)).toEqual(of4);
    expect(asOf(3, said, whole5)).toEqual({ type: 'said', items: of4.items, one: of4.one });
    expect(asOf(3, said, { type: 'old', at: 7 })).toEqual({ type: 'old', at: 7 });
  });

  it('as an older build reads it is what is told it, and nothing else', () => {
    expect(decode(older, whole5, '').type).toBe('rejected');
    expect(decode(older, asOf(4, said, whole5), '').type).toBe('decoded');
  });

  it('may hold fields that are undefined, which are not written', () => {
    const told = asOf(4, said, { type: 'said', items: [{ name: 'a', size: undefined }], by: undefined });
    expect(JSON.stringify(told)).toBe('{"type":"said","items":[{"name":"a"}]}');
  });

  it('keeps the order of its fields, which the texts of equal messages share', () => {
    expect(Object.keys(asOf(3, said, { type: 'said', by: 's1', one: undefined, items: [] }))).toEqual([
      'type',
      'one',
      'items',
    ]);
  });
});

it('No field of a message came with a version that this build does not speak', async () => {
  const source = await readFile(new URL('../../../src/protocol/wire/shapes.ts', import.meta.url), 'utf8');
  const versions = [...source.matchAll(/\bsince\((\d+)/g)].map(([, version]) => Number(version));
  for (const version of versions) {
    expect(version).toBeGreaterThan(SPOKEN.from);
    expect(version).toBeLessThanOrEqual(SPOKEN.to);
  }
  expect(SPOKEN.to > SPOKEN.from || versions.length === 0).toBe(true);
});
