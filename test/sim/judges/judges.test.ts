import { describe, expect, test } from 'vitest';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import { configurationOfLog, placeAt } from '../../../src/protocol/model/log.ts';
import type { Snapshot } from '../../../src/protocol/model/machine.ts';
import type { SimDisk } from '../../../src/sim/disk/disk.ts';
import { appInvariants } from '../../../src/sim/judges/app-invariants.ts';
import { appliedOnce } from '../../../src/sim/judges/applied-once.ts';
import { believedMatch } from '../../../src/sim/judges/believed-match.ts';
import { committedImmutable } from '../../../src/sim/judges/committed-immutable.ts';
import { durableCommit } from '../../../src/sim/judges/durable-commit.ts';
import { electedByQuorum } from '../../../src/sim/judges/elected-by-quorum.ts';
import { electionSafety } from '../../../src/sim/judges/election-safety.ts';
import { knownRequests } from '../../../src/sim/judges/known-requests.ts';
import { lamportOrder } from '../../../src/sim/judges/lamport-order.ts';
import { leaderCompleteness } from '../../../src/sim/judges/leader-completeness.ts';
import { monotonic } from '../../../src/sim/judges/monotonic.ts';
import { outvoted } from '../../../src/sim/judges/outvoted.ts';
import { promiseBeforeMessage } from '../../../src/sim/judges/promise-before-message.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { snapshots } from '../../../src/sim/judges/snapshots.ts';
import { stateMachineSafety } from '../../../src/sim/judges/state-machine-safety.ts';
import {
  dataServers,
  diskWith,
  emptyLog,
  entriesOf,
  epoch,
  evidenceOf,
  extend,
  GROUP,
  machineAt,
  NOOP,
  primary,
  replica,
  step,
  write,
} from '../../support/sim/bad-cluster.ts';

const ONE = epoch(1, 's1');
const TWO = epoch(2, 's2');
const EMPTY = emptyLog();

describe('one primary per epoch (Raft §5.2)', () => {
  test('An epoch won by two nodes is found.', () => {
    const judge = electionSafety();
    expect(judge.stepped?.(step('s1', primary(EMPTY, ONE, 0)))).toBeUndefined();
    expect(judge.stepped?.(step('s2', primary(EMPTY, ONE, 0)))).toBe(
      'epoch 1.s1 of sums was won by s1, life 1 and by s2, life 1',
    );
  });

  test('An epoch won by one node in two lives is found.', () => {
    const judge = electionSafety();
    expect(judge.stepped?.(step('s1', primary(EMPTY, ONE, 0)))).toBeUndefined();
    expect(judge.stepped?.(step('s1', { ...primary(EMPTY, ONE, 0), incarnation: 2 }))).toContain('life 2');
  });

  test('Two epochs may have two primaries at the same time.', () => {
    const judge = electionSafety();
    expect(judge.stepped?.(step('s1', primary(EMPTY, ONE, 0)))).toBeUndefined();
    expect(judge.stepped?.(step('s2', primary(EMPTY, TWO, 0)))).toBeUndefined();
  });
});

describe('elected by a quorum (Raft §5.2)', () => {
  test('A primary with the durable promise of one of three is found.', () => {
    const evidence = evidenceOf({ s1: diskWith(EMPTY, ONE), s2: diskWith(EMPTY), s3: diskWith(EMPTY) });
    expect(electedByQuorum(evidence).stepped?.(step('s1', primary(EMPTY, ONE, 0)))).toContain(
      'without the durable promises',
    );
  });

  test('Two of three are enough, and a newer promise counts.', () => {
    const evidence = evidenceOf({ s1: diskWith(EMPTY, ONE), s2: diskWith(EMPTY, TWO), s3: diskWith(EMPTY) });
    expect(electedByQuorum(evidence).stepped?.(step('s1', primary(EMPTY, ONE, 0)))).toBeUndefined();
  });

  test('A primary that is no voter of its own configuration is found.', () => {
    const without = emptyLog(dataServers('s2', 's3'));
    const evidence = evidenceOf({ s1: diskWith(EMPTY, ONE), s2: diskWith(EMPTY, ONE), s3: diskWith(EMPTY, ONE) });
    expect(electedByQuorum(evidence).stepped?.(step('s1', primary(without, ONE, 0)))).toContain('no data voter');
  });
});

