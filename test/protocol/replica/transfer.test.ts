import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { wakeAt } from '../../../src/protocol/step.ts';
import { BANK } from '../../support/protocol/counter.ts';
import { notes, replies, says, sends } from '../../support/protocol/effects-of.ts';
import {
  acknowledged,
  Actor,
  attended,
  end,
  heard,
  last,
  makePrimary,
  servingPrimary,
} from '../../support/protocol/one-replica.ts';
import { ReplicaGroup } from '../../support/protocol/replica-group.ts';
import {
  acknowledgement,
  adding,
  append,
  cast,
  CLIENT,
  epoch,
  grant,
  heartbeat,
  NOOP,
  ok,
  paying,
  service,
  toPeer,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const WITNESSED = cast({ A: 3, B: 2, C: 1 }, { W: 2 });
const FIRST = epoch('1.A');

const primary = (settings: Partial<Settings> = {}): Actor =>
  servingPrimary(new Actor('A', { configuration: THREE, settings }), 'B', 'C');

/** A, who is handing over to B; B has all of the log. */
const offering = (settings: Partial<Settings> = {}): Actor => primary(settings).takes({ type: 'transfer', to: 'B' });

/** B, who follows A and has its no-op. */
function follower(settings: Partial<Settings> = {}): Actor {
  const b = new Actor('B', { configuration: THREE, settings });
  return b.hears('A', append(FIRST, last(b), written(last(b), FIRST, NOOP))).hears('A', heartbeat(FIRST, 1, 1));
}

const handsOver = (b: Actor) => ({ type: 'transfer', epoch: FIRST, end: end(b) }) as const;

/** B asks for the vote of `actor`, to relieve it. */
const takesOver = (actor: Actor) =>
  ({ type: 'campaign', epoch: epoch('2.B'), end: end(actor), transfer: true }) as const;

const to = (actor: Actor): NodeId | undefined => actor.leading.transfer?.to;

const order = (actor: Actor, name: NodeId) => notes(actor.takes({ type: 'transfer', to: name }));

const running = (): ReplicaGroup => new ReplicaGroup(WITNESSED).passes(12_000);

/** B, lower in rank than A, has just become primary; A was suspected by nobody. */
const lower = (settings: Partial<Settings> = {}): Actor => {
  const b = new Actor('B', { configuration: THREE, settings: { flapWithin: 0, ...settings } });
  return servingPrimary(b, 'A', 'C');
};

describe('§3.9: the primary hands over', () => {
  test('Whoever has the whole log is told so at once', () => {
    const a = offering();
    expect(notes(a)).toEqual([{ type: 'hands-over', epoch: FIRST, to: 'B', reason: 'ordered' }]);
    expect(says(a, 'B')).toEqual([{ type: 'transfer', epoch: FIRST, end: { epoch: FIRST, index: 1 } }]);
    expect(says(a, 'C')).toEqual([]);
  });

  test('Whoever lacks something is sent it first', () => {
    const a = primary()
      .asked(adding('u'))
      .syncs()
      .hears('C', acknowledgement('C', FIRST, 2));
    expect(sends(a.takes({ type: 'transfer', to: 'B' }), 'transfer')).toEqual([]);
    a.hears('B', acknowledgement('B', FIRST, 2));
    expect(sends(a, 'transfer')).toEqual([
      { to: 'B', message: { type: 'transfer', epoch: FIRST, end: { epoch: FIRST, index: 2 } } },
    ]);
  });

  test('New writes and calls are held meanwhile and not refused; what is known already is answered', () => {
    const a = acknowledged(primary().asked(adding('u')).syncs(), 'B', 'C').takes({ type: 'transfer', to: 'B' });
    a.asked(adding('v'), adding('u'));
    expect(replies(a)).toMatchObject([{ type: 'done', id: 'ask-u', index: 2 }]);
    expect(a.entries).toHaveLength(2);
    const call = { type: 'call', id: '1', from: BANK, historyId: 'h', number: 1, uuid: 'c', settled: 0, command: {} };
    a.askedBy({ node: 'X', unit: BANK }, { ...call, type: 'call' });
    expect(a.leading.transfer?.held.map(({ requester }) => requester.id)).toEqual(['ask-v', '1']);
    expect(a.entries).toHaveLength(2);
  });

  test('Of those transferHeldAtMost; what comes beyond is busy', () => {
    const a = offering({ transferHeldAtMost: 2 }).asked(adding('u'), adding('v'), adding('w'));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-w', reason: 'busy' }]);
  });

  test('A command that means nothing is refused at once', () => {
    const a = offering().asked({ type: 'write', id: 'x', uuid: 'x', issuedAt: 0, command: 7 });
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'x', reason: 'malformed' }]);
  });

  test('Reads go on', () => {
    const a = offering().asked({ type: 'read', id: 'r', query: 'total', mode: 'linearizable', token: undefined });
    expect(replies(a.hears('C', heard(a, 'C', 1)))).toMatchObject([{ type: 'done', id: 'r' }]);
  });

  test('The outcomes of calls wait too: the log stands still', () => {
    const a = acknowledged(primary().asked(paying('u')).syncs(), 'B', 'C');
    const bank = { node: 'X', unit: BANK };
    a.hears(bank, { type: 'located', epoch: epoch('1.X'), primary: 'X' }).takes({ type: 'transfer', to: 'B' });
    a.hears(bank, {
      type: 'replies',
      epoch: epoch('1.X'),
      primary: 'X',
      historyId: 'h',
      items: [{ type: 'done', id: '1', outcome: { type: 'accepted', value: 1 }, index: 1, lamport: 9, rests: [] }],
    });
    expect(a.entries).toHaveLength(2);
  });

  test('The configuration does not change meanwhile', () => {
    const a = offering().knows(service('C', { standing: 'removed' }), service('D'));
    expect(a.voters).toEqual(['A', 'B', 'C']);
    expect(attended(a, 600, 'B', 'C').voters).toEqual(['A', 'B']);
  });

  test('It grants its vote to the one it chose, and whoever waits is sent elsewhere', () => {
    const a = offering().asked(adding('u'));
    a.hears('B', takesOver(a));
    expect(notes(a)).toEqual([{ type: 'steps-down', epoch: FIRST, reason: 'handed-over' }]);
    expect(says(a, 'B')).toContainEqual(grant('A', epoch('2.B')));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-u', reason: 'not-primary' }]);
  });

  test('When nobody takes over for electAfter it serves on, first what it has held, in order', () => {
    const a = offering().asked(adding('u', 1), adding('v', 2));
    expect(wakeAt(a.hosted, a.replica)).toBe(a.leading.beatAt);
    attended(a, 400, 'B', 'C');
    expect(a.entries).toHaveLength(1);
    a.later(100).wakes();
    expect(notes(a)).toEqual([{ type: 'keeps-office', epoch: FIRST, to: 'B' }]);
    expect(a.entries.slice(1).map(({ body }) => body.type === 'write' && body.uuid)).toEqual(['u', 'v']);
    acknowledged(a.syncs(), 'B', 'C');
    expect(replies(a)).toMatchObject([
      { type: 'done', id: 'ask-u' },
      { type: 'done', id: 'ask-v' },
    ]);
  });

  test('When the one it chose does not catch up in time it serves on as well', () => {
    const a = primary().asked(adding('u')).syncs().takes({ type: 'transfer', to: 'B' });
    for (let beat = 0; beat < 5; beat += 1)
      a.wakesOnTime()
        .hears('C', heard(a, 'C', 1))
        .hears('B', heard(a, 'B', 1));
    expect(a.leading.transfer).toBeUndefined();
    expect(a.asked(adding('v')).entries).toHaveLength(3);
  });

  test('A retry of what is held is applied once', () => {
    const a = offering().asked(adding('u')).asked(adding('u'));
    expect(attended(a, 600, 'B', 'C').entries.filter(({ body }) => body.type === 'write')).toHaveLength(1);
  });
});

