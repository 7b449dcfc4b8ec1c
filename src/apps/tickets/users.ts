import { List, Map } from 'immutable';
import * as z from 'zod';
import { accepted, type Listed, type Outcome, refused } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { asList } from '../../protocol/model/listed.ts';
import { defineApp } from '../../service/define-app.ts';
import { count, id, name } from '../schemas.ts';

/** The name of the group of users. */
export const USERS = 'users';

/** The user with id n is the n-th of the list, from 0. Users are never deleted. */
export interface UsersState {
  readonly users: List<UserRecord>;
  /**
   * Tickets granted by operators, by event id: they were never bought, so the books of `events` do not have them.
   * Missing without any.
   */
  readonly granted?: Map<number, number>;
}

export interface UserRecord {
  readonly userid: number;
  readonly username: string;
  /** Tickets held, by event id; only events with some. */
  readonly tickets: Map<number, number>;
}

/** A user as the group answers it, with the tickets held by ascending event id. */
export type UserRow = z.output<typeof userRow>;

/** The tickets granted of one event. */
export type GrantRow = z.output<typeof grantRow>;

/** The schema of the tickets granted of one event. */
export const grantRow = z.object({ eventid: z.int(), tickets: z.int() });

/** The schema of a user as the group answers it. */
export const userRow = z.object({
  userid: z.int(),
  username: z.string(),
  tickets: z.array(grantRow),
});

const commands = z.discriminatedUnion('type', [
  z.object({ type: z.literal('create'), username: name }),
  /** Called by a purchase; has no path. */
  z.object({ type: z.literal('add'), userid: id, eventid: id, tickets: count }),
  z.object({ type: z.literal('transfer'), userid: id, eventid: id, tickets: count, targetuser: id }),
  /**
   * An operator's grant, without a purchase. With the `capacity` of the event it is refused where tickets granted and
   * tickets that may be bought could not be counted together: `add`, for tickets that are bought, never is.
   */
  z.object({
    type: z.literal('grant'),
    userid: id,
    eventid: id,
    tickets: count,
    capacity: z.int().min(0).exactOptional(),
  }),
]);

const queries = z.discriminatedUnion('type', [
  z.object({ type: z.literal('get'), userid: id }),
  /** Accepted or refused, without a value: what a user holds may be long. */
  z.object({ type: z.literal('exists'), userid: id }),
  /** The tickets granted of each event, by ascending event id. */
  z.object({ type: z.literal('granted') }),
]);

type Command = z.output<typeof commands>;
type Create = Extract<Command, { type: 'create' }>;
type Add = Extract<Command, { type: 'add' }>;
type Transfer = Extract<Command, { type: 'transfer' }>;
type Grant = Extract<Command, { type: 'grant' }>;

interface Decision {
  readonly state: UsersState;
  readonly outcome: Outcome;
}

/** Users and the tickets they hold. A write costs the same at ten and at a million users. */
export const users = defineApp({
  name: USERS,
  initial: Object.freeze<UsersState>({ users: List<UserRecord>() }),
  commands,
  queries,
  apply(state: UsersState, command): Decision {
    switch (command.type) {
      case 'create':
        return create(state, command);
      case 'add':
        return add(state, command);
      case 'transfer':
        return transfer(state, command);
      case 'grant':
        return grant(state, command);
      default:
        return unreachable(command);
    }
  },
  read(state, query): Outcome | Listed {
    switch (query.type) {
      case 'get': {
        const user = state.users.get(query.userid);
        return user === undefined ? refused(`no user ${query.userid}`) : accepted(rowOf(user));
      }
      case 'exists':
        return state.users.has(query.userid) ? accepted() : refused(`no user ${query.userid}`);
      case 'granted':
        return asList(rowsOf(grantedByEvent(state)), (row) => row);
      default:
        return unreachable(query);
    }
  },
  invariants: [
    {
      name: 'a holder of tickets of an event holds at least one',
      broken({ users: all }) {
        const broken = all.find(({ tickets }) => tickets.some((held) => !Number.isSafeInteger(held) || held < 1));
        return broken === undefined ? undefined : JSON.stringify(rowOf(broken));
      },
    },
    {
      name: 'no more tickets are granted than held',
      broken(state) {
        const granted = grantedByEvent(state);
        if (granted.isEmpty()) return undefined;
        const held = heldByEvent(state);
        const broken = granted.findKey((given, eventid) => (held.get(eventid) ?? 0) < given || given < 1);
        if (broken === undefined) return undefined;
        return `event ${broken}: ${granted.get(broken)} granted, ${held.get(broken) ?? 0} held`;
      },
    },
    {
      name: 'user ids are dense',
      broken({ users: all }) {
        const misplaced = all.findIndex(({ userid }, place) => userid !== place);
        return misplaced < 0 ? undefined : `user ${misplaced} calls itself ${all.get(misplaced)?.userid}`;
      },
    },
  ],
});