describe('a new primary has every committed entry (Raft §5.4.3)', () => {
  const committed = extend(EMPTY, ONE, NOOP, write('a'));

  test('A primary without an entry of an older epoch that was committed is found.', () => {
    const evidence = evidenceOf({});
    expect(committedImmutable(evidence).stepped?.(step('s1', primary(committed, ONE, 2)))).toBeUndefined();
    const late = primary(extend(EMPTY, ONE, NOOP), TWO, 0, 0);
    expect(leaderCompleteness(evidence).stepped?.(step('s2', late))).toContain(
      'lacks entry 2, committed in epoch 1.s1',
    );
  });

  test('One that won an older epoch, and only learns of it late, may lack it.', () => {
    const evidence = evidenceOf({});
    expect(committedImmutable(evidence).stepped?.(step('s2', primary(committed, TWO, 2)))).toBeUndefined();
    expect(leaderCompleteness(evidence).stepped?.(step('s1', primary(EMPTY, ONE, 0)))).toBeUndefined();
  });
});

describe('agreement (Raft §5.4.3)', () => {
  test('Another entry at an index that was committed is found.', () => {
    const judge = committedImmutable(evidenceOf({}));
    expect(judge.stepped?.(step('s1', primary(extend(EMPTY, ONE, write('a')), ONE, 1)))).toBeUndefined();
    expect(judge.stepped?.(step('s2', replica(extend(EMPTY, ONE, write('b')), 1)))).toBe(
      's2 committed another entry 1 of sums than was committed before',
    );
  });

  test('The same entries, committed in other steps, are agreed.', () => {
    const judge = committedImmutable(evidenceOf({}));
    const log = extend(EMPTY, ONE, NOOP, write('a'), write('b'));
    expect(judge.stepped?.(step('s1', primary(log, ONE, 3)))).toBeUndefined();
    expect(judge.stepped?.(step('s2', replica(log, 1)))).toBeUndefined();
    expect(judge.stepped?.(step('s2', replica(log, 3), replica(log, 1)))).toBeUndefined();
  });
});

describe('what is counted is on disks (PROTOCOL §4.4)', () => {
  const log = extend(EMPTY, ONE, NOOP);

  test('Calling an entry safe that one disk of three has is found.', () => {
    const evidence = evidenceOf({ s1: diskWith(log), s2: diskWith(EMPTY), s3: diskWith(EMPTY) });
    const after = primary(log, ONE, 1, 0);
    expect(durableCommit(evidence).stepped?.(step('s1', after, primary(log, ONE, 0)))).toContain(
      'no quorum has it on disk',
    );
  });

  test('Making an entry visible that a data voter lacks is found, and under `majority` it is allowed.', () => {
    const disks = { s1: diskWith(log), s2: diskWith(log), s3: diskWith(EMPTY) };
    const made = step('s1', primary(log, ONE, 1), primary(log, ONE, 0));
    expect(durableCommit(evidenceOf(disks)).stepped?.(made)).toContain('the disk of s3 lacks it');
    const majority = evidenceOf(disks, undefined, { acknowledge: 'majority' });
    expect(durableCommit(majority).stepped?.(made)).toBeUndefined();
  });

  test('A server taken out of the configuration in the same step no longer counts.', () => {
    const smaller = extend(log, ONE, { type: 'configuration', configuration: dataServers('s1', 's2') });
    const evidence = evidenceOf({ s1: diskWith(log), s2: diskWith(log), s3: diskWith(EMPTY) });
    expect(
      durableCommit(evidence).stepped?.(step('s1', primary(smaller, ONE, 1), primary(log, ONE, 0))),
    ).toBeUndefined();
  });
});

