import { describe, expect, it } from 'vitest';
import { readText } from '../../src/playground/ui/plan-file.ts';
import { HOSTILE_PLANS } from '../support/playground/hostile-plans.ts';

describe('The text of a plan', () => {
  it.each(HOSTILE_PLANS)('is refused in words, and without an error, where it is %s', (_, text, says) => {
    const { value, problems } = readText(text);
    expect(value).toBeUndefined();
    expect(problems[0]?.message).toMatch(says);
    expect(problems[0]?.message).toMatch(/^[^\n]{1,120}$/);
  });

  it('may use an alias for a part that it has twice', () => {
    const { value, problems } = readText('faults: [&f { type: crash, at: 1, node: s1 }, *f]\n');
    expect(problems).toEqual([]);
    expect(value).toMatchObject({ faults: [{ node: 's1' }, { node: 's1' }] });
  });
});