describe('§3.9: whom it hands over to', () => {
  test('Nobody named: to the highest rank that is close', () => {
    const a = primary({ batchAtMost: 1 }).asked(adding('u'), adding('v'), adding('w')).syncs();
    expect(to(a.hears('C', acknowledgement('C', FIRST, 4)).takes({ type: 'transfer', to: undefined }))).toBe('C');
    expect(to(primary().takes({ type: 'transfer', to: undefined }))).toBe('B');
  });

  test('To nobody that is silent, suspected, stalled, leaving, no voter, or no data server, nor to two at once', () => {
    const nobody = [{ type: 'keeps-office', epoch: FIRST, to: undefined }];
    expect(order(primary().later(401), 'B')).toEqual(nobody);
    expect(order(primary().takes({ type: 'suspected', nodeId: 'B' }), 'B')).toEqual(nobody);
    const stalled = primary({ stallFor: 300 })
      .asked(adding('u'))
      .syncs()
      .later(300)
      .hears('C', acknowledgement('C', FIRST, 2));
    expect(order(stalled, 'B')[0]).toEqual(nobody[0]);
    expect(order(offering(), 'C')).toEqual([]);
    // B cannot lose its vote while W is silent; it is not handed the lead either.
    const pair = attended(
      servingPrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }, { W: 1 }) }), 'B', 'W'),
      600,
      'B',
    );
    expect(order(pair.knows(service('B', { standing: 'away' })), 'B')).toEqual(nobody);
    expect(order(primary(), 'Z')).toEqual(nobody);
    const a = servingPrimary(new Actor('A', { configuration: WITNESSED }), 'B', 'C', 'W');
    expect(order(a, 'W')).toEqual(nobody);
  });

  test('Nothing is handed over before an entry of its own epoch is safe, nor while another configuration is not', () => {
    const young = makePrimary(new Actor('A', { configuration: THREE }), 'B');
    expect(notes(young.takes({ type: 'transfer', to: 'B' }))).toMatchObject([{ type: 'keeps-office' }]);
    const changing = primary().knows(service('C', { standing: 'away' }));
    expect(notes(changing.takes({ type: 'transfer', to: 'B' }))).toMatchObject([{ type: 'keeps-office' }]);
  });

  test('Nobody but a primary hands over, and not to itself', () => {
    expect(follower().takes({ type: 'transfer', to: 'C' }).effects).toEqual([]);
    expect(primary().takes({ type: 'transfer', to: 'A' }).effects).toEqual([]);
  });

  test('A node that leaves hands over without being told, and tries again; the next primary then takes its vote', () => {
    const a = primary().knows(service('A', { standing: 'away' }));
    expect(notes(a)).toEqual([{ type: 'hands-over', epoch: FIRST, to: 'B', reason: 'leaving' }]);
    attended(a, 600, 'B', 'C').asked(adding('u'));
    expect(a.entries).toHaveLength(2);
    expect(attended(a, 600, 'B', 'C').leading.transfer?.to).toBe('B');
  });

  test('A sole server that leaves stays primary while it lives', () => {
    const a = servingPrimary(new Actor('A', { configuration: cast({ A: 1 }) })).knows(
      service('A', { standing: 'away' }),
    );
    expect(attended(a, 3_000).asked(adding('u')).entries).toHaveLength(2);
  });

  test('A server whose own standing says that it leaves stands after all others, and claims to be better than nobody', () => {
    const b = new Actor('B', { configuration: THREE }).knows(service('B', { standing: 'away' }));
    const c = new Actor('C', { configuration: THREE });
    b.hears('C', { type: 'election', round: 1, end: end(c), transfer: false });
    expect(says(b, 'C')).toMatchObject([{ type: 'answer', verdict: 'ok' }]);
    b.hears('A', heartbeat(FIRST, 1));
    expect(wakeAt(b.hosted, b.replica)).toBe(b.millis + 600);
  });
});