describe('what is counted on is there (PROTOCOL §2.7)', () => {
  const log = extend(EMPTY, ONE, NOOP);

  test('Counting on an entry that the disk of a peer has lost is found, once its present life has acknowledged.', () => {
    const known = { heardAt: 0, stalledSince: undefined };
    const counting = (matchedIn: number): SeenReplica => {
      const progress = { s2: { ...known, match: 1, matchedIn } };
      return { ...primary(log, ONE, 0), leading: { epoch: ONE, raftCommit: 0, progress } };
    };
    const disks = { s1: diskWith(log), s2: diskWith(EMPTY) };
    const judge = believedMatch(evidenceOf(disks, dataServers('s1', 's2')));
    expect(judge.stepped?.(step('s1', counting(1), primary(log, ONE, 0)))).toContain('the disk of s2 lacks that entry');
    expect(judge.stepped?.(step('s1', counting(0), primary(log, ONE, 0)))).toBeUndefined();
    const whole = believedMatch(evidenceOf({ s1: diskWith(log), s2: diskWith(log) }, dataServers('s1', 's2')));
    expect(whole.stepped?.(step('s1', counting(1), primary(log, ONE, 0)))).toBeUndefined();
  });
});

describe('what is counted outvotes every log without it (Raft §5.4.2)', () => {
  // Figure 8: entry 2 of epoch 1 is on s1, s2 and s3, and s5 has an entry 2 of epoch 2. The primary of epoch 3 counts.
  const five = dataServers('s1', 's2', 's3', 's4', 's5');
  const start = extend(emptyLog(five), ONE, NOOP);
  const old = extend(start, ONE, write('old'));
  const rival = extend(start, epoch(2, 's5'), NOOP);
  const three = epoch(3, 's1');

  test('Counting an old entry that a majority has is found while a rival could still win.', () => {
    const disks = {
      s1: diskWith(old),
      s2: diskWith(old),
      s3: diskWith(old),
      s4: diskWith(start),
      s5: diskWith(rival),
    };
    const counted = step('s1', primary(old, three, 2), primary(old, three, 1));
    expect(outvoted(evidenceOf(disks, five)).stepped?.(counted)).toBe(
      's1 counts entry 2 of sums as committed, and s5, whose disk lacks it, could still be elected',
    );
  });

  test('Once a majority has an entry of the new epoch behind it, nobody without it can win.', () => {
    const safe = extend(old, three, NOOP);
    const disks = {
      s1: diskWith(safe),
      s2: diskWith(safe),
      s3: diskWith(safe),
      s4: diskWith(start),
      s5: diskWith(rival),
    };
    const counted = step('s1', primary(safe, three, 3), primary(safe, three, 1));
    expect(outvoted(evidenceOf(disks, five)).stepped?.(counted)).toBeUndefined();
  });
});

describe('equal entries make equal machines (Schneider 1990)', () => {
  const log = extend(EMPTY, ONE, write('a', 2), write('b', 3));

  test('A machine with another state at the same index is found, and says in what it differs.', () => {
    const evidence = evidenceOf({});
    committedImmutable(evidence).stepped?.(step('s1', primary(log, ONE, 2)));
    const wrong = { ...machineAt(log, 2), state: 6 };
    expect(stateMachineSafety(evidence).stepped?.(step('s2', replica(log, 2, { machine: wrong })))).toBe(
      's2 has applied sums up to 2, with 2, 3 and differs in state: state is 5 and 6. Does its apply go by a clock, by chance, or by what it keeps outside of the state?',
    );
    expect(stateMachineSafety(evidence).stepped?.(step('s2', replica(log, 2)))).toBeUndefined();
  });
});

describe('a uuid takes effect once (PROTOCOL §7.3)', () => {
  const log = extend(EMPTY, ONE, write('a', 2), NOOP, write('a', 2));

  test('A replica that has forgotten the first result and applies the second is found.', () => {
    const evidence = evidenceOf({});
    committedImmutable(evidence).stepped?.(step('s1', primary(log, ONE, 3)));
    const before = replica(log, 2);
    const forgetful = machineAt(log, 3);
    const result = forgetful.results.get('a');
    if (result === undefined) throw new Error('the write has a result');
    const again = { ...forgetful, state: 4, results: forgetful.results.set('a', { ...result, index: 3 }) };
    expect(appliedOnce(evidence).stepped?.(step('s2', replica(log, 3, { machine: again }), before))).toBe(
      's2 applied a of sums at 3 although it had been applied at 1',
    );
    expect(appliedOnce(evidence).stepped?.(step('s2', replica(log, 3), before))).toBeUndefined();
  });
});

