import { Map } from 'immutable';
import { expect, test } from 'vitest';
import { differenceOf } from '../../../src/sim/judges/difference.ts';

test.each<[string, unknown, unknown, string | undefined]>([
  ['equal states', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, undefined],
  ['a field', { seats: { A1: { token: 3 } } }, { seats: { A1: { token: 4 } } }, 'seats.A1.token is 3 and 4'],
  ['an element', { list: [1, 2] }, { list: [1, 3] }, 'list.1 is 2 and 3'],
  ['a field that one lacks', { a: 1 }, { a: 1, b: null }, 'b is missing and null'],
  ['states that are no objects', 1, 2, 'state is 1 and 2'],
  ['long values', { a: 'x'.repeat(100) }, { a: '' }, `a is "${'x'.repeat(59)}… and ""`],
])('names what is different: %s', (_, one, other, said) => {
  expect(differenceOf(one, other)).toBe(said);
});

test('looks into immutable collections', () => {
  expect(differenceOf({ events: Map({ one: 1 }) }, { events: Map({ one: 2 }) })).toContain('is 1 and 2');
});
