import { describe, expect, test } from 'vitest';
import type { Message, Reply, Request, Token, Unserved } from '../../../src/protocol/model/messages.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { wakeAt } from '../../../src/protocol/step.ts';
import { replies, says, sends } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  add,
  adding,
  append,
  cast,
  CLIENT,
  epoch,
  heartbeat,
  NOOP,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');

const asking = (id: string, query: string = 'total'): Request => ({
  type: 'read',
  id,
  query,
  mode: 'linearizable',
  token: undefined,
});

const following = (id: string, token?: Token): Request => ({
  type: 'read',
  id,
  query: 'total',
  mode: 'session',
  token,
});

const answer = (id: string, value: number, index: number, lamport = index): Reply => ({
  type: 'done',
  id,
  outcome: { type: 'accepted', value },
  index,
  lamport,
  rests: [],
});

const unserved = (id: string, reason: Unserved): Reply => ({ type: 'unserved', id, reason });

/** The questions for a read index that were asked with the last direction. */
function questionsIn(actor: Actor): readonly string[] {
  return sends(actor, 'requests').flatMap(({ message }) => message.items.map(({ id }) => id));
}

function questionIn(actor: Actor): string {
  return questionsIn(actor)[0] ?? '';
}

/** A, primary, with a total of 5 at index 2, visible everywhere. */
function primary(settings: Partial<Settings> = {}): Actor {
  const a = servingPrimary(new Actor('A', { configuration: THREE, settings }), 'B', 'C')
    .asked(adding('u', 5))
    .syncs();
  return acknowledged(a, 'B', 'C');
}

/** B, a secondary of A with the same entries, of which the first `commit` are visible. */
function secondary(commit: number): Actor {
  const b = new Actor('B', { configuration: THREE });
  return b.hears('A', append(FIRST, last(b), written(last(b), FIRST, NOOP, add('u', 5)), commit));
}

describe('§6.1: a linearizable read at the primary', () => {
  test('It needs a round of heartbeats sent after it arrived, and the answers of a quorum of votes', () => {
    const a = primary();
    const before = heard(a, 'B', 2);
    a.asked(asking('r'));
    expect(sends(a, 'heartbeat').map(({ to, message }) => [to, message.beat])).toEqual([
      ['B', 2],
      ['C', 2],
    ]);
    expect(replies(a.hears('B', before))).toEqual([]);
    expect(replies(a.hears('B', heard(a, 'B', 2)))).toEqual([answer('r', 5, 2)]);
  });

  test('It sees whatever was visible when it arrived, and also what became visible since', () => {
    const a = primary().asked(asking('r')).asked(adding('v', 2)).syncs();
    acknowledged(a, 'B', 'C').hears('B', heard(a, 'B', 3));
    expect(replies(a)).toEqual([answer('r', 7, 3)]);
  });

  test('Reads that come together share a round; one that comes meanwhile waits for the next', () => {
    const a = primary().asked(asking('r1'), asking('r2'));
    expect(sends(a, 'heartbeat')).toHaveLength(2);
    const first = heard(a, 'B', 2);
    a.asked(asking('r3'), asking('r4'));
    expect(sends(a, 'heartbeat')).toEqual([]);
    a.hears('B', first);
    expect(replies(a)).toEqual([answer('r1', 5, 2), answer('r2', 5, 2)]);
    expect(sends(a, 'heartbeat').map(({ message }) => message.beat)).toEqual([3, 3]);
    expect(replies(a.hears('C', first))).toEqual([]);
    expect(replies(a.hears('C', heard(a, 'C', 2)))).toEqual([answer('r3', 5, 2), answer('r4', 5, 2)]);
  });

  test('Reads that keep coming do not put off what waits for time: what was lost is sent again', () => {
    const a = primary().asked(adding('v')).syncs();
    const until = a.millis + 1_000;
    const sentAgain: unknown[] = [];
    for (let number = 0; a.millis < until; number += 1) {
      const due = wakeAt(a.hosted, a.replica) ?? Infinity;
      if (due <= a.millis) a.wakes();
      sentAgain.push(...sends(a, 'append').filter(({ to }) => to === 'C'));
      a.asked(asking(`r${number}`))
        .hears('B', heard(a, 'B', 2))
        .hears('C', heard(a, 'C', 2))
        .later(20);
    }
    expect(sentAgain.length).toBeGreaterThanOrEqual(2);
  });

  test('An answer to a later heartbeat counts too', () => {
    const a = primary().asked(asking('r')).wakesOnTime();
    expect(replies(a.hears('C', heard(a, 'C', 2)))).toEqual([answer('r', 5, 2)]);
  });

  test('Before the no-op of its epoch is visible, a new primary answers none: more may be committed than it knows', () => {
    const b = makePrimary(secondary(1).later(500), 'C').syncs().asked(asking('r'));
    expect(replies(b.hears('C', heard(b, 'C')))).toEqual([]);
    expect(b.replica.reads).toMatchObject([{ needs: { index: 3 } }]);
    expect(replies(acknowledged(b, 'A', 'C'))).toEqual([answer('r', 5, 3)]);
  });

  test('A sole voter answers at once', () => {
    const a = servingPrimary(new Actor('A', { configuration: cast({ A: 1 }) })).asked(asking('r'));
    expect(replies(a)).toEqual([answer('r', 0, 1)]);
  });

  test('A deposed primary answers none', () => {
    const a = primary()
      .asked(asking('r'))
      .hears('B', heartbeat(epoch('2.B'), 1));
    expect(replies(a)).toEqual([unserved('r', 'not-primary')]);
    expect(
      replies(a.hears('C', { type: 'heard', epoch: FIRST, beat: 2, agreed: 2, diskId: 'disk-of-C', incarnation: 1 })),
    ).toEqual([]);
  });

  test('One that nobody answers is given up with the office', () => {
    const a = primary().asked(asking('r')).later(1_001).wakes();
    expect(replies(a)).toEqual([unserved('r', 'not-primary')]);
  });

  test('A query that means nothing is malformed, and beyond readsAtMost a read is refused as busy', () => {
    const a = primary({ readsAtMost: 1 }).asked(asking('r', 'nonsense'), asking('s'), asking('t'));
    expect(replies(a)).toEqual([unserved('r', 'malformed'), unserved('t', 'busy')]);
  });
});