describe('what never goes back (PROTOCOL §2.4)', () => {
  const log = extend(EMPTY, ONE, NOOP, write('a'));

  test('A commit index that falls within one life is found.', () => {
    const judge = monotonic(evidenceOf({}));
    expect(judge.stepped?.(step('s1', replica(log, 2)))).toBeUndefined();
    expect(judge.stepped?.(step('s1', replica(log, 1), replica(log, 2)))).toContain('fell from 2 to 1');
  });

  test('A machine that is behind what is visible to its replica, or ahead of it, is found.', () => {
    const judge = monotonic(evidenceOf({}));
    expect(judge.stepped?.(step('s1', replica(log, 2, { machine: machineAt(log, 1) })))).toBe(
      's1 has applied 1 of sums, and 2 entries are visible to it',
    );
  });

  test('A promise that was durable and is forgotten in the next life is found.', () => {
    const disks = { s1: diskWith(EMPTY, TWO) };
    const judge = monotonic(evidenceOf(disks));
    expect(judge.wrote?.('s1', GROUP)).toBeUndefined();
    expect(judge.stepped?.(step('s1', replica(EMPTY, 0, { promised: ONE })))).toBe(
      's1 promised 2.s2 of sums and now 1.s1',
    );
  });

  test('A life that is begun twice is found.', () => {
    const judge = monotonic(evidenceOf({}));
    expect(judge.stepped?.(step('s1', replica(EMPTY, 0)))).toBeUndefined();
    expect(judge.stepped?.(step('s1', replica(EMPTY, 0)))).toBe('s1 began life 1 a second time');
  });

  test('A disk that loses an entry which was committed there is found.', () => {
    const disks = { s1: diskWith(log) };
    const judge = monotonic(evidenceOf(disks));
    expect(judge.stepped?.(step('s1', replica(log, 2)))).toBeUndefined();
    expect(judge.wrote?.('s1', GROUP)).toBeUndefined();
    disks.s1.entries.pop();
    expect(judge.wrote?.('s1', GROUP)).toBe('the disk of s1 lost entry 2 of sums, which was committed');
  });
});

describe('a snapshot stands for what was committed (PROTOCOL §9)', () => {
  const log = extend(EMPTY, ONE, NOOP, write('a', 2), NOOP);
  const at = (index: number): Snapshot => {
    const base = placeAt(log, index);
    if (base === undefined) throw new Error('the log has it');
    return { base, configuration: configurationOfLog(EMPTY), machine: machineAt(log, index) };
  };
  const judged = (disk: Partial<SimDisk>): string | undefined => {
    const evidence = evidenceOf({ s1: { ...diskWith(log), ...disk } });
    committedImmutable(evidence).stepped?.(step('s1', primary(log, ONE, 2)));
    return snapshots(evidence).wrote?.('s1', GROUP);
  };

  test('One at a committed index, with what it makes, passes; so does the log behind it.', () => {
    expect(judged({ snapshot: at(2), entries: entriesOf(log).slice(2), base: 2 })).toBeUndefined();
    expect(judged({})).toBeUndefined();
  });

  test('One at an index that is not committed is found.', () => {
    expect(judged({ snapshot: at(3) })).toContain('with an entry that was not committed');
  });

  test('One with another machine or another configuration is found.', () => {
    expect(judged({ snapshot: { ...at(2), machine: { ...machineAt(log, 2), state: 3 } } })).toContain(
      'another machine',
    );
    expect(judged({ snapshot: { ...at(2), configuration: dataServers('s1', 's2') } })).toContain(
      'another configuration',
    );
  });

  test('A log that is cut further than its snapshot, or goes on behind another entry, is found.', () => {
    expect(judged({ snapshot: at(1), entries: entriesOf(log).slice(2), base: 2 })).toContain('is cut through 2');
    const other = entriesOf(extend(EMPTY, TWO, NOOP, write('b'), NOOP)).slice(2);
    expect(judged({ snapshot: at(2), entries: other, base: 2 })).toContain('goes on behind another entry 2');
  });
});

