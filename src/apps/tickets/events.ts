import { List } from 'immutable';
import * as z from 'zod';
import { accepted, type Call, type Listed, type Outcome, refused } from '../../protocol/model/app.ts';
import { assert, unreachable } from '../../protocol/model/assert.ts';
import { asList } from '../../protocol/model/listed.ts';
import { rowsAfter } from '../rows-after.ts';
import { defineApp } from '../../service/define-app.ts';
import { count, countOrNone, id, name, rowLimit } from '../schemas.ts';
import { USERS } from './users.ts';

/** The name of the group of events. */
export const EVENTS = 'events';

/** The event with id n is the n-th of the list, from 0. */
export interface EventsState {
  readonly events: List<EventRecord>;
}

/** One event. `avail + purchased` is always `capacity`. */
export interface EventRecord {
  readonly eventid: number;
  readonly eventname: string;
  /** The user who created it. */
  readonly userid: number;
  readonly capacity: number;
  readonly avail: number;
  /** Sold; the buyer may not hold the `pending` ones yet. */
  readonly purchased: number;
  /** Those of `purchased` that `users` has yet to give to their buyers. */
  readonly pending: number;
}

/** An event as clients see it. */
export type EventRow = z.output<typeof eventRow>;

/** The schema of an event as clients see it. */
export const eventRow = z.object({
  eventid: z.int(),
  eventname: z.string(),
  userid: z.int(),
  avail: z.int(),
  purchased: z.int(),
});

const commands = z.discriminatedUnion('type', [
  z.object({ type: z.literal('create'), userid: id, eventname: name, numtickets: countOrNone }),
  z.object({ type: z.literal('purchase'), eventid: id, userid: id, tickets: count }),
]);

const queries = z.discriminatedUnion('type', [
  /** The events after the one with id `after`, at most `limit` of them; all without the two. */
  z.object({ type: z.literal('list'), after: id.exactOptional(), limit: rowLimit.exactOptional() }),
  z.object({ type: z.literal('get'), eventid: id }),
  /** Those of `eventids` that exist. */
  z.object({ type: z.literal('some'), eventids: z.array(id).readonly() }),
]);

type Create = Extract<z.output<typeof commands>, { type: 'create' }>;
type Purchase = Extract<z.output<typeof commands>, { type: 'purchase' }>;

type Decision =
  | { readonly state: EventsState; readonly outcome: Outcome }
  | { readonly state: EventsState; readonly call: Call<typeof USERS> };

/**
 * Events and their tickets. A purchase takes tickets here, where readers see them as purchased at once, and calls
 * `users` to give them to the buyer. Routes send it for an existing user only (shared-routes.ts), so `users` accepts
 * the call and `resume` confirms the purchase. `resume` gives tickets back only to purchases of logs written before the
 * buyer was looked up first. A write costs the same at ten and at a million events.
 */
export const events = defineApp({
  name: EVENTS,
  initial: Object.freeze<EventsState>({ events: List<EventRecord>() }),
  commands,
  queries,
  calls: [USERS],
  apply(state: EventsState, command): Decision {
    switch (command.type) {
      case 'create':
        return create(state, command);
      case 'purchase':
        return reserve(state, command);
      default:
        return unreachable(command);
    }
  },
  resume(state, command, outcome): Decision {
    assert(command.type === 'purchase', 'only a purchase makes a call');
    return outcome.type === 'accepted' ? confirm(state, command) : release(state, command, outcome.reason);
  },
  read(state, query): Outcome | Listed {
    switch (query.type) {
      case 'list': {
        if (state.events.isEmpty()) return refused('no events found');
        return asList(rowsAfter(state.events, query), rowOf);
      }
      case 'get': {
        const found = state.events.get(query.eventid);
        return found === undefined ? refused(`no event ${query.eventid}`) : accepted(rowOf(found));
      }
      case 'some':
        return accepted(query.eventids.flatMap((eventid) => state.events.get(eventid) ?? []).map(rowOf));
      default:
        return unreachable(query);
    }
  },
  invariants: [
    {
      name: 'every ticket is available or purchased',
      broken: (state) => firstBroken(state, ({ avail, purchased, capacity }) => avail + purchased === capacity),
    },
    {
      name: 'no event is oversold',
      broken: (state) => firstBroken(state, ({ avail }) => avail >= 0),
    },
    {
      name: 'no more is reserved than purchased',
      broken: (state) => firstBroken(state, ({ pending, purchased }) => pending >= 0 && pending <= purchased),
    },
    {
      name: 'event ids are dense',
      broken: ({ events: all }) => {
        const misplaced = all.findIndex(({ eventid }, place) => eventid !== place);
        return misplaced < 0 ? undefined : `event ${misplaced} calls itself ${all.get(misplaced)?.eventid}`;
      },
    },
  ],
});

function create(state: EventsState, { userid, eventname, numtickets }: Create): Decision {
  const eventid = state.events.size;
  const record = { eventid, eventname, userid, capacity: numtickets, avail: numtickets, purchased: 0, pending: 0 };
  return { state: { events: state.events.push(Object.freeze(record)) }, outcome: accepted({ eventid }) };
}

function reserve(state: EventsState, { eventid, userid, tickets }: Purchase): Decision {
  const event = state.events.get(eventid);
  if (event === undefined) return { state, outcome: refused(`no event ${eventid}`) };
  const { avail, purchased, pending } = event;
  if (avail < tickets) return { state, outcome: refused(`event ${eventid} has ${avail} tickets left`) };
  return {
    state: withEvent(state, {
      ...event,
      avail: avail - tickets,
      purchased: purchased + tickets,
      pending: pending + tickets,
    }),
    call: { group: USERS, command: { type: 'add', userid, eventid, tickets } },
  };
}

function confirm(state: EventsState, { eventid, tickets }: Purchase): Decision {
  const event = reservedEvent(state, eventid);
  return { state: withEvent(state, { ...event, pending: event.pending - tickets }), outcome: accepted() };
}

function release(state: EventsState, { eventid, tickets }: Purchase, reason: string): Decision {
  const event = reservedEvent(state, eventid);
  return {
    state: withEvent(state, {
      ...event,
      avail: event.avail + tickets,
      purchased: event.purchased - tickets,
      pending: event.pending - tickets,
    }),
    outcome: refused(reason),
  };
}

function reservedEvent(state: EventsState, eventid: number): EventRecord {
  const event = state.events.get(eventid);
  assert(event !== undefined, 'an event with a reservation exists: events are never deleted');
  return event;
}

function withEvent(state: EventsState, event: EventRecord): EventsState {
  return { events: state.events.set(event.eventid, Object.freeze(event)) };
}

/** The tickets that an event ever had. */
export function capacityOf({ avail, purchased }: Pick<EventRow, 'avail' | 'purchased'>): number {
  return avail + purchased;
}

function rowOf({ eventid, eventname, userid, avail, purchased }: EventRecord): EventRow {
  return { eventid, eventname, userid, avail, purchased };
}

function firstBroken({ events: all }: EventsState, holds: (event: EventRecord) => boolean): string | undefined {
  const broken = all.find((event) => !holds(event));
  return broken === undefined ? undefined : JSON.stringify(broken);
}
