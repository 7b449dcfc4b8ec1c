import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { events } from '../../src/apps/tickets/events.ts';
import { applyToEvent, NO_EVENT } from '../../src/apps/tickets/checker-model/event.ts';
import { applyToUser, NO_USER } from '../../src/apps/tickets/checker-model/user.ts';
import { tickets } from '../../src/apps/tickets/service.ts';
import { users } from '../../src/apps/tickets/users.ts';
import { accepted, type Outcome, refused } from '../../src/protocol/model/app.ts';
import {
  appCommands,
  checkApp,
  DOES_NOT_MATTER,
  type GroupStory,
  serviceCommands,
  type Twin,
} from '../../src/testing/index.ts';

const NO = refused(DOES_NOT_MATTER);

const id = fc.nat({ max: 3 });
const count = fc.integer({ min: 1, max: 6 });

type EventCommand =
  | { readonly type: 'create'; readonly userid: number; readonly eventname: string; readonly numtickets: number }
  | { readonly type: 'purchase'; readonly eventid: number; readonly userid: number; readonly tickets: number };

type UserCommand =
  | { readonly type: 'create'; readonly username: string }
  | { readonly type: 'add' | 'grant'; readonly userid: number; readonly eventid: number; readonly tickets: number }
  | {
      readonly type: 'transfer';
      readonly userid: number;
      readonly eventid: number;
      readonly tickets: number;
      readonly targetuser: number;
    };

const eventCommand: fc.Arbitrary<EventCommand> = fc.oneof(
  fc.record({
    type: fc.constant('create' as const),
    userid: id,
    eventname: fc.constantFrom('Hamlet', 'Lear'),
    numtickets: fc.integer({ min: 1, max: 12 }),
  }),
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('purchase' as const), eventid: id, userid: id, tickets: count }),
  },
);

const createUser = fc.record({ type: fc.constant('create' as const), username: fc.constantFrom('ann', 'bob') });
const transfer = fc.record({
  type: fc.constant('transfer' as const),
  userid: id,
  eventid: id,
  tickets: count,
  targetuser: id,
});
/** Bought or granted: to whoever holds them they are the same. */
const add = fc.record({
  type: fc.constantFrom('add' as const, 'grant' as const),
  userid: id,
  eventid: id,
  tickets: count,
});

/** Parts of the checker's model, by id; a step is taken where it can happen. */
function parts<Part, Step>(none: Part, apply: (part: Part, step: Step) => Part | undefined) {
  const all: Part[] = [];
  return {
    all,
    take: (place: number, step: Step): boolean => {
      const after = apply(all[place] ?? none, step);
      if (after !== undefined) all[place] = after;
      return after !== undefined;
    },
  };
}

/** The checker's model of each event. */
function eventsTwin(): Twin<EventCommand> {
  const { all, take } = parts(NO_EVENT, applyToEvent);
  const row = (eventid: number): Outcome => {
    const show = all[eventid];
    if (show === undefined) return NO;
    const { eventname, userid, avail, purchased } = show;
    return accepted({ eventid, eventname, userid, avail, purchased });
  };
  return {
    apply(command) {
      const { userid } = command;
      if (command.type === 'create') {
        const eventid = all.length;
        take(eventid, { f: 'create', eventname: command.eventname, userid, capacity: command.numtickets });
        return accepted({ eventid });
      }
      const { eventid, tickets: wanted } = command;
      if (!take(eventid, { f: 'sell', tickets: wanted })) return NO;
      return { group: 'users', command: { type: 'add', userid, eventid, tickets: wanted } };
    },
    resume(command, outcome) {
      if (command.type !== 'purchase') throw new Error('only a purchase makes a call');
      if (outcome.type === 'accepted') return accepted();
      // No route gets here: the buyer is looked up first.
      const { avail, purchased, ...event } = all[command.eventid] ?? NO_EVENT;
      const { tickets: some } = command;
      all[command.eventid] = { ...event, avail: avail + some, purchased: purchased - some };
      return outcome;
    },
    reads: () => [0, 1, 2, 3].map((eventid) => ({ query: { type: 'get', eventid }, outcome: row(eventid) })),
  };
}

/** The checker's model of each user, and what was granted. */
function usersTwin(): Twin<UserCommand> {
  const { all, take } = parts(NO_USER, applyToUser);
  const granted = [0, 0, 0, 0];
  const row = (userid: number): Outcome => {
    const user = all[userid];
    if (user === undefined) return NO;
    const holdings = Object.entries(user.tickets).map(([event, some]) => ({ eventid: Number(event), tickets: some }));
    return accepted({ userid, username: user.username, tickets: holdings });
  };
  return {
    apply(command) {
      if (command.type === 'create') {
        const userid = all.length;
        take(userid, { f: 'create', username: command.username });
        return accepted({ userid });
      }
      const { userid, eventid, tickets: some } = command;
      const to = command.type === 'transfer' ? command.targetuser : userid;
      if (!take(to, { f: 'exists' })) return NO;
      if (command.type === 'transfer' && !take(userid, { f: 'take', eventid, tickets: some })) return NO;
      take(to, { f: 'add', eventid, tickets: some });
      if (command.type === 'grant') granted[eventid] = (granted[eventid] ?? 0) + some;
      return accepted();
    },
    reads: () => [
      ...[0, 1, 2, 3].map((userid) => ({ query: { type: 'get', userid }, outcome: row(userid) })),
      {
        query: { type: 'granted' },
        outcome: accepted(granted.flatMap((given, eventid) => (given === 0 ? [] : [{ eventid, tickets: given }]))),
      },
    ],
  };
}

const eventStory: GroupStory<EventCommand> = { commands: eventCommand, twin: eventsTwin };

describe('the ticket service against the model of the checker, with repeats, expired uuids, full copies and late calls', () => {
  test('events: what is left of each event, whatever becomes of the calls', () => {
    fc.assert(
      fc.property(appCommands(events, eventStory), (story) => story.run()),
      { numRuns: 100 },
    );
  });

  test('users: who holds how many', () => {
    const commands = fc.oneof(createUser, add, transfer);
    fc.assert(
      fc.property(appCommands(users, { commands, twin: usersTwin }), (story) => story.run()),
      { numRuns: 100 },
    );
  });

  test('both together: what is bought is what is held, at every moment', () => {
    const stories = {
      events: eventStory,
      users: { commands: fc.oneof(createUser, createUser, transfer), twin: usersTwin },
    };
    fc.assert(
      fc.property(serviceCommands(tickets, stories, { commandsAtMost: 60 }), (story) => story.run()),
      { numRuns: 80 },
    );
  });

  test('both keep the laws of every app: pure, deterministic, of JSON, total', () => {
    const get = { type: fc.constant('get' as const) };
    const fastCheck = { numRuns: 100 };
    expect(() =>
      checkApp(events, eventCommand, { queries: fc.record({ ...get, eventid: id }), fastCheck }),
    ).not.toThrow();
    const commands = fc.oneof(createUser, add, transfer);
    expect(() => checkApp(users, commands, { queries: fc.record({ ...get, userid: id }), fastCheck })).not.toThrow();
  });
});
