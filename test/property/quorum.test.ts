import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Configuration, configurationOf, hasQuorum, type Member } from '../../src/protocol/model/configuration.ts';
import { inSyncMatch, majorityMatch } from '../../src/protocol/model/quorum.ts';

const NODES = ['A', 'B', 'C', 'D', 'E', 'F'];

const configuration: fc.Arbitrary<Configuration> = fc
  .tuple(fc.subarray(NODES, { minLength: 1 }), fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 6, maxLength: 6 }))
  .chain(([nodes, votes]) =>
    fc.subarray(nodes, { minLength: 1 }).map((data) =>
      configurationOf(
        nodes.map((nodeId, place): Member => ({
          nodeId,
          diskId: nodeId,
          kind: data.includes(nodeId) ? 'data' : 'witness',
          votes: votes[place] ?? 1,
          rank: place,
        })),
      ),
    ),
  );

const matches = fc.record(Object.fromEntries(NODES.map((node) => [node, fc.nat({ max: 9 })])));

/** Every subset of the voters that is a quorum. */
function quorumsOf(given: Configuration): readonly (readonly Member[])[] {
  return subsets(given.voters).filter((some) => hasQuorum(given, (member) => some.includes(member)));
}

/** Every subset of the voters. */
function subsets(voters: readonly Member[]): readonly (readonly Member[])[] {
  return voters.reduce<readonly (readonly Member[])[]>(
    (all, voter) => [...all, ...all.map((some) => [...some, voter])],
    [[]],
  );
}

function votesOf(members: readonly Member[]): number {
  return members.reduce((sum, { votes }) => sum + votes, 0);
}

describe('Quorums', () => {
  test('The majority match is the best that any subset with more than half of all votes has in common', () => {
    fc.assert(
      fc.property(configuration, matches, (given, match) => {
        const majorities = subsets(given.voters).filter((some) => votesOf(some) * 2 > votesOf(given.voters));
        const common = majorities.map((some) => Math.min(...some.map(({ nodeId }) => match[nodeId] ?? 0)));
        expect(majorityMatch(given, (nodeId) => match[nodeId] ?? 0)).toBe(Math.max(...common));
      }),
    );
  });

  test('A quorum is any subset with more than half of all votes, and any two have a voter in common', () => {
    fc.assert(
      fc.property(configuration, (given) => {
        const quorums = quorumsOf(given);
        expect(quorums).toEqual(subsets(given.voters).filter((some) => votesOf(some) * 2 > votesOf(given.voters)));
        for (const one of quorums)
          for (const two of quorums) expect(one.some((member) => two.includes(member))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('Quorums of a configuration and of the one after a change of a single vote have a voter in common', () => {
    fc.assert(
      fc.property(configuration, fc.nat(), (given, pick) => {
        const leaving = given.voters[pick % given.voters.length];
        fc.pre(leaving?.votes === 1 && given.voters.length > 1);
        const smaller = configurationOf(given.voters.filter((member) => member !== leaving));
        for (const one of quorumsOf(given)) {
          for (const two of quorumsOf(smaller)) expect(one.some((member) => two.includes(member))).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('The in-sync match is what every data voter of every configuration has', () => {
    fc.assert(
      fc.property(fc.array(configuration, { minLength: 1, maxLength: 2 }), matches, (given, match) => {
        const data = given.flatMap(({ voters }) => voters).filter(({ kind }) => kind === 'data');
        const lowest = Math.min(...data.map(({ nodeId }) => match[nodeId] ?? 0));
        expect(inSyncMatch(given, (nodeId) => match[nodeId] ?? 0)).toBe(lowest);
      }),
    );
  });
});