describe('§3.9: the one that takes over', () => {
  test('It asks whether it would be elected, then campaigns, although everybody hears the primary', () => {
    const b = follower();
    b.hears('A', handsOver(b));
    const election = { type: 'election', round: 1, end: end(b), transfer: true } as const;
    expect(b.effects).toContainEqual(toPeer('A', election));
    expect(b.effects).toContainEqual(toPeer('C', election));
    b.hears('A', ok(1)).syncs();
    expect(b.replica.promised).toEqual(epoch('2.B'));
    b.hears('A', grant('A', epoch('2.B')));
    expect(b.leading.epoch).toEqual(epoch('2.B'));
  });

  test('A voter that hears a primary says ok and grants, if its log is no newer; otherwise it does neither', () => {
    const c = new Actor('C', { configuration: THREE });
    c.hears('A', append(FIRST, last(c), written(last(c), FIRST, NOOP)));
    const asks = { type: 'election', round: 1, end: end(c), transfer: true } as const;
    expect(says(c.hears('B', asks), 'B')).toMatchObject([{ verdict: 'ok' }]);
    expect(says(c.hears('B', { ...asks, transfer: false }), 'B')).toMatchObject([{ verdict: 'alive' }]);
    const old = { epoch: epoch('0.A'), index: 0 };
    expect(says(c.hears('B', { ...asks, end: old }), 'B')).toMatchObject([{ verdict: 'behind' }]);
    const stands = { type: 'campaign', epoch: epoch('2.B'), end: end(c), transfer: true } as const;
    expect(says(c.hears('B', { ...stands, transfer: false }), 'B')).toMatchObject([{ granted: false }]);
    expect(says(c.hears('B', { ...stands, end: old }), 'B')).toMatchObject([{ granted: false }]);
    expect(says(c.hears('B', stands), 'B')).toMatchObject([{ granted: true }]);
  });

  test('A higher rank does not claim to be better than the one the primary chose', () => {
    const a = new Actor('A', { configuration: THREE });
    a.hears('B', { type: 'election', round: 1, end: end(a), transfer: true });
    expect(says(a, 'B')).toMatchObject([{ type: 'answer', verdict: 'ok' }]);
  });

  test('Heartbeats of the primary that hands over do not stop it, and without a quorum it follows that one again', () => {
    const b = follower();
    b.hears('A', handsOver(b)).hears('A', heartbeat(FIRST, 2, 1));
    expect(b.replica.election.phase.type).toBe('asking');
    b.later(300).wakes();
    expect(b.replica.election).toMatchObject({ phase: { type: 'resting' }, primary: 'A' });
    expect(b.replica.promised).toEqual(FIRST);
  });

  test('What comes late means nothing: when the log has grown, from another epoch, to a learner', () => {
    const grown = follower();
    const before = handsOver(grown);
    grown.hears('A', append(FIRST, last(grown), written(last(grown), FIRST, NOOP)));
    expect(grown.hears('A', before).effects).toEqual([]);
    const other = follower();
    expect(other.hears('C', handsOver(other)).effects).toEqual([]);
    expect(other.hears('A', { ...handsOver(other), epoch: epoch('0.A') }).effects).toEqual([]);
    const learner = new Actor('D', { configuration: THREE }).hears('A', heartbeat(FIRST, 1));
    expect(learner.hears('A', handsOver(learner)).effects).toEqual([]);
  });
});