describe('§6.2: a linearizable read at a secondary', () => {
  test('It asks the primary for the index, once for a batch, and waits until that is applied', () => {
    const b = secondary(1).asked(asking('r'), asking('s'));
    const [question, ...others] = sends(b, 'requests');
    expect(others).toEqual([]);
    expect(question).toMatchObject({ to: 'A', message: { epoch: FIRST, items: [{ type: 'index' }] } });
    const id = question?.message.items[0]?.id ?? '';
    expect(replies(b.hears('A', indexReply(id, 2)))).toEqual([]);
    b.hears('A', heartbeat(FIRST, 2, 2));
    expect(replies(b)).toEqual([answer('r', 5, 2), answer('s', 5, 2)]);
  });

  test('A later read asks anew: the former answer would be too old for it', () => {
    const b = secondary(2).asked(asking('r'));
    const first = questionIn(b);
    expect(questionsIn(b.asked(asking('s')))).toEqual([]);
    b.hears('A', indexReply(first, 2));
    expect(replies(b)).toEqual([answer('r', 5, 2)]);
    const second = questionIn(b);
    expect(second).not.toBe(first);
    expect(replies(b.hears('A', indexReply(second, 2)))).toEqual([answer('s', 5, 2)]);
  });

  test.each([
    ['linearizable reads', asking],
    [
      'session reads with a token from the future',
      (id: string) => following(id, { historyId: 'history', index: 2 ** 50 }),
    ],
  ])('However many %s come while a question is under way, the next one is for all of them', (_, reading) => {
    const b = secondary(2).asked(reading('first'));
    const first = questionIn(b);
    const asked = Array.from({ length: 1_000 }, (_each, number) => questionsIn(b.asked(reading(`r${number}`))));
    expect(asked.flat()).toEqual([]);
    expect(replies(b.hears('A', indexReply(first, 2)))).toHaveLength(1);
    expect(questionsIn(b)).toHaveLength(1);
    expect(replies(b.hears('A', indexReply(questionIn(b), 2)))).toHaveLength(1_000);
    expect(questionsIn(b)).toEqual([]);
    expect(b.replica.reads).toEqual([]);
  });

  test('A question that is lost holds up the next one for a heartbeat', () => {
    const b = secondary(2).asked(asking('r'));
    const { heartbeatEvery } = b.hosted.settings;
    b.later(1).asked(asking('s'));
    expect(wakeAt(b.hosted, b.replica)).toBe(b.millis - 1 + heartbeatEvery);
    expect(questionsIn(b.later(heartbeatEvery - 2).wakes())).toEqual([]);
    expect(questionsIn(b.later(1).wakes())).toHaveLength(1);
  });

  test('Beyond the bound on reads, one that would wait is busy', () => {
    const b = new Actor('B', { configuration: THREE, settings: { readsAtMost: 2 } }).hears('A', heartbeat(FIRST, 1));
    expect(replies(b.asked(asking('r'), asking('s'), asking('t')))).toEqual([unserved('t', 'busy')]);
  });

  test('After a restart no question has an old one’s name', () => {
    const names = [1, 2].map((incarnation) => {
      const b = new Actor('B', { configuration: THREE, stored: { incarnation } }).hears('A', heartbeat(FIRST, 1));
      return sends(b.asked(asking('r')), 'requests')[0]?.message.items[0]?.id;
    });
    expect(new Set(names).size).toBe(2);
  });

  test('The primary answers the question by a round, like a read of its own', () => {
    const peer = { node: 'B', unit: 'counter' };
    const a = primary().askedBy(peer, { type: 'index', id: 'q' });
    expect(replies(a, peer)).toEqual([]);
    expect(replies(a.hears('C', heard(a, 'C', 2)), peer)).toEqual([{ type: 'index', id: 'q', index: 2 }]);
  });

  test('When it turns out not to be primary, the reads go back to whoever sent them', () => {
    const b = secondary(2).asked(asking('r'));
    const id = sends(b, 'requests')[0]?.message.items[0]?.id ?? '';
    const refusal: Reply = { type: 'unserved', id, reason: 'not-primary' };
    b.hears('A', { type: 'replies', epoch: FIRST, primary: undefined, historyId: 'history', items: [refusal] });
    expect(replies(b)).toEqual([unserved('r', 'not-primary')]);
    expect(b.replica.reads).toEqual([]);
  });

  test('A question without an answer is given up after readWithin', () => {
    const b = secondary(2).asked(asking('r')).later(1_999);
    b.hears('A', heartbeat(FIRST, 2, 2));
    expect(replies(b)).toEqual([]);
    b.later(1).hears('A', heartbeat(FIRST, 3, 2));
    expect(replies(b)).toEqual([unserved('r', 'behind')]);
  });

  test('Without a primary there is nobody to ask', () => {
    expect(replies(new Actor('B', { configuration: THREE }).asked(asking('r')))).toEqual([
      unserved('r', 'not-primary'),
    ]);
  });

  test('A secondary that is asked for the index itself says that it is not primary', () => {
    expect(replies(secondary(2).asked({ type: 'index', id: 'q' }))).toEqual([unserved('q', 'not-primary')]);
  });
});

