import { describe, expect, test } from 'vitest';
import {
  admit,
  type Configuration,
  configurationOf,
  demote,
  drop,
  give,
  type Member,
  promote,
  take,
} from '../../../src/protocol/model/configuration.ts';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import type { SimDisk } from '../../../src/sim/disk/disk.ts';
import { electedByQuorum } from '../../../src/sim/judges/elected-by-quorum.ts';
import { newVoter } from '../../../src/sim/judges/new-voter.ts';
import { oneChange } from '../../../src/sim/judges/one-change.ts';
import { oneReply } from '../../../src/sim/judges/one-reply.ts';
import { removedStaysRemoved } from '../../../src/sim/judges/removed-stays-removed.ts';
import {
  dataServers,
  diskWith,
  emptyLog,
  epoch,
  evidenceOf,
  extend,
  GROUP,
  NOOP,
  primary,
  step,
  THREE,
  write,
} from '../../support/sim/bad-cluster.ts';

const ONE = epoch(1, 's1');

function server(nodeId: string, diskId = `${nodeId}/1`): Member {
  return { nodeId, diskId, kind: 'data', votes: 1, rank: 0 };
}

function witness(nodeId: string, votes = 1): Member {
  return { nodeId, diskId: `${nodeId}/1`, kind: 'witness', votes, rank: 0 };
}

function body(configuration: Configuration) {
  return { type: 'configuration', configuration } as const;
}

/** What is said of a primary of `from` that goes on to `to`. */
function change(from: Configuration, to: Configuration): string | undefined {
  const before = extend(emptyLog(from), ONE, NOOP);
  const after = extend(before, ONE, body(to));
  return oneChange().stepped?.(step('s1', primary(after, ONE, 1), primary(before, ONE, 1)));
}

describe('one change at a time (PROTOCOL §5.2, §5.5, §5.7, §5.9)', () => {
  const witnessed = configurationOf([...THREE.voters, witness('f1'), witness('f2')]);

  test('Whoever comes without a vote, or goes without one, is in order; so is one vote of a witness.', () => {
    const joined = admit(THREE, server('s4'));
    expect(change(THREE, joined)).toBeUndefined();
    expect(change(joined, drop(joined, 's4'))).toBeUndefined();
    expect(change(joined, promote(joined, 's4'))).toBeUndefined();
    expect(change(witnessed, give(witnessed, 'f1'))).toBeUndefined();
    expect(change(witnessed, take(witnessed, 'f2'))).toBeUndefined();
  });

  test('A stranger with a vote, a voter that is dropped, and two members at once are found.', () => {
    expect(change(THREE, configurationOf([...THREE.voters, server('s4')]))).toContain(
      's4 has a vote and was no member',
    );
    const without = THREE.voters.filter(({ nodeId }) => nodeId !== 's3');
    expect(change(THREE, configurationOf(without))).toContain('it drops s3, which has a vote');
    expect(change(THREE, admit(admit(THREE, server('s4')), server('s5')))).toContain('it changes 2 members at once');
  });

  test('Another disk under the name of a voter is found: it is two votes, one lost and one won.', () => {
    const others = THREE.voters.filter(({ nodeId }) => nodeId !== 's3');
    const replaced = configurationOf([...others, server('s3', 's3/2')]);
    expect(change(THREE, replaced)).toContain('it changes 2 votes at once');
  });

  test('Votes of witnesses beyond those that one server more would ask for are found.', () => {
    const three = give(witnessed, 'f1');
    expect(change(three, give(three, 'f2'))).toContain('witnesses have 4 votes, beside 3 data servers');
    // One too many that is left over from more servers may be taken, and need not be at once.
    const four = give(three, 'f2');
    expect(change(four, take(four, 'f2'))).toBeUndefined();
  });

  test('The last data server that loses its vote is found.', () => {
    const alone = configurationOf([server('s1'), witness('f1')]);
    expect(change(alone, demote(alone, 's1'))).toContain('no data server with a vote');
  });
});

