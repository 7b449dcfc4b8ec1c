import * as z from 'zod';
import type { Decided, GroupName } from '../../protocol/model/app.ts';
import { shapeOf } from '../../service/default-routes.ts';
import { defineRoute, noAnswer, noBody, nothing } from '../../service/define-service.ts';
import { read, readFresh, readList, write } from '../../service/plans.ts';
import type { Route, RoutePlan } from '../../service/service.ts';
import { count, id, pathId } from '../schemas.ts';
import { capacityOf, eventRow, EVENTS } from './events.ts';
import { answer, answerEmpty, answerWith, refuse } from './plans.ts';
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
import { grantRow, userRow, USERS } from './users.ts';

/**
 * The routes of a data server: those of the source's event service and user service, which were separate processes.
 * - Where a server has one group, its paths are bare, as in the source.
 * - Where it has both, each group has its paths behind its name (`/events/create`), and those that the other one does
 *   not have are bare as well: all but `POST /create` and `GET /{id}`.
 */
export function serverRoutesOf(groups: readonly GroupName[]): readonly Route[] {
  const [hasEvents, hasUsers] = [groups.includes(EVENTS), groups.includes(USERS)];
  const bare = [
    ...(hasEvents ? eventService((path) => path, hasUsers) : []),
    ...(hasUsers ? userService((path) => path, hasEvents) : []),
  ];
  if (groups.length === 1) return [...bare, greetRoute('/greet')];
  const shapes = bare.map(shapeOf);
  return [
    ...eventService((path) => `/${EVENTS}${path}`, true),
    ...userService((path) => `/${USERS}${path}`, true),
    ...bare.filter((route) => shapes.filter((shape) => shape === shapeOf(route)).length === 1),
    greetRoute('/greet'),
  ];
}

function eventService(at: (path: string) => string, checksUser: boolean): readonly Route[] {
  return [
    createEventAt(at('/create'), { checksUser }),
    defineRoute({
      method: 'GET',
      path: at('/list'),
      summary: 'All events, or some after an id; an empty list while there are none',
      parameters: eventPage,
      body: noBody,
      answer: z.array(eventRow),
      plan: ({ parameters }, [listed]) =>
        listed === undefined ? readList(EVENTS, { type: 'list', ...parameters }) : answerList(listed),
    }),
    eventAt(at('/:eventid')),
    defineRoute({
      method: 'POST',
      path: at('/purchase/:eventid'),
      summary: 'Buy tickets of an event for a user',
      parameters: z.object({ eventid: pathId }),
      body: z.object({ userid: id, eventid: id, tickets: count }),
      answer: noAnswer,
      plan({ parameters: { eventid }, body }, outcomes) {
        if (body.eventid !== eventid) return refuse(`eventid: the path says ${eventid} and the body ${body.eventid}`);
        return purchase(body, outcomes);
      },
    }),
  ];
}

function userService(at: (path: string) => string, checksEvent: boolean): readonly Route[] {
  return [
    createUserAt(at('/create')),
    defineRoute({
      method: 'GET',
      path: at('/granted'),
      summary: 'Tickets that an operator has added, by event',
      parameters: nothing,
      body: noBody,
      answer: z.array(grantRow),
      plan: (_, [granted]) => (granted === undefined ? readList(USERS, { type: 'granted' }) : answerWith(granted)),
    }),
    defineRoute({
      method: 'GET',
      path: at('/:userid'),
      summary: 'A user, with a row for each ticket held',
      parameters: z.object({ userid: pathId }),
      body: noBody,
      answer: userWith(z.object({ eventid: z.int() })),
      plan: ({ parameters: { userid } }, [found]) =>
        found === undefined ? read(USERS, { type: 'get', userid }) : answerUser(found),
    }),
    defineRoute({
      method: 'POST',
      path: at('/:userid/tickets/add'),
      // Creates tickets: for operators only.
      signed: true,
      summary: 'Give a user tickets without a purchase',
      parameters: z.object({ userid: pathId }),
      body: z.object({ eventid: id, tickets: count }),
      answer: noAnswer,
      // Events are never deleted: one that exists when checked exists when its tickets are granted.
      plan({ parameters: { userid }, body }, outcomes) {
        const [event, granted] = checksEvent ? outcomes : [undefined, ...outcomes];
        if (checksEvent && event === undefined) return readFresh(EVENTS, { type: 'get', eventid: body.eventid });
        if (event?.type === 'refused') return refuse(event.reason);
        if (granted !== undefined) return answerEmpty(granted);
        const capacity = event === undefined ? {} : { capacity: capacityOf(eventRow.parse(event.value)) };
        return write(USERS, { type: 'grant', userid, ...body, ...capacity });
      },
    }),
    transferAt(at('/:userid/tickets/transfer')),
  ];
}

/** An event service without events answers an empty list; only the front end's `GET /events` answers 400. */
function answerList(listed: Decided): RoutePlan {
  return listed.type === 'accepted' ? answerWith(listed) : answer([]);
}

/** One row per ticket held, with the event's id only: the event service has the rest. */
function answerUser(found: Decided): RoutePlan {
  if (found.type === 'refused') return refuse(found.reason);
  const user = userRow.parse(found.value);
  const tooMany = tooManyToList(user);
  if (tooMany !== undefined) return refuse(tooMany);
  const { userid, username, tickets: holdings } = user;
  const tickets = holdings.flatMap(({ eventid, tickets: held }) => Array.from({ length: held }, () => ({ eventid })));
  return answer({ userid, username, tickets });
}
