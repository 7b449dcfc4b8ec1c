import { describe, expect, it } from 'vitest';
import { missingVotes, type MissingVotes, showMissingVotes } from '../../src/host/missing-votes.ts';
import { HostGroup } from '../support/host/host-group.ts';

// Three data servers with a vote each, and a front end with two.

function lackingAt(survivor: string, dead: readonly string[]): string | undefined {
  const group = new HostGroup();
  group.found();
  expect(group.run(5_000, () => group.primaryOf('events') !== undefined)).toBe(true);
  expect(missingVotes(group.host(survivor), 'events', group.millis)).toBeUndefined();
  for (const node of dead) group.hosts.delete(node);
  group.run(6_000);
  const lost = missingVotes(group.host(survivor), 'events', group.millis);
  return lost === undefined ? undefined : showMissingVotes(lost);
}

describe('A group without a primary', () => {
  it('says how many votes it needs and has, which nodes are missing, and which of them would do', () => {
    expect(lackingAt('s1', ['s2', 's3', 'f1'])).toBe(
      'needs 3 of 5 votes, has 1: f1, s2 and s3 are missing; start f1 with its own folder; if they never return: understudy force',
    );
    expect(lackingAt('s1', ['s3', 'f1'])).toBe(
      'needs 3 of 5 votes, has 2: f1 and s3 are missing; start f1 or s3 with its own folder; if they never return: understudy force',
    );
  });

  it('says so where witnesses alone are left', () => {
    expect(lackingAt('f1', ['s1', 's2', 's3'])).toBe(
      'needs 3 of 5 votes, has 2: s1, s2 and s3 are missing; start s1, s2 or s3 with its own folder; if they never return: understudy force',
    );
  });

  it('says nothing while the votes that are left elect one', () => {
    expect(lackingAt('s1', ['s2', 's3'])).toBeUndefined();
  });

  it('names all that are missing where no one of them would do alone', () => {
    const missing = ['s2', 's3', 's4'].map((node) => ({ node, votes: 1, kind: 'data' }) as const);
    const lost: MissingVotes = { needs: 5, total: 9, has: 3, missing, lacksData: true };
    expect(showMissingVotes(lost)).toBe(
      'needs 5 of 9 votes, has 3: s2, s3 and s4 are missing; start as many of them as have 2 votes together, a data server among them, with their own folders; if they never return: understudy force',
    );
  });
});