/** Tickets of each event held by all users together; only events with some. */
export function heldByEvent({ users: all }: UsersState): Map<number, number> {
  return Map<number, number>().withMutations((sums) => {
    for (const { tickets } of all) {
      for (const [eventid, held] of tickets) sums.set(eventid, (sums.get(eventid) ?? 0) + held);
    }
  });
}

/** Tickets of each event that were granted; only events with some. */
export function grantedByEvent({ granted }: UsersState): Map<number, number> {
  return granted ?? Map<number, number>();
}

function create(state: UsersState, { username }: Create): Decision {
  const userid = state.users.size;
  const record = Object.freeze({ userid, username, tickets: Map<number, number>() });
  return { state: { ...state, users: state.users.push(record) }, outcome: accepted({ userid }) };
}

function add(state: UsersState, { userid, eventid, tickets }: Add): Decision {
  const user = state.users.get(userid);
  if (user === undefined) return { state, outcome: refused(`no user ${userid}`) };
  const held = heldOf(user, eventid) + tickets;
  if (!Number.isSafeInteger(held)) return { state, outcome: refused('nobody can hold that many tickets') };
  return { state: withHolding(state, user, eventid, held), outcome: accepted() };
}

/** An `add` without a purchase: counted apart, so that bought and held tickets can still be compared. */
function grant(state: UsersState, command: Grant): Decision {
  const { type: _, capacity = 0, ...given } = command;
  const { eventid, tickets } = given;
  const granted = grantedByEvent(state);
  const sum = (granted.get(eventid) ?? 0) + tickets;
  if (!Number.isSafeInteger(sum + capacity)) return { state, outcome: refused('nobody can grant that many tickets') };
  const added = add(state, { ...given, type: 'add' });
  if (added.outcome.type === 'refused') return added;
  return { state: { ...added.state, granted: granted.set(eventid, sum) }, outcome: accepted() };
}

/** A transfer to oneself changes nothing, and is refused like any other without the tickets. */
function transfer(state: UsersState, { userid, eventid, tickets, targetuser }: Transfer): Decision {
  const user = state.users.get(userid);
  if (user === undefined) return { state, outcome: refused(`no user ${userid}`) };
  const target = state.users.get(targetuser);
  if (target === undefined) return { state, outcome: refused(`no user ${targetuser}`) };
  const held = heldOf(user, eventid);
  if (held < tickets) return { state, outcome: refused(`user ${userid} holds ${held} tickets of event ${eventid}`) };
  if (userid === targetuser) return { state, outcome: accepted() };
  const received = heldOf(target, eventid) + tickets;
  if (!Number.isSafeInteger(received)) return { state, outcome: refused('nobody can hold that many tickets') };
  const given = withHolding(state, user, eventid, held - tickets);
  return { state: withHolding(given, target, eventid, received), outcome: accepted() };
}

function heldOf(user: UserRecord, eventid: number): number {
  return user.tickets.get(eventid) ?? 0;
}

function withHolding(state: UsersState, user: UserRecord, eventid: number, held: number): UsersState {
  const tickets = held === 0 ? user.tickets.delete(eventid) : user.tickets.set(eventid, held);
  return { ...state, users: state.users.set(user.userid, Object.freeze({ ...user, tickets })) };
}

function rowOf({ userid, username, tickets }: UserRecord): UserRow {
  return {
    userid,
    username,
    tickets: rowsOf(tickets),
  };
}

function rowsOf(byEvent: Map<number, number>): GrantRow[] {
  return [...byEvent].sort(([a], [b]) => a - b).map(([eventid, tickets]) => ({ eventid, tickets }));
}
