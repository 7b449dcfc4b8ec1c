import * as z from 'zod';
import type { Outcome } from '../../protocol/app.ts';
import { assert } from '../../protocol/assert.ts';
import type { Json } from '../../protocol/json.ts';
import { defineRoute, noBody, nothing } from '../../frontend/define.ts';
import type { Plan, Route } from '../../frontend/service.ts';
import { type EventRow, eventRow, EVENTS } from './events.ts';
import { count, id, name, pathId } from './schemas.ts';
import { type UserRow, userRow, USERS } from './users.ts';

/** Rows in one answer to `GET /users/:userid`, which has one per ticket: as many as an answer of some 10 MB holds. */
export const TICKETS_LISTED_AT_MOST = 100_000;

/** The source's paths, bodies and statuses: 200, or 400 with a reason. */
export const ticketRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/events',
    parameters: nothing,
    body: noBody,
    plan: (_, [listed]) => (listed === undefined ? read(EVENTS, { type: 'list' }) : answerWith(listed)),
  }),
  defineRoute({
    method: 'POST',
    path: '/events/create',
    parameters: nothing,
    body: z.object({ userid: id, eventname: name, numtickets: count }),
    // Users are never deleted, so whoever exists when asked for still exists when the event is created.
    plan({ body }, [creator, created]) {
      if (creator === undefined) return { ...read(USERS, { type: 'get', userid: body.userid }), fresh: true };
      if (creator.type === 'refused') return answerWith(creator);
      return created === undefined ? write(EVENTS, { type: 'create', ...body }) : answerWith(created);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/events/:eventid',
    parameters: z.object({ eventid: pathId }),
    body: noBody,
    plan: ({ parameters: { eventid } }, [found]) =>
      found === undefined ? read(EVENTS, { type: 'get', eventid }) : answerWith(found),
  }),
  defineRoute({
    method: 'POST',
    path: '/events/:eventid/purchase/:userid',
    parameters: z.object({ eventid: pathId, userid: pathId }),
    body: z.object({ tickets: count }),
    plan: ({ parameters: { eventid, userid }, body: { tickets } }, [purchased]) =>
      purchased === undefined ? write(EVENTS, { type: 'purchase', eventid, userid, tickets }) : answerEmpty(purchased),
  }),
  defineRoute({
    method: 'POST',
    path: '/users/create',
    parameters: nothing,
    body: z.object({ username: name }),
    plan: ({ body }, [created]) =>
      created === undefined ? write(USERS, { type: 'create', ...body }) : answerWith(created),
  }),
  defineRoute({
    method: 'GET',
    path: '/users/:userid',
    parameters: z.object({ userid: pathId }),
    body: noBody,
    plan: ({ parameters: { userid } }, [found, ...joined]) =>
      found === undefined ? read(USERS, { type: 'get', userid }) : describeUser(found, joined),
  }),
  defineRoute({
    method: 'POST',
    path: '/users/:userid/tickets/transfer',
    parameters: z.object({ userid: pathId }),
    body: z.object({ eventid: id, tickets: count, targetuser: id }),
    plan: ({ parameters: { userid }, body }, [transferred]) =>
      transferred === undefined ? write(USERS, { type: 'transfer', userid, ...body }) : answerEmpty(transferred),
  }),
  defineRoute({
    method: 'GET',
    path: '/greet',
    parameters: nothing,
    body: noBody,
    plan: () => ({ type: 'answer', status: 200, body: undefined }),
  }),
  // In the source this configured a new primary. Here votes alone do that; what it says is taken note of and no more.
  defineRoute({
    method: 'POST',
    path: '/election',
    parameters: nothing,
    body: z.object({ port: z.int().min(1).max(65_535) }),
    plan: ({ body: { port } }, _, view) =>
      view.knowsPort(port)
        ? { type: 'answer', status: 200, body: undefined }
        : refuse(`no data server is known at port ${port}`),
  }),
];

/** One row per ticket held, joined with its event, by ascending event id. */
function describeUser(found: Outcome, joined: readonly Outcome[]): Plan {
  if (found.type === 'refused') return answerWith(found);
  const user = userRow.parse(found.value);
  const sum = user.tickets.reduce((all, { tickets }) => all + tickets, 0);
  if (sum > TICKETS_LISTED_AT_MOST) {
    return refuse(`user ${user.userid} holds ${sum} tickets, more than the ${TICKETS_LISTED_AT_MOST} one answer lists`);
  }
  if (sum === 0) return answerRows(user, []);

  const wanted: Plan = read(EVENTS, { type: 'some', eventids: user.tickets.map(({ eventid }) => eventid) });
  const last = joined.at(-1);
  if (last === undefined) return wanted;
  assert(last.type === 'accepted', 'events that do not exist are left out, and nothing is refused');
  const rows = z.array(eventRow).parse(last.value);
  if (rows.length === user.tickets.length) return answerRows(user, rows);
  // A session read found a replica of `events` that is behind the one of `users`: tickets of an event it does not know.
  assert(joined.length === 1, 'whoever holds tickets holds them of an event that exists');
  return { ...wanted, fresh: true };
}

/** `rows` are the events of `user.tickets`, in the same order. */
function answerRows({ userid, username, tickets }: UserRow, rows: readonly EventRow[]): Plan {
  const listed = rows.flatMap((row, place) => Array.from({ length: tickets[place]?.tickets ?? 0 }, () => row));
  return { type: 'answer', status: 200, body: { userid, username, tickets: listed } };
}

function read(group: string, query: Json): Extract<Plan, { readonly type: 'read' }> {
  return { type: 'read', group, query };
}

function write(group: string, command: Json): Plan {
  return { type: 'write', group, command };
}

function answerWith(outcome: Outcome): Plan {
  return outcome.type === 'accepted' ? { type: 'answer', status: 200, body: outcome.value } : refuse(outcome.reason);
}

/** For what the source answers without a body. */
function answerEmpty(outcome: Outcome): Plan {
  return outcome.type === 'accepted' ? { type: 'answer', status: 200, body: undefined } : refuse(outcome.reason);
}

function refuse(reason: string): Plan {
  return { type: 'answer', status: 400, body: { error: reason } };
}