describe('§6.3: a session read', () => {
  test('Any data server answers it once it has applied what the token names, without asking anybody', () => {
    const b = secondary(1).asked(following('r', { historyId: 'history', index: 2 }), following('s'));
    expect(replies(b)).toEqual([answer('s', 0, 1)]);
    expect(says(b, 'A')).toEqual([]);
    b.hears('A', heartbeat(FIRST, 2, 2));
    expect(replies(b)).toEqual([answer('r', 5, 2)]);
  });

  test('It waits for readWithin at most, wakes for it, and says that it is behind', () => {
    const b = secondary(1).asked(following('r', { historyId: 'history', index: 3 }));
    const { millis } = b;
    while (replies(b).length === 0) b.wakesOnTime();
    expect(b.millis - millis).toBe(2_000);
    expect(replies(b)).toEqual([unserved('r', 'behind')]);
  });

  test('An index beyond the own log is asked about: the read waits for it, or is refused where it was never given out', () => {
    const b = secondary(1).asked(following('r', { historyId: 'history', index: 9 }), following('s'));
    expect(replies(b)).toEqual([answer('s', 0, 1)]);
    const [question] = sends(b, 'requests');
    expect(question).toMatchObject({ to: 'A', message: { items: [{ type: 'index' }] } });
    const id = question?.message.items[0]?.id ?? '';
    const said = { type: 'replies', epoch: FIRST, primary: 'A', historyId: 'history' } as const;
    b.hears('A', { ...said, items: [{ type: 'index', id, index: 8 }] });
    expect(replies(b)).toEqual([unserved('r', 'ahead')]);
  });

  test('A token of another history means nothing here, and is refused for good', () => {
    expect(replies(secondary(2).asked(following('r', { historyId: 'older', index: 1 })))).toEqual([
      unserved('r', 'other-history'),
    ]);
  });

  test('Every reply says how far the state was that answers it: the next token', () => {
    const b = secondary(2).asked(following('r'));
    expect(sends(b, 'replies')).toEqual([
      {
        to: CLIENT.node,
        message: { type: 'replies', epoch: FIRST, primary: 'A', historyId: 'history', items: [answer('r', 5, 2)] },
      },
    ]);
  });
});

describe('§10.1: a request that knows of a newer epoch', () => {
  test('A primary of an older one takes no write of it: it is deposed and does not know it yet', () => {
    const a = primary();
    a.hears(CLIENT, { type: 'requests', epoch: epoch('2.B'), lamport: 0, items: [adding('v', 1)] });
    expect(replies(a)).toEqual([unserved('ask-v', 'not-primary')]);
    expect(a.entries).toHaveLength(2);
  });

  test('Every reply names the epoch it comes from', () => {
    const a = primary().asked(adding('u', 5));
    expect(sends(a, 'replies')[0]?.message).toMatchObject({ epoch: FIRST, primary: 'A' });
  });
});

/** A's answer to the question for the read index. */
function indexReply(id: string, at: number): Message {
  return {
    type: 'replies',
    epoch: FIRST,
    primary: 'A',
    historyId: 'history',
    items: [{ type: 'index', id, index: at }],
  };
}
