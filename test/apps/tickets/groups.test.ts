import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import { events, type EventsState } from '../../../src/apps/tickets/events.ts';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { heldByEvent, users, type UsersState } from '../../../src/apps/tickets/users.ts';
import { accepted, type EntryContext, type Outcome, refused } from '../../../src/protocol/model/app.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';

const CONTEXT: EntryContext = { index: 1, epoch: NO_EPOCH, lamport: 1, wall: 0, uuid: 'u' };

type EventsCommand = Parameters<typeof events.apply>[1];
type UsersCommand = Parameters<typeof users.apply>[1];
type Purchase = Extract<EventsCommand, { type: 'purchase' }>;

function sell(state: EventsState, command: EventsCommand) {
  return events.apply(state, command, CONTEXT);
}

function give(state: UsersState, command: UsersCommand): { readonly state: UsersState; readonly outcome: Outcome } {
  const step = users.apply(state, command, CONTEXT);
  if ('call' in step) throw new Error('users call nobody');
  return step;
}

function resume(state: EventsState, command: Purchase, outcome: Outcome) {
  if (events.resume === undefined) throw new Error('events resume their purchases');
  return events.resume(state, command, outcome, CONTEXT);
}

const GALA = sell(events.initial, { type: 'create', userid: 3, eventname: 'gala', numtickets: 10 }).state;
const BUY_4: Purchase = { type: 'purchase', eventid: 0, userid: 1, tickets: 4 };

describe('events', () => {
  test('a created event has all its tickets available, and ids are dense from 0', () => {
    const second = sell(GALA, { type: 'create', userid: 5, eventname: 'ball', numtickets: 2 });
    expect(second).toMatchObject({ outcome: accepted({ eventid: 1 }) });
    expect(events.read(second.state, { type: 'list' })).toEqual(
      accepted([
        { eventid: 0, eventname: 'gala', userid: 3, avail: 10, purchased: 0 },
        { eventid: 1, eventname: 'ball', userid: 5, avail: 2, purchased: 0 },
      ]),
    );
  });

  test('a purchase reserves the tickets and calls users to give them to the buyer', () => {
    const { state, ...decided } = sell(GALA, BUY_4);
    expect(decided).toEqual({
      call: { group: 'users', command: { type: 'add', userid: 1, eventid: 0, tickets: 4 } },
    });
    expect(state.events.get(0)).toMatchObject({ avail: 6, purchased: 4, pending: 4, capacity: 10 });
  });

  test('a purchase whose tickets were given is confirmed', () => {
    const { state, ...decided } = resume(sell(GALA, BUY_4).state, BUY_4, accepted());
    expect(decided).toEqual({ outcome: accepted(null) });
    expect(state.events.get(0)).toMatchObject({ avail: 6, purchased: 4, pending: 0 });
  });

  test('a purchase whose buyer does not exist is released, with the reason', () => {
    const { state, ...decided } = resume(sell(GALA, BUY_4).state, BUY_4, refused('no user 1'));
    expect(decided).toEqual({ outcome: refused('no user 1') });
    expect(state.events.get(0)).toEqual(GALA.events.get(0));
  });

  test('more than there are, or of no event, cannot be bought, and nothing changes', () => {
    expect(sell(GALA, { ...BUY_4, tickets: 11 })).toEqual({
      state: GALA,
      outcome: refused('event 0 has 10 tickets left'),
    });
    expect(sell(GALA, { ...BUY_4, eventid: 1 })).toEqual({ state: GALA, outcome: refused('no event 1') });
    const huge = { ...BUY_4, eventid: Number.MAX_SAFE_INTEGER, tickets: Number.MAX_SAFE_INTEGER };
    expect(sell(GALA, huge)).toMatchObject({ outcome: { type: 'refused' } });
  });

  test('what is not there is refused: the list of no events, an unknown event', () => {
    expect(events.read(events.initial, { type: 'list' })).toEqual(refused('no events found'));
    expect(events.read(GALA, { type: 'get', eventid: 1 })).toEqual(refused('no event 1'));
    expect(events.read(GALA, { type: 'get', eventid: Number.MAX_SAFE_INTEGER })).toMatchObject({ type: 'refused' });
    expect(events.read(GALA, { type: 'some', eventids: [1, 0] })).toMatchObject({ value: [{ eventid: 0 }] });
  });

  test.each([
    { type: 'create', userid: 0, eventname: '', numtickets: 1 },
    { type: 'create', userid: 0, eventname: 'x'.repeat(201), numtickets: 1 },
    { type: 'create', userid: 0, eventname: 'x', numtickets: -1 },
    { type: 'create', userid: 0, eventname: 'x', numtickets: 1.5 },
    { type: 'create', userid: 0, eventname: 'x', numtickets: 2 ** 53 },
    { type: 'create', userid: -1, eventname: 'x', numtickets: 1 },
    { type: 'purchase', eventid: 0, userid: 0, tickets: -1 },
    { type: 'purchase', eventid: '0', userid: 0, tickets: 1 },
    { type: 'add' },
    null,
    [],
  ])('%j is no command', (command) => {
    expect(events.decode(command)).toMatchObject({ type: 'rejected' });
  });

  test('minus zero is the id 0', () => {
    const decoded = events.decode({ type: 'purchase', eventid: -0, userid: -0, tickets: 1 });
    expect(decoded).toStrictEqual({ type: 'decoded', value: { type: 'purchase', eventid: 0, userid: 0, tickets: 1 } });
  });

  test.each([
    ['every ticket is available or purchased', { avail: 9 }],
    ['no event is oversold', { avail: -1, purchased: 11 }],
    ['no more is reserved than purchased', { pending: 1 }],
    ['event ids are dense', { eventid: 2 }],
  ])('a state in which it is false that %s is found out', (name, change) => {
    const good = GALA.events.get(0);
    if (good === undefined) throw new Error('there is an event');
    const bad: EventsState = { events: List([{ ...good, ...change }]) };
    expect(events.invariants.filter((invariant) => invariant.broken(bad) !== undefined).map((it) => it.name)).toEqual([
      name,
    ]);
    expect(events.invariants.every((invariant) => invariant.broken(GALA) === undefined)).toBe(true);
  });
});

