import { expect, it } from 'vitest';
import { showViolation } from '../../../src/cli/sim/output.ts';

const event = { number: 7, at: 2_000_000, what: 's1 votes' };

it('A failure is told in a plain sentence before the judge’s own words, unless these are those of the service', () => {
  const verdict = { judge: 'honest-vote', reason: 's1 voted for s2, whose log ends at 1.s1/39', event };
  expect(showViolation('seed 3', verdict).split('\n').slice(0, 3)).toEqual([
    'seed 3: the judge “honest-vote” says:',
    '  A server voted twice in one election, or for a server whose log lacks what its own has.',
    '  s1 voted for s2, whose log ends at 1.s1/39',
  ]);
  const own = showViolation('bank', { judge: 'app-invariants', reason: 'the sum of all accounts has changed', event });
  expect(own.split('\n')).toHaveLength(3);
});
