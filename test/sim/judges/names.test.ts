import { expect, test } from 'vitest';
import { judgeNamed } from '../../../src/sim/judges/judge.ts';

test.each([
  ['one-primary', 'election-safety'],
  ['complete-primary', 'leader-completeness'],
  ['agreement', 'committed-immutable'],
  ['same-machine', 'state-machine-safety'],
  ['gone-for-good', 'removed-stays-removed'],
])('A judge that is asked for as %s is %s', (earlier, name) => {
  expect(judgeNamed(earlier)).toBe(name);
});

test('Any other name is that of the judge, known or not', () => {
  expect(judgeNamed('election-safety')).toBe('election-safety');
  expect(judgeNamed('constructor')).toBe('constructor');
});
