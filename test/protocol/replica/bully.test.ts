import { describe, expect, test } from 'vitest';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import { notes, operations, says, sends } from '../../support/protocol/effects-of.ts';
import { Actor, end, last, makePrimary } from '../../support/protocol/one-replica.ts';
import { append, campaign, cast, epoch, heartbeat, NOOP, ok, written } from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const NOTHING = { epoch: NO_EPOCH, index: 0 };

const election = (round: number, at = NOTHING): Message => ({
  type: 'election',
  round,
  end: at,
  transfer: false,
});
const answer = (round: number, verdict: 'alive' | 'behind' | 'better' | 'ok', promised = NO_EPOCH): Message => ({
  type: 'answer',
  round,
  verdict,
  promised,
});

describe('§3.2: ELECTION, the question before a campaign', () => {
  test('It goes to all voters, names the end of the log, and promises nothing', () => {
    const b = new Actor('B', { configuration: cast({ A: 3, B: 2, C: 1 }, { W: 1 }) });
    const before = b.replica;
    b.wakesOnTime();
    expect(sends(b, 'election')).toEqual(['A', 'C', 'W'].map((to) => ({ to, message: election(1) })));
    expect(operations(b)).toEqual([]);
    expect(b.replica).toEqual({ ...before, election: b.replica.election });
  });

  test('Whoever hears the primary says ALIVE', () => {
    const b = new Actor('B', { configuration: THREE }).hears('A', heartbeat(epoch('1.A'), 1)).later(499);
    expect(says(b.hears('C', election(4)), 'C')).toEqual([answer(4, 'alive', epoch('1.A'))]);
    expect(says(b.later(1).hears('C', election(4)), 'C')[0]).toEqual(answer(4, 'better', epoch('1.A')));
  });

  test('A primary that a quorum answers says ALIVE; one that none answers does not', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE }), 'B');
    expect(says(a.hears('C', election(1, end(a))), 'C')).toEqual([answer(1, 'alive', epoch('1.A'))]);
    a.later(501).hears('C', election(2, end(a)));
    expect(sends(a, 'answer')).toEqual([{ to: 'C', message: answer(2, 'better', epoch('1.A')) }]);
  });

  test('Whoever has a newer log says BEHIND', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP))).later(500);
    expect(says(b.hears('C', election(1)), 'C')).toEqual([answer(1, 'behind', epoch('1.A'))]);
  });

  test('Whoever has the same log and a higher rank says BETTER and stands itself', () => {
    const a = new Actor('A', { configuration: THREE }).hears('B', election(1));
    expect(says(a, 'B')).toEqual([answer(1, 'better'), election(1)]);
    expect(a.replica.election.phase.type).toBe('asking');
  });

  test('Whoever stands already says BETTER and starts nothing new', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime().hears('B', election(1));
    expect(a.effects).toHaveLength(1);
    expect(says(a, 'B')).toEqual([answer(1, 'better')]);
  });

  test('Whoever has a lower rank, or an older log, says OK and changes nothing', () => {
    const c = new Actor('C', { configuration: THREE });
    const before = c.replica;
    expect(says(c.hears('B', election(1)), 'B')).toEqual([answer(1, 'ok')]);
    expect(c.replica).toEqual(before);
    const a = new Actor('A', { configuration: THREE });
    expect(says(a.hears('C', election(1, { epoch: epoch('1.B'), index: 1 })), 'C')).toEqual([answer(1, 'ok')]);
    expect(a.replica.election.phase.type).toBe('resting');
  });

  test('ALIVE ends the election; others may only not have noticed yet, so the next one is soon', () => {
    const b = new Actor('B', { configuration: THREE }).wakesOnTime().hears('A', answer(1, 'alive', epoch('6.C')));
    const { phase, standAt, counter } = b.replica.election;
    expect({ phase, standAt, counter }).toEqual({
      phase: { type: 'resting' },
      standAt: b.millis + 100 + 100,
      counter: 6,
    });
    expect(b.effects).toEqual([]);
  });

  test('BEHIND counts for nothing, and keeps nobody from standing with a quorum of others', () => {
    // C holds an entry that is nowhere else and cannot win itself, as a witness could not: A and B are a majority.
    const voters = cast({ A: 3, B: 2, C: 1 });
    const b = new Actor('B', { configuration: voters }).wakesOnTime();
    b.hears('C', answer(1, 'behind', epoch('6.C')));
    expect(b.replica.election).toMatchObject({ phase: { type: 'asking', answers: {} }, counter: 6 });
    expect(b.effects).toEqual([]);
    b.hears('A', ok(1));
    expect(b.replica.election.phase.type).toBe('campaigning');
  });

  test('Answers of a former round, or that nobody asked for, say nothing', () => {
    const b = new Actor('B', { configuration: THREE }).wakesOnTime();
    b.hears('A', ok(0)).hears('C', answer(2, 'alive'));
    expect(b.replica.election.phase).toMatchObject({ type: 'asking', answers: {} });
  });
});

