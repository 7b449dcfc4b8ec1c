import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../../src/cli/status/fetch-status.ts';
import { votelessIn } from '../../../src/cli/up/readiness.ts';

describe('The start of a cluster', () => {
  it('waits for the vote of a data server that was slow to start.', () => {
    expect(votelessIn(['g'], [says('s1', 'primary', '1.s1', false), says('s2', 'learner', '1.s1', false)])).toEqual([
      's2',
    ]);
    expect(votelessIn(['g'], [says('s1', 'primary', '1.s1', true), says('s2', 'secondary', '1.s1', true)])).toEqual([]);
  });

  it('waits for a voter that does not follow the new primary yet, since it would lose its vote in a moment.', () => {
    expect(votelessIn(['g'], [says('s1', 'primary', '2.s1', true), says('s2', 'secondary', '1.s2', true)])).toEqual([
      's2',
    ]);
    expect(votelessIn(['g'], [says('s1', 'primary', '2.s1', true), undefined])).toEqual(['s2']);
  });

  it('does not ask for votes in a group without a primary.', () => {
    expect(votelessIn(['g'], [says('s1', 'candidate', '2.s1', true), says('s2', 'secondary', '1.s2', true)])).toEqual(
      [],
    );
  });
});

/** The status of a server of two in the group `g`; `s2Votes`: whether the other one has a vote. */
function says(node: string, role: NodeStatus['groups'][string]['role'], epoch: string, s2Votes: boolean): NodeStatus {
  const members = [member('s1', true), member('s2', s2Votes)];
  return {
    node,
    kind: 'server',
    clusterId: 'c',
    historyId: 'h',
    pid: 1,
    incarnation: 1,
    uptimeMillis: 1,
    groups: { g: { role, voter: true, epoch, primary: 's1', last: 1, commit: 1, applied: 1, members } },
    frontEnd: null,
    links: {},
    directory: [],
  };
}

function member(node: string, voter: boolean): NodeStatus['groups'][string]['members'][number] {
  return { node, kind: 'data', voter, votes: voter ? 1 : 0, rank: 0, lag: null, silentFor: null };
}