describe('no message leaves before its disk holds what it says (PROTOCOL §2.3)', () => {
  const log = extend(EMPTY, ONE, NOOP);
  const from = { node: 's2', unit: GROUP };
  const to = { node: 's1', unit: GROUP };

  test('Acknowledging an entry that is not durable is found.', () => {
    const judge = promiseBeforeMessage(evidenceOf({ s2: diskWith(log, ONE) }));
    const appended = { type: 'appended', epoch: ONE, match: 2, diskId: 's2/1', incarnation: 1 } as const;
    expect(judge.sent?.({ from, to, message: appended })).toContain('up to 2, and its disk has the log up to 1');
    expect(judge.sent?.({ from, to, message: { ...appended, match: 1 } })).toBeUndefined();
  });

  test('A vote without a durable promise is found, a refusal needs none.', () => {
    const judge = promiseBeforeMessage(evidenceOf({ s2: diskWith(log, NO_EPOCH) }));
    const voted = { type: 'voted', epoch: ONE, granted: true, promised: ONE, diskId: 's2/1' } as const;
    expect(judge.sent?.({ from, to, message: voted })).toBe(
      's2 votes in sums for epoch 1.s1, and its disk has promised none',
    );
    expect(judge.sent?.({ from, to, message: { ...voted, granted: false } })).toBeUndefined();
  });

  test('Standing without having promised oneself is found.', () => {
    const judge = promiseBeforeMessage(evidenceOf({ s2: diskWith(log, ONE) }));
    const campaign = { type: 'campaign', epoch: TWO, end: { epoch: ONE, index: 1 }, transfer: false } as const;
    expect(judge.sent?.({ from, to, message: campaign })).toContain('s2 campaigns in sums for epoch 2.s2');
  });
});

describe('the rest of the log', () => {
  test('A uuid that no request was given is found (PROTOCOL §7.1).', () => {
    const evidence = evidenceOf({});
    const log = extend(EMPTY, ONE, write('a'), write('b'));
    const after = primary(log, ONE, 2);
    committedImmutable(evidence).stepped?.(step('s1', after));
    expect(knownRequests(evidence, new Set(['a', 'b'])).stepped?.(step('s1', after))).toBeUndefined();
    expect(knownRequests(evidence, new Set(['a'])).stepped?.(step('s1', after))).toContain('has the uuid b');
  });

  test('A Lamport time that does not grow is found (Lamport 1978).', () => {
    const evidence = evidenceOf({});
    const log = extend(EMPTY, ONE, write('a'), write('b'));
    const stale = { ...log, entries: log.entries.update(1, (entry) => entry && { ...entry, lamport: 1 }) };
    const after = replica(log, 2, { log: stale });
    committedImmutable(evidence).stepped?.(step('s1', after));
    expect(lamportOrder(evidence).stepped?.(step('s1', after))).toBe('entry 2 of sums has no later Lamport time');
  });

  test('A settled call with no later Lamport time than the entry that carried it out is found (Lamport 1978).', () => {
    const evidence = evidenceOf({});
    const outcome = { type: 'accepted', value: null } as const;
    const early = { type: 'settle', group: GROUP, number: 1, outcome, index: 2 } as const;
    const after = replica(extend(EMPTY, ONE, early, write('b')), 2);
    committedImmutable(evidence).stepped?.(step('s1', after));
    expect(lamportOrder(evidence).stepped?.(step('s1', after))).toBe(
      'entry 1 of sums has no later Lamport time than entry 2 of sums, its cause',
    );
  });

  test('A state that breaks an invariant of its app is found.', () => {
    const log = extend(EMPTY, ONE, write('a', -1));
    expect(appInvariants(evidenceOf({})).stepped?.(step('s1', replica(log, 1)))).toBe(
      'sums at s1, never negative: it is -1',
    );
  });
});
