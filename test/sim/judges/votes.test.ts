import { describe, expect, test } from 'vitest';
import { configurationOf, demote, type Member, promote } from '../../../src/protocol/model/configuration.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import { countedFirst } from '../../../src/sim/judges/counted-first.ts';
import { honestVote } from '../../../src/sim/judges/honest-vote.ts';
import type { Judge } from '../../../src/sim/judges/judge.ts';
import { oneChange } from '../../../src/sim/judges/one-change.ts';
import type { SeenReplica } from '../../../src/sim/judges/seen.ts';
import { witnessGate } from '../../../src/sim/judges/witness-gate.ts';
import {
  dataServers,
  diskWith,
  emptyLog,
  entriesOf,
  epoch,
  evidenceOf,
  extend,
  GROUP,
  NOOP,
  primary,
  replica,
  step,
  write,
} from '../../support/sim/bad-cluster.ts';

const ONE = epoch(1, 's1');
const TWO = epoch(2, 's2');
const EMPTY = emptyLog();

function says(judge: Judge, from: string, to: string, message: Message): string | undefined {
  return judge.sent?.({ from: { node: from, unit: GROUP }, to: { node: to, unit: GROUP }, message });
}

const voted = (of: typeof ONE, granted = true): Message => ({
  type: 'voted',
  epoch: of,
  granted,
  promised: of,
  diskId: 's2/1',
});
const campaign = (of: typeof ONE, index: number, in_ = index === 0 ? NO_EPOCH : ONE): Message => ({
  type: 'campaign',
  epoch: of,
  end: { epoch: in_, index },
  transfer: false,
});

describe('honest votes (Raft §5.2, §5.4.1)', () => {
  const log = extend(EMPTY, ONE, NOOP);

  test('A vote for a candidate whose log is older than the voter’s own is found.', () => {
    const judge = honestVote(evidenceOf({ s1: diskWith(log, TWO), s2: diskWith(EMPTY, TWO), s3: diskWith(log, TWO) }));
    expect(says(judge, 's2', 's1', campaign(TWO, 0))).toBeUndefined();
    expect(says(judge, 's1', 's2', voted(TWO, false))).toBeUndefined();
    expect(says(judge, 's3', 's2', voted(TWO))).toBe(
      's3 votes in sums for epoch 2.s2, whose log ends at none/0, and its own ends at 1.s1/1',
    );
  });

  test('A vote for a log that is as new passes, and one whose voter has promised more since.', () => {
    const judge = honestVote(
      evidenceOf({ s1: diskWith(log, epoch(3, 's3')), s2: diskWith(log, TWO), s3: diskWith(log) }),
    );
    expect(says(judge, 's2', 's1', campaign(TWO, 1))).toBeUndefined();
    expect(says(judge, 's3', 's2', voted(TWO))).toBeUndefined();
    expect(says(judge, 's1', 's2', voted(TWO))).toBeUndefined();
  });

  test('Granting an epoch twice, or an older one after a newer one, is found, over all lives.', () => {
    const judge = honestVote(evidenceOf({ s1: diskWith(EMPTY), s2: diskWith(EMPTY), s3: diskWith(EMPTY) }));
    says(judge, 's1', 's3', campaign(ONE, 0));
    says(judge, 's2', 's3', campaign(TWO, 0));
    expect(says(judge, 's3', 's2', voted(TWO))).toBeUndefined();
    expect(says(judge, 's3', 's2', voted(TWO))).toBe('s3 votes in sums for epoch 2.s2 after 2.s2');
    expect(says(judge, 's3', 's1', voted(ONE))).toBe('s3 votes in sums for epoch 1.s1 after 2.s2');
  });

  test('Voting for another after standing for a newer epoch is found, and so is standing for an older one.', () => {
    const judge = honestVote(evidenceOf({ s1: diskWith(EMPTY), s2: diskWith(EMPTY) }));
    says(judge, 's1', 's2', campaign(ONE, 0));
    says(judge, 's2', 's1', campaign(TWO, 0));
    expect(says(judge, 's2', 's1', voted(ONE))).toContain('after 2.s2');
    expect(says(judge, 's2', 's1', campaign(epoch(1, 's2'), 0))).toBe('s2 campaigns in sums for an older epoch');
  });

  test('A candidate that names a newer log than it has is found, and a vote that nobody asked for.', () => {
    const judge = honestVote(evidenceOf({ s1: diskWith(EMPTY), s2: diskWith(EMPTY) }));
    expect(says(judge, 's2', 's1', campaign(TWO, 7))).toBe(
      's2 campaigns in sums with a log to 1.s1/7, and its disk has one to none/0',
    );
    expect(says(judge, 's1', 's3', voted(epoch(9, 's3')))).toContain('for which no node campaigns');
    expect(says(judge, 's1', 's3', voted(epoch(10, 's2')))).toContain('and tells s3');
  });
});