describe('§3.9, played through', () => {
  test('The lead moves at once, without a moment in which nobody has it, and stays where the operator put it', () => {
    const group = running().asks(adding('u', 2)).orders('C');
    expect(group.primary?.leading.epoch).toEqual(epoch('2.C'));
    group.asks(adding('v', 3));
    expect(group.replies.map(({ type }) => type)).toEqual(['done', 'done']);
    expect(group.passes(20_000).primary?.name).toBe('C');
  });

  test('To one that reaches no quorum the lead is not given, and nobody is unseated', () => {
    const group = running().cuts('B', 'C').cuts('B', 'W').orders('B').asks(adding('u'));
    expect(group.replies).toEqual([]);
    group.passes(700);
    expect(group.primary?.leading.epoch).toEqual(epoch('1.A'));
    expect(group.replies).toMatchObject([{ type: 'done' }]);
  });

  test('To one that is cut off the lead is not given; what was held is served', () => {
    const group = running().cuts('A', 'B').orders('B').asks(adding('u')).passes(2_500);
    expect(group.primary?.leading.epoch).toEqual(epoch('1.A'));
    expect(group.replies).toMatchObject([{ type: 'done', id: 'ask-u' }]);
  });

  test('A primary that leaves, and one after the other all but the last, lose no write', () => {
    const group = running();
    const who: unknown[] = [];
    for (const [number, name] of (['A', 'B'] as const).entries()) {
      group
        .asks(adding(`before-${name}`))
        .knows(service(name, { standing: 'away' }))
        .passes(1_000);
      who.push(group.primary?.name, group.primary?.voters);
      group.kills(name).asks(adding(`after-${name}`));
      expect(group.replies.filter(({ type }) => type === 'done')).toHaveLength(2 * number + 2);
    }
    expect(who).toEqual(['B', ['B', 'C', 'W'], 'C', ['C', 'W']]);
    expect(group.actor('C').state).toMatchObject({ total: 4 });
  });
});

