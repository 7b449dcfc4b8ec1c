import * as z from 'zod';
import type { Decided } from '../../protocol/model/app.ts';
import { defineRoute, noAnswer, noBody, nothing } from '../../service/define-service.ts';
import { read, readFresh, write } from '../../service/plans.ts';
import type { Route, RoutePlan } from '../../service/service.ts';
import { count, countOrNone, id, name, pathId, pathLimit } from '../schemas.ts';
import { eventRow, EVENTS } from './events.ts';
import { answer, answerEmpty, answerWith, refuse } from './plans.ts';
import { type UserRow, USERS } from './users.ts';

// Routes of front ends and data servers, under different paths.

/** The bound on rows in one answer about a user, which has one per ticket: an answer of some 10 MB. */
export const TICKETS_LISTED_AT_MOST = 100_000;

/** Why the tickets of `user` cannot be listed, if so. */
export function tooManyToList({ userid, tickets: holdings }: UserRow): string | undefined {
  const sum = holdings.reduce((all, { tickets }) => all + tickets, 0);
  if (sum <= TICKETS_LISTED_AT_MOST) return undefined;
  return `user ${userid} holds ${sum} tickets, more than the ${TICKETS_LISTED_AT_MOST} one answer lists`;
}

/** The schema of a user as clients see one: a row for each ticket. */
export function userWith(ticket: z.ZodType): z.ZodType {
  return z.object({ userid: z.int(), username: z.string(), tickets: z.array(ticket) });
}

/** The parameters of a list of events: those after an id, and how many. */
export const eventPage = z.object({ after: pathId.exactOptional(), limit: pathLimit.exactOptional() });

/** `checksUser`: only for an existing user, which requires the group `users`. */
export function createEventAt(path: string, { checksUser }: { readonly checksUser: boolean }): Route {
  return defineRoute({
    method: 'POST',
    path,
    summary: 'Create an event',
    parameters: nothing,
    body: z.object({ userid: id, eventname: name, numtickets: countOrNone }),
    answer: z.object({ eventid: z.int() }),
    // Users are never deleted: one that exists when checked exists when the event is created.
    plan({ body }, outcomes) {
      const [creator, created] = checksUser ? outcomes : [undefined, ...outcomes];
      if (checksUser && creator === undefined) return readFresh(USERS, { type: 'exists', userid: body.userid });
      if (creator?.type === 'refused') return refuse(creator.reason);
      return created === undefined ? write(EVENTS, { type: 'create', ...body }) : answerWith(created);
    },
  });
}

/**
 * The plan of a purchase. The buyer is looked up first: users are never deleted, so the purchase of one that exists is
 * not refused after its tickets were taken, and what readers see as purchased stays purchased.
 */
export function purchase(
  command: { readonly eventid: number; readonly userid: number; readonly tickets: number },
  [buyer, purchased]: readonly Decided[],
): RoutePlan {
  if (buyer === undefined) return readFresh(USERS, { type: 'exists', userid: command.userid });
  if (buyer.type === 'refused') return refuse(buyer.reason);
  return purchased === undefined ? write(EVENTS, { type: 'purchase', ...command }) : answerEmpty(purchased);
}

export function eventAt(path: string): Route {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'One event',
    parameters: z.object({ eventid: pathId }),
    body: noBody,
    answer: eventRow,
    plan: ({ parameters: { eventid } }, [found]) =>
      found === undefined ? read(EVENTS, { type: 'get', eventid }) : answerWith(found),
  });
}

export function createUserAt(path: string): Route {
  return defineRoute({
    method: 'POST',
    path,
    summary: 'Create a user',
    parameters: nothing,
    body: z.object({ username: name }),
    answer: z.object({ userid: z.int() }),
    plan: ({ body }, [created]) =>
      created === undefined ? write(USERS, { type: 'create', ...body }) : answerWith(created),
  });
}

export function transferAt(path: string): Route {
  return defineRoute({
    method: 'POST',
    path,
    summary: 'Give tickets of a user to another one',
    parameters: z.object({ userid: pathId }),
    body: z.object({ eventid: id, tickets: count, targetuser: id }),
    answer: noAnswer,
    plan: ({ parameters: { userid }, body }, [transferred]) =>
      transferred === undefined ? write(USERS, { type: 'transfer', userid, ...body }) : answerEmpty(transferred),
  });
}

/** Answers that the server is alive. */
export function greetRoute(path: string): Route {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'Whether the server answers',
    parameters: nothing,
    body: noBody,
    answer: noAnswer,
    plan: () => answer(undefined),
  });
}
