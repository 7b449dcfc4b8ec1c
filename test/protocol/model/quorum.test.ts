import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configurationOf, hasQuorum } from '../../../src/protocol/model/configuration.ts';
import { majorityMatch } from '../../../src/protocol/model/quorum.ts';

const voters = fc.array(fc.record({ votes: fc.integer({ min: 1, max: 3 }), match: fc.integer({ min: -9, max: 9 }) }), {
  minLength: 1,
  maxLength: 7,
});

describe('What a majority of votes has reached', () => {
  test('is the highest number that a quorum has, negative or not, and the place of a voter does not count', () => {
    fc.assert(
      fc.property(voters, (given) => {
        const configuration = configurationOf(
          given.map(({ votes }, place) => ({ nodeId: `s${place}`, diskId: '', kind: 'data', votes, rank: place })),
        );
        const matchOf = (nodeId: string): number => given[Number(nodeId.slice(1))]?.match ?? 0;
        const reached = given
          .map(({ match }) => match)
          .filter((least) => hasQuorum(configuration, ({ nodeId }) => matchOf(nodeId) >= least));
        expect(majorityMatch(configuration, matchOf)).toBe(Math.max(...reached));
      }),
    );
  });

  test('is 0 without voters', () => expect(majorityMatch(configurationOf([]), () => 5)).toBe(0));
});