describe('a server votes with everything (PROTOCOL §5.4)', () => {
  const joined = admit(dataServers('s1', 's2'), server('s3'));
  const before = extend(emptyLog(joined), ONE, NOOP, write('a'), write('b'));
  const after = extend(before, ONE, body(promote(joined, 's3')));

  function said(disk: SimDisk | undefined, settings = {}): string | undefined {
    const disks = { s1: diskWith(after), s2: diskWith(after), ...(disk === undefined ? {} : { s3: disk }) };
    const evidence = evidenceOf(disks, joined, settings);
    evidence.record.group(GROUP).learn(primary(after, ONE, 3, 2), 1, 2, 0);
    const judge = newVoter(evidence);
    // A primary that was elected just now knows of nothing that is visible.
    return judge.stepped?.(step('s1', primary(after, ONE, 3, 0), primary(before, ONE, 3, 0)));
  }

  test('One that has what is visible is in order, whatever else it lacks.', () => {
    expect(said(diskWith(extend(emptyLog(joined), ONE, NOOP, write('a'))))).toBeUndefined();
  });

  test('One whose disk lacks an acknowledged write is found, and one without a disk.', () => {
    const reason = 's1 gives s3 a vote in sums, and its disk lacks entry 2, which is visible';
    expect(said(diskWith(extend(emptyLog(joined), ONE, NOOP)))).toBe(reason);
    expect(said(undefined)).toBe(reason);
  });

  test('Where a majority is enough, nobody is promised that.', () => {
    expect(said(undefined, { acknowledge: 'majority' })).toBeUndefined();
  });
});

/** What is said of these configurations, committed one after the other. */
function saidOf(...configurations: readonly Configuration[]): string | undefined {
  const evidence = evidenceOf({});
  const log = extend(emptyLog(), ONE, ...configurations.map(body));
  evidence.record.group(GROUP).learn(primary(log, ONE, configurations.length), 1, configurations.length, 0);
  return removedStaysRemoved(evidence).stepped?.(step('s1', primary(log, ONE, configurations.length)));
}

describe('a disk that was dropped is gone for good (PROTOCOL §5.9)', () => {
  const removed = drop(demote(THREE, 's3'), 's3');

  test('One that votes again is found.', () => {
    expect(saidOf(THREE, demote(THREE, 's3'), removed, admit(removed, server('s3')), THREE)).toBe(
      'configuration 5 of sums gives disk s3/1 a vote, which was removed before',
    );
  });

  test('One that lost its vote and was kept may have it back; and a name may come back on another disk.', () => {
    expect(saidOf(THREE, demote(THREE, 's3'), THREE)).toBeUndefined();
    const joined = admit(removed, server('s3', 's3/2'));
    expect(saidOf(THREE, demote(THREE, 's3'), removed, joined, promote(joined, 's3'))).toBeUndefined();
  });

  test('Taken for a newcomer for a while, it has no vote and does no harm.', () => {
    expect(saidOf(THREE, demote(THREE, 's3'), removed, admit(removed, server('s3')))).toBeUndefined();
  });
});

test('Promises of another disk that bears the name of a voter elect nobody.', () => {
  const log = extend(emptyLog(), ONE, NOOP);
  const promised = diskWith(log, epoch(2, 's1'));
  const evidence = {
    ...evidenceOf({}),
    diskOf: (node: string, _: string, diskId?: string) =>
      // The disk that s2 voted on is gone; the one it has now has promised.
      node === 's1' || (node === 's2' && diskId === undefined) ? promised : undefined,
  };
  const judge = electedByQuorum(evidence);
  expect(judge.stepped?.(step('s1', primary(log, epoch(2, 's1'), 0)))).toContain(
    'without the durable promises of a quorum',
  );
});

describe('a request is answered once each time it arrives (PROTOCOL §3.9)', () => {
  const front = { node: 'f1', unit: 'front-end' };
  const replica = { node: 's1', unit: GROUP };
  const asked: Envelope = {
    from: front,
    to: replica,
    message: { type: 'requests', epoch: ONE, lamport: 0, items: [{ type: 'index', id: 'r1' }] },
  };
  const answered: Envelope = {
    from: replica,
    to: front,
    message: {
      type: 'replies',
      epoch: ONE,
      primary: 's1',
      historyId: 'h',
      items: [{ type: 'index', id: 'r1', index: 3 }],
    },
  };

  test('A second answer to one question is found, and one that nobody has asked for.', () => {
    const judge = oneReply();
    judge.received?.(asked);
    expect(judge.sent?.(answered)).toBeUndefined();
    expect(judge.sent?.(answered)).toBe('s1 answers request r1 of sums more often than f1 has asked it');
    expect(oneReply().sent?.(answered)).toContain('more often');
  });

  test('Who asks twice may be answered twice.', () => {
    const judge = oneReply();
    judge.received?.(asked);
    judge.received?.(asked);
    expect(judge.sent?.(answered)).toBeUndefined();
    expect(judge.sent?.(answered)).toBeUndefined();
  });
});
