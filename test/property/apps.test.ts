import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accepted, type Outcome, refused } from '../../src/protocol/model/app.ts';
import { events } from '../../src/apps/tickets/events.ts';
import { tickets } from '../../src/apps/tickets/service.ts';
import { users } from '../../src/apps/tickets/users.ts';
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

/** Counts what is left of each event, and nothing else. */
function eventsTwin(): Twin<EventCommand> {
  const shows: { left: number; sold: number; readonly name: string; readonly by: number }[] = [];
  const row = (eventid: number): Outcome => {
    const show = shows[eventid];
    if (show === undefined) return NO;
    return accepted({ eventid, eventname: show.name, userid: show.by, avail: show.left, purchased: show.sold });
  };
  return {
    apply(command) {
      if (command.type === 'create') {
        const { userid: by, eventname: name, numtickets: left } = command;
        return accepted({ eventid: shows.push({ left, sold: 0, name, by }) - 1 });
      }
      const { eventid, userid, tickets: wanted } = command;
      const show = shows[eventid];
      if (show === undefined || show.left < wanted) return NO;
      show.left -= wanted;
      show.sold += wanted;
      return { group: 'users', command: { type: 'add', userid, eventid, tickets: wanted } };
    },
    resume(command, outcome) {
      const show = command.type === 'purchase' ? shows[command.eventid] : undefined;
      if (command.type !== 'purchase' || show === undefined) throw new Error('only a purchase makes a call');
      if (outcome.type === 'accepted') return accepted();
      show.left += command.tickets;
      show.sold -= command.tickets;
      return outcome;
    },
    reads: () => [0, 1, 2, 3].map((eventid) => ({ query: { type: 'get', eventid }, outcome: row(eventid) })),
  };
}

/** One number per user and event. */
function usersTwin(): Twin<UserCommand> {
  const names: string[] = [];
  const held: Record<string, number> = {};
  const granted = [0, 0, 0, 0];
  const of = (userid: number, eventid: number): number => held[`${userid}/${eventid}`] ?? 0;
  const give = (userid: number, eventid: number, more: number): void => {
    held[`${userid}/${eventid}`] = of(userid, eventid) + more;
  };
  const row = (userid: number): Outcome => {
    const holdings = [0, 1, 2, 3].map((eventid) => ({ eventid, tickets: of(userid, eventid) }));
    const username = names[userid];
    if (username === undefined) return NO;
    return accepted({ userid, username, tickets: holdings.filter(({ tickets: some }) => some > 0) });
  };
  return {
    apply(command) {
      if (command.type === 'create') return accepted({ userid: names.push(command.username) - 1 });
      const { userid, eventid, tickets: some } = command;
      if (names[userid] === undefined) return NO;
      if (command.type !== 'transfer') {
        give(userid, eventid, some);
        if (command.type === 'grant') granted[eventid] = (granted[eventid] ?? 0) + some;
        return accepted();
      }
      if (names[command.targetuser] === undefined || of(userid, eventid) < some) return NO;
      give(userid, eventid, -some);
      give(command.targetuser, eventid, some);
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

describe('the ticket service against dumb twins, with repeats, expired uuids, full copies and late calls', () => {
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