describe('one change at a time (PROTOCOL §5.2)', () => {
  const five = dataServers('s1', 's2', 's3', 's4', 's5');
  const start = extend(emptyLog(five), ONE, NOOP);
  const before = primary(start, ONE, 1);
  const change = (configuration: typeof five, raftCommit = 1, log = start) =>
    oneChange().stepped?.(
      step(
        's1',
        primary(extend(log, ONE, { type: 'configuration', configuration }), ONE, raftCommit, 0),
        primary(log, ONE, raftCommit, 0),
      ),
    );

  test('Removing one and readmitting it passes.', () => {
    expect(change(demote(five, 's3'))).toBeUndefined();
    const removed = extend(start, ONE, { type: 'configuration', configuration: demote(five, 's3') });
    expect(change(promote(demote(five, 's3'), 's3'), 2, removed)).toBeUndefined();
  });

  test('Two votes at once are found, in one entry or in two.', () => {
    expect(change(demote(demote(five, 's3'), 's4'))).toBe(
      's1 appended configuration 2 of sums: it changes 2 votes at once',
    );
    const removed = extend(start, ONE, { type: 'configuration', configuration: demote(five, 's3') });
    expect(change(demote(demote(five, 's3'), 's4'), 1, removed)).toContain('configuration 2 before it is not safe');
  });

  test('A change before an entry of the own epoch is safe is found.', () => {
    const later = extend(start, TWO, NOOP, { type: 'configuration', configuration: demote(five, 's3') });
    const wrong = step('s2', primary(later, TWO, 1, 0), primary(extend(start, TWO, NOOP), TWO, 1, 0));
    expect(oneChange().stepped?.(wrong)).toBe('s2 appended configuration 3 of sums: no entry of its own epoch is safe');
  });

  test('A primary that removes itself, or drops a member, is found.', () => {
    expect(change(demote(five, 's1'))).toContain('takes its own vote away');
    expect(change(configurationOf(demote(five, 's3').voters))).toContain('it drops s3, which has a vote');
  });

  test('What a secondary takes over is its primary’s business.', () => {
    const taken = extend(start, ONE, { type: 'configuration', configuration: demote(demote(five, 's3'), 's4') });
    expect(oneChange().stepped?.(step('s2', replica(taken, 1), replica(start, 1)))).toBeUndefined();
    expect(oneChange().stepped?.(step('s1', primary(start, ONE, 1), before))).toBeUndefined();
  });
});

describe('nothing is visible that no primary has counted (PROTOCOL §4.4)', () => {
  const log = extend(EMPTY, ONE, NOOP, write('a'));

  test('A secondary that takes the end of its log for committed is found.', () => {
    const judge = countedFirst();
    expect(judge.stepped?.(step('s1', primary(log, ONE, 1), primary(log, ONE, 0)))).toBeUndefined();
    expect(judge.stepped?.(step('s2', replica(log, 1), replica(log, 0)))).toBeUndefined();
    expect(judge.stepped?.(step('s2', replica(log, 2), replica(log, 1)))).toBe(
      's2 made entry 2 of sums visible, and no primary got beyond 1',
    );
  });

  test('A primary that counts and steps down in one step passes, and one that follows another one’s word in it does not.', () => {
    const left = { ...replica(log, 1), promised: ONE };
    expect(countedFirst().stepped?.(step('s1', left, primary(log, ONE, 0)))).toBeUndefined();
    expect(countedFirst().stepped?.(step('s1', { ...left, promised: TWO }, primary(log, ONE, 0)))).toContain(
      'no primary got beyond 0',
    );
  });

  test('A primary that makes more visible than it counts as safe is found.', () => {
    expect(countedFirst().stepped?.(step('s1', primary(log, ONE, 1, 2), primary(log, ONE, 1)))).toContain(
      'and counts 1 as safe',
    );
  });
});

describe('the witness gate (PROTOCOL §4.5)', () => {
  const witness: Member = { nodeId: 'f1', diskId: 'f1/1', kind: 'witness', votes: 1, rank: 0 };
  const configuration = configurationOf([...dataServers('s1', 's2', 's3').voters, witness]);
  const empty = emptyLog(configuration);
  const log = extend(empty, ONE, NOOP);
  const disks = { s1: diskWith(log), s2: diskWith(log), s3: diskWith(empty), f1: diskWith(empty) };
  const append: Message = {
    type: 'append',
    epoch: ONE,
    previousIndex: 0,
    previousHash: 0,
    entries: entriesOf(log),
    commit: 0,
  };

  /** s1 leads, at millisecond 1,000 of its clock; suspicion takes 400. */
  function leading(heardAt: number, more: { suspected?: string[]; stalledSince?: number } = {}): SeenReplica {
    const { suspected = [], stalledSince } = more;
    const progress = {
      s2: { heardAt: 1_000, stalledSince: undefined, match: 0, matchedIn: 0 },
      s3: { heardAt, stalledSince, match: 0, matchedIn: 0 },
    };
    return { ...primary(log, ONE, 0), leading: { epoch: ONE, raftCommit: 0, progress }, election: { suspected } };
  }

  function sendTo(node: string, seen: SeenReplica): string | undefined {
    const judge = witnessGate(evidenceOf(disks, configuration));
    judge.stepped?.(step('s1', seen));
    return says(judge, 's1', node, append);
  }

  test('An entry that a data server lacks which is heard is found on its way to a witness.', () => {
    expect(sendTo('f1', leading(900))).toBe('s1 gives the witness f1 entry 1 of sums, which s3 lacks');
    expect(sendTo('s3', leading(900))).toBeUndefined();
  });

  test('One that is silent, suspected or stalled is passed over.', () => {
    expect(sendTo('f1', leading(500))).toBeUndefined();
    expect(sendTo('f1', leading(900, { suspected: ['s3'] }))).toBeUndefined();
    expect(sendTo('f1', leading(900, { stalledSince: -5_000 }))).toBeUndefined();
  });

  test('One that follows a newer primary by now may have dropped what it had: the older one cannot know.', () => {
    const judge = witnessGate(evidenceOf({ ...disks, s3: diskWith(empty, TWO) }, configuration));
    judge.stepped?.(step('s1', leading(900)));
    expect(says(judge, 's1', 'f1', append)).toBeUndefined();
  });

  test('The primary’s own disk counts whatever it hears.', () => {
    const judge = witnessGate(evidenceOf({ ...disks, s1: diskWith(empty), s3: diskWith(log) }, configuration));
    judge.stepped?.(step('s1', leading(900)));
    expect(says(judge, 's1', 'f1', append)).toContain('which s1 lacks');
  });
});