describe('§3.10: to a higher rank', () => {
  test('It is handed the lead when it was steady for transferAfter, not sooner', () => {
    const b = attended(lower(), 4_900, 'A', 'C');
    expect(b.leading.transfer).toBeUndefined();
    attended(b, 200, 'A', 'C');
    expect(b.leading.transfer).toMatchObject({ to: 'A', isOffered: true });
  });

  test('A break starts the time anew', () => {
    const b = attended(attended(lower(), 4_000, 'A', 'C'), 600, 'C');
    expect(attended(b, 4_900, 'A', 'C').leading.transfer).toBeUndefined();
    expect(attended(b, 300, 'A', 'C').leading.transfer?.to).toBe('A');
  });

  test('To a lower rank the lead is not given for its rank', () => {
    expect(attended(primary(), 60_000, 'B', 'C').leading.transfer).toBeUndefined();
  });

  test('When nothing comes of it, the next time is after the cool-down, which doubles', () => {
    const b = lower({ transferCoolDown: 8_000 });
    const times: number[] = [];
    for (let turns = 0, since = b.millis; turns < 3; turns += 1) {
      while (b.leading.transfer === undefined) attended(b, 100, 'A', 'C');
      times.push(Math.round((b.millis - since) / 1_000));
      since = b.millis;
      while (b.leading.transfer !== undefined) attended(b, 100, 'A', 'C');
    }
    expect(times).toEqual([5, 8, 16]);
  });

  test('One that lost the lead within flapWithin waits for the cool-down', () => {
    const b = new Actor('B', { configuration: THREE }).hears('A', heartbeat(FIRST, 1)).later(9_900);
    makePrimary(b, 'C');
    expect(b.replica.election.transferPenalties).toEqual({ A: { until: b.millis + 30_000, times: 1 } });
    const kept = new Actor('B', { configuration: THREE }).hears('A', heartbeat(FIRST, 1)).later(10_100);
    expect(makePrimary(kept, 'C').replica.election.transferPenalties).toEqual({});
  });

  test('A demerit is forgiven when it has been over for as long as it lasted', () => {
    const b = follower({ transferCoolDown: 1_000 });
    const wait = (): unknown => b.replica.election.transferPenalties['A'];
    b.hears('A', handsOver(b));
    expect(wait()).toEqual({ until: b.millis + 1_000, times: 1 });
    b.later(1_500)
      .wakes()
      .later(400)
      .hears('A', heartbeat(FIRST, 2, 1))
      .hears('A', handsOver(b));
    expect(wait()).toEqual({ until: b.millis + 2_000, times: 2 });
    b.later(4_000)
      .wakes()
      .later(400)
      .hears('A', heartbeat(FIRST, 3, 1))
      .hears('A', handsOver(b));
    expect(wait()).toEqual({ until: b.millis + 1_000, times: 1 });
  });

  test('Whoever is handed the lead keeps it for the cool-down, and that a reign was given away early is not held against it', () => {
    const b = follower({ transferCoolDown: 8_000 });
    b.hears('A', handsOver(b))
      .hears('A', ok(1))
      .syncs()
      .hears('A', grant('A', epoch('2.B')))
      .syncs();
    acknowledged(b, 'A', 'C');
    expect(attended(b, 7_800, 'A', 'C').leading.transfer).toBeUndefined();
    expect(attended(b, 400, 'A', 'C').leading.transfer?.to).toBe('A');
  });
});

test('A client is sent on from a primary that hands over, to the one that has taken over', () => {
  const a = offering().asked(adding('u'));
  a.hears('B', takesOver(a));
  expect(sends(a, 'replies')).toMatchObject([
    { to: CLIENT.node, message: { epoch: epoch('2.B'), primary: undefined } },
  ]);
});