function brokenBy(state: UsersState): readonly string[] {
  return users.invariants.filter((invariant) => invariant.broken(state) !== undefined).map(({ name }) => name);
}

describe('users', () => {
  const ann = give(users.initial, { type: 'create', username: 'ann' });
  const both = give(ann.state, { type: 'create', username: 'bob' });
  const rich = give(both.state, { type: 'add', userid: 0, eventid: 7, tickets: 3 });

  test('ids are dense from 0, and a new user holds nothing', () => {
    expect([ann.outcome, both.outcome]).toEqual([accepted({ userid: 0 }), accepted({ userid: 1 })]);
    expect(users.read(both.state, { type: 'get', userid: 1 })).toEqual(
      accepted({ userid: 1, username: 'bob', tickets: [] }),
    );
    expect(users.read(both.state, { type: 'get', userid: 2 })).toEqual(refused('no user 2'));
  });

  test('tickets are listed by ascending event id', () => {
    const more = give(rich.state, { type: 'add', userid: 0, eventid: 2, tickets: 1 });
    expect(users.read(more.state, { type: 'get', userid: 0 })).toEqual(
      accepted({
        userid: 0,
        username: 'ann',
        tickets: [
          { eventid: 2, tickets: 1 },
          { eventid: 7, tickets: 3 },
        ],
      }),
    );
  });

  test('nobody unknown is given anything', () => {
    expect(give(both.state, { type: 'add', userid: 2, eventid: 7, tickets: 3 })).toEqual({
      state: both.state,
      outcome: refused('no user 2'),
    });
  });

  test('a transfer moves tickets, and the last one leaves nothing behind', () => {
    const moved = give(rich.state, { type: 'transfer', userid: 0, eventid: 7, tickets: 3, targetuser: 1 });
    expect(moved.outcome).toEqual(accepted(null));
    expect(moved.state.users.get(0)?.tickets).toEqual(Map());
    expect(moved.state.users.get(1)?.tickets).toEqual(Map([[7, 3]]));
  });

  test('a transfer to oneself changes nothing, and needs the tickets all the same', () => {
    const command = { type: 'transfer', userid: 0, eventid: 7, tickets: 3, targetuser: 0 } as const;
    expect(give(rich.state, command)).toEqual({ state: rich.state, outcome: accepted() });
    expect(give(rich.state, { ...command, tickets: 4 }).outcome).toEqual(refused('user 0 holds 3 tickets of event 7'));
  });

  test.each([
    [{ userid: 5 }, 'no user 5'],
    [{ targetuser: 5 }, 'no user 5'],
    [{ tickets: 4 }, 'user 0 holds 3 tickets of event 7'],
    [{ eventid: 8 }, 'user 0 holds 0 tickets of event 8'],
  ])('a transfer with %j is refused, and nothing changes', (change, reason) => {
    const command = { type: 'transfer', userid: 0, eventid: 7, tickets: 3, targetuser: 1, ...change } as const;
    expect(give(rich.state, command)).toEqual({ state: rich.state, outcome: refused(reason) });
  });

  test('a grant gives tickets and counts them by event; one to nobody gives and counts nothing', () => {
    expect(users.read(rich.state, { type: 'granted' })).toEqual(accepted([]));
    const command = { type: 'grant', userid: 1, eventid: 9, tickets: 2 } as const;
    const granted = give(give(rich.state, command).state, { ...command, userid: 0, eventid: 7 }).state;
    expect(users.read(granted, { type: 'get', userid: 1 })).toMatchObject({
      value: { tickets: [{ eventid: 9, tickets: 2 }] },
    });
    expect(users.read(granted, { type: 'granted' })).toEqual(
      accepted([
        { eventid: 7, tickets: 2 },
        { eventid: 9, tickets: 2 },
      ]),
    );
    expect(give(granted, { ...command, userid: 2 })).toEqual({ state: granted, outcome: refused('no user 2') });
    const most = { ...command, tickets: Number.MAX_SAFE_INTEGER };
    expect(give(granted, most)).toEqual({ state: granted, outcome: refused('nobody can grant that many tickets') });
    // What comes after keeps the count.
    const later = give(give(granted, { type: 'create', username: 'cid' }).state, { ...command, type: 'add' }).state;
    expect(users.read(later, { type: 'granted' })).toEqual(users.read(granted, { type: 'granted' }));
  });

  test('a state in which more is granted than held is found out', () => {
    const granted = give(both.state, { type: 'grant', userid: 0, eventid: 7, tickets: 3 }).state;
    expect(brokenBy(granted)).toEqual([]);
    expect(brokenBy({ ...granted, granted: Map([[7, 4]]) })).toEqual(['no more tickets are granted than held']);
  });

  test('sums stay whole numbers', () => {
    const full = give(both.state, { type: 'add', userid: 0, eventid: 7, tickets: Number.MAX_SAFE_INTEGER });
    expect(give(full.state, { type: 'add', userid: 0, eventid: 7, tickets: 1 })).toMatchObject({
      state: full.state,
      outcome: { type: 'refused' },
    });
  });

  test('states with an empty holding, or a misplaced user, are found out', () => {
    const record = { userid: 0, username: 'ann', tickets: Map([[7, 0]]) };
    expect(brokenBy({ users: List([record]) })).toEqual(['a holder of tickets of an event holds at least one']);
    expect(brokenBy({ users: List([{ ...record, userid: 1, tickets: Map<number, number>() }]) })).toEqual([
      'user ids are dense',
    ]);
    expect(brokenBy(rich.state)).toEqual([]);
  });
});

