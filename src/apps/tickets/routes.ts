import * as z from 'zod';
import type { Decided } from '../../protocol/model/app.ts';
import { assert } from '../../protocol/model/assert.ts';
import { defineRoute, noAnswer, noBody, nothing } from '../../service/define-service.ts';
import { read, readList } from '../../service/plans.ts';
import type { Route, RoutePlan } from '../../service/service.ts';
import { count, pathId } from '../schemas.ts';
import { type EventRow, eventRow, EVENTS } from './events.ts';
import { answer, answerWith, refuse } from './plans.ts';
import {
  createEventAt,
  createUserAt,
  eventAt,
  eventPage,
  greetRoute,
  purchase,
  tooManyToList,
  transferAt,
  userWith,
} from './shared-routes.ts';
import { type UserRow, userRow, USERS } from './users.ts';

/** The source's paths, bodies and statuses: 200, or 400 with a reason. */
export const ticketRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/events',
    summary: 'All events, or some after an id; 400 while there are none',
    parameters: eventPage,
    body: noBody,
    answer: z.array(eventRow),
    plan: ({ parameters }, [listed]) =>
      listed === undefined ? readList(EVENTS, { type: 'list', ...parameters }) : answerWith(listed),
  }),
  createEventAt('/events/create', { checksUser: true }),
  eventAt('/events/:eventid'),
  defineRoute({
    method: 'POST',
    path: '/events/:eventid/purchase/:userid',
    summary: 'Buy tickets of an event for a user',
    parameters: z.object({ eventid: pathId, userid: pathId }),
    body: z.object({ tickets: count }),
    answer: noAnswer,
    plan: ({ parameters: { eventid, userid }, body: { tickets } }, outcomes) =>
      purchase({ eventid, userid, tickets }, outcomes),
  }),
  createUserAt('/users/create'),
  defineRoute({
    method: 'GET',
    path: '/users/:userid',
    summary: 'A user, with a row for each ticket held',
    parameters: z.object({ userid: pathId }),
    body: noBody,
    answer: userWith(eventRow),
    plan: ({ parameters: { userid } }, [found, ...joined]) =>
      found === undefined ? read(USERS, { type: 'get', userid }) : describeUser(found, joined),
  }),
  transferAt('/users/:userid/tickets/transfer'),
  greetRoute('/greet'),
  // The source configured a new primary here. Here only votes make one: the path has no effect.
  defineRoute({
    method: 'POST',
    path: '/election',
    summary: 'Whether a data server is known at a port; votes alone make a primary',
    parameters: nothing,
    body: z.object({ port: z.int().min(1).max(65_535) }),
    answer: noAnswer,
    plan: ({ body: { port } }, _, view) =>
      view.knowsPort(port) ? answer(undefined) : refuse(`no data server is known at port ${port}`),
  }),
];

/** One row per ticket held, joined with its event, by ascending event id. */
function describeUser(found: Decided, joined: readonly Decided[]): RoutePlan {
  if (found.type === 'refused') return answerWith(found);
  const user = userRow.parse(found.value);
  const tooMany = tooManyToList(user);
  if (tooMany !== undefined) return refuse(tooMany);
  if (user.tickets.length === 0) return answerRows(user, []);

  const wanted: RoutePlan = read(EVENTS, { type: 'some', eventids: user.tickets.map(({ eventid }) => eventid) });
  const last = joined.at(-1);
  if (last === undefined) return wanted;
  assert(last.type === 'accepted', 'events that do not exist are left out, and nothing is refused');
  const rows = z.array(eventRow).parse(last.value);
  if (rows.length === user.tickets.length) return answerRows(user, rows);
  // A session read found a replica of `events` behind that of `users`: it lacks events of these tickets.
  assert(joined.length === 1, 'tickets are held of existing events only');
  return { ...wanted, fresh: true };
}

/** `rows` are the events of `user.tickets`, in the same order. */
function answerRows({ userid, username, tickets }: UserRow, rows: readonly EventRow[]): RoutePlan {
  const listed = rows.flatMap((row, place) => Array.from({ length: tickets[place]?.tickets ?? 0 }, () => row));
  return answer({ userid, username, tickets: listed });
}