describe('§3.3: when to campaign', () => {
  test('With OK of a quorum, itself counted', () => {
    const b = new Actor('B', { configuration: cast({ A: 5, B: 4, C: 3, D: 2, E: 1 }) }).wakesOnTime();
    b.hears('D', ok(1));
    expect(b.replica.election.phase.type).toBe('asking');
    b.hears('D', ok(1));
    expect(b.replica.election.phase.type).toBe('asking');
    b.hears('E', ok(1));
    expect(b.replica.election.phase.type).toBe('campaigning');
  });

  test('Without a quorum it rests when answerWithin is over, and asks again later', () => {
    const b = new Actor('B', { configuration: THREE }).wakesOnTime().later(299).wakes();
    expect(b.replica.election.phase.type).toBe('asking');
    b.later(1).wakes();
    expect(b.replica.election).toMatchObject({ phase: { type: 'resting' }, standAt: b.millis + 600 });
    b.wakesOnTime();
    expect(b.replica.election).toMatchObject({ round: 2, phase: { type: 'asking' } });
  });

  test('BETTER is given answerWithin to announce itself, then a penalty, and the election goes on without it', () => {
    const b = new Actor('B', { configuration: THREE }).wakesOnTime().hears('A', answer(1, 'better'));
    expect(b.replica.election.phase).toEqual({ type: 'waiting', better: 'A', until: b.millis + 300 });
    b.hears('C', ok(1));
    expect(b.replica.election.phase.type).toBe('waiting');
    b.wakesOnTime();
    expect(b.replica.election.penalties).toEqual({ A: { until: b.millis + 1_000, times: 1 } });
    b.hears('A', answer(2, 'better'));
    expect(notes(b)).toEqual([{ type: 'campaigns', epoch: epoch('1.B') }]);
  });

  test('The penalty doubles each time, and ends', () => {
    const b = new Actor('B', { configuration: THREE });
    b.wakesOnTime().hears('A', answer(1, 'better')).wakesOnTime().later(1_000).hears('A', answer(2, 'better'));
    expect(b.replica.election.phase.type).toBe('waiting');
    b.wakesOnTime();
    expect(b.replica.election.penalties).toEqual({ A: { until: b.millis + 2_000, times: 2 } });
  });

  test('An announcement ends the waiting', () => {
    const b = new Actor('B', { configuration: THREE }).wakesOnTime().hears('A', answer(1, 'better'));
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP)));
    expect(b.replica.election).toMatchObject({ phase: { type: 'resting' }, primary: 'A', penalties: {} });
  });

  test('A sole voter needs nobody’s leave', () => {
    const a = new Actor('A', { configuration: cast({ A: 1 }) }).wakesOnTime().syncs();
    expect(a.leading.epoch).toEqual(epoch('1.A'));
  });
});

describe('§3.1: suspicion', () => {
  test('A hint about the primary makes the highest rank ask at once, the next one rankDelay later', () => {
    const standing = ['B', 'C'].map((name) => {
      const actor = new Actor(name, { configuration: THREE }).hears('A', heartbeat(epoch('1.A'), 1));
      actor.takes({ type: 'suspected', nodeId: 'A' });
      return (actor.replica.election.standAt ?? 0) - actor.millis;
    });
    expect(standing).toEqual([0, 100]);
  });

  test('A hint about anybody else only marks it, and any message clears the mark', () => {
    const b = new Actor('B', { configuration: THREE }).hears('A', heartbeat(epoch('1.A'), 1));
    const { standAt } = b.replica.election;
    b.takes({ type: 'suspected', nodeId: 'C' });
    expect(b.replica.election).toMatchObject({ suspected: ['C'], standAt });
    b.hears('C', { type: 'locate' });
    expect(b.replica.election.suspected).toEqual([]);
  });

  test('Hints count for no vote: a candidate that all others are said to be dead to still needs a quorum', () => {
    const a = new Actor('A', { configuration: THREE });
    a.takes({ type: 'suspected', nodeId: 'B' }).takes({ type: 'suspected', nodeId: 'C' }).wakesOnTime();
    expect(a.replica.election.phase.type).toBe('asking');
    a.wakesOnTime();
    expect(a.replica).toMatchObject({ promised: NO_EPOCH, leading: undefined });
  });

  test('A primary silent for electAfter is suspected by whoever stands', () => {
    const b = new Actor('B', { configuration: THREE }).hears('A', heartbeat(epoch('1.A'), 1)).wakesOnTime();
    expect(notes(b)).toEqual([
      { type: 'suspects', nodeId: 'A' },
      { type: 'asks-election', round: 1 },
    ]);
  });
});

describe('§3.1: the highest rank that lives normally wins', () => {
  test('Each waits rankDelay for everybody above it', () => {
    expect(['A', 'B', 'C'].map((name) => waitOf(name))).toEqual([500, 600, 700]);
  });

  test('Nobody waits for the primary whose seat is vacant, nor for who is said to be dead', () => {
    expect(['B', 'C'].map((name) => waitOf(name, followed))).toEqual([500, 600]);
    expect(waitOf('C', bothDead)).toBe(0);
  });

  test('A dead primary is not waited for after a vote for its successor either', () => {
    const c = new Actor('C', { configuration: THREE }).hears('A', heartbeat(epoch('1.A'), 1));
    c.takes({ type: 'suspected', nodeId: 'A' }).hears('B', campaign(epoch('2.B')));
    expect((c.replica.election.standAt ?? 0) - c.millis).toBe(500 + 100);
  });

  test('Chance adds at most jitter, so that no two keep meeting', () => {
    const actor = new Actor('A', { configuration: THREE, settings: { jitter: 50 } });
    actor.chance = 0.999;
    actor.hears('B', heartbeat(epoch('1.B'), 1));
    expect((actor.replica.election.standAt ?? 0) - actor.millis).toBe(549);
  });
});

/** How long it takes until it stands. */
function waitOf(name: string, prepare: (actor: Actor) => Actor = (actor) => actor): number {
  const actor = prepare(new Actor(name, { configuration: THREE }));
  return (actor.replica.election.standAt ?? Infinity) - actor.millis;
}

function followed(actor: Actor): Actor {
  return actor.hears('A', heartbeat(epoch('1.A'), 1));
}

function bothDead(actor: Actor): Actor {
  return followed(actor).takes({ type: 'suspected', nodeId: 'B' }).takes({ type: 'suspected', nodeId: 'A' });
}