describe('between the groups', () => {
  const [invariant] = tickets.invariants;
  const reserved = sell(GALA, BUY_4).state;
  const confirmed = resume(reserved, BUY_4, accepted()).state;
  const two = give(give(users.initial, { type: 'create', username: 'a' }).state, {
    type: 'create',
    username: 'b',
  }).state;
  const holding = give(two, { type: 'add', userid: 1, eventid: 0, tickets: 4 }).state;

  test('a reservation may be given or not given yet', () => {
    expect(invariant?.broken({ events: reserved, users: two })).toBeUndefined();
    expect(invariant?.broken({ events: reserved, users: holding })).toBeUndefined();
    expect(invariant?.broken({ events: confirmed, users: holding })).toBeUndefined();
  });

  test('a confirmed purchase that nobody holds, or tickets that nobody bought, are found out', () => {
    expect(invariant?.broken({ events: confirmed, users: two })).toBe(
      'event 0: 4 purchased, 0 of them pending, 0 held',
    );
    expect(invariant?.broken({ events: GALA, users: holding })).toBe('event 0: 0 purchased, 0 of them pending, 4 held');
    expect(invariant?.broken({ events: events.initial, users: holding })).toBe(
      'tickets of event 0 are held, and there is no such event',
    );
  });

  test('tickets that an operator grants are held without having been bought, and are told apart from lost ones', () => {
    const granted = give(holding, { type: 'grant', userid: 0, eventid: 0, tickets: 2 });
    expect(granted.outcome).toEqual(accepted(null));
    expect(heldByEvent(granted.state)).toEqual(Map([[0, 6]]));
    expect(invariant?.broken({ events: confirmed, users: granted.state })).toBeUndefined();
    // Passed on they stay what they are: the books count sums, not tickets.
    const passedOn = give(granted.state, { type: 'transfer', userid: 1, eventid: 0, tickets: 4, targetuser: 0 }).state;
    expect(invariant?.broken({ events: confirmed, users: passedOn })).toBeUndefined();
    expect(invariant?.broken({ events: GALA, users: passedOn })).toBe(
      'event 0: 0 purchased, 0 of them pending, 6 held, 2 of them granted',
    );
    const lost: UsersState = { ...passedOn, users: two.users };
    expect(invariant?.broken({ events: confirmed, users: lost })).toBe(
      'event 0: 4 purchased, 0 of them pending, 0 held, 2 of them granted',
    );
  });

  test('what is held is counted over all users', () => {
    const split = give(holding, { type: 'transfer', userid: 1, eventid: 0, tickets: 1, targetuser: 0 }).state;
    expect(heldByEvent(split)).toEqual(Map([[0, 4]]));
  });
});
