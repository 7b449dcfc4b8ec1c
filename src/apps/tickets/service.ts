import { defineService } from '../../service/define-service.ts';
import type { ServiceInvariant } from '../../service/service.ts';
import { EVENTS, events, type EventsState } from './events.ts';
import { ticketRoutes } from './routes.ts';
import { serverRoutesOf } from './server-routes.ts';
import { grantedByEvent, heldByEvent, USERS, users, type UsersState } from './users.ts';

/** Event tickets: bought from events, held by users, never oversold, and bought = held. */
export const tickets = defineService({
  name: 'tickets',
  apps: [events, users],
  routes: ticketRoutes,
  serverRoutes: serverRoutesOf([EVENTS, USERS]),
  calls: { [EVENTS]: 'event', [USERS]: 'user' },
  invariants: [boughtIsHeld()],
});

/**
 * For every event, with E the furthest state of `events` and U that of `users`:
 *
 *     purchased − pending  ≤  held by all users together − granted  ≤  purchased
 *
 * Held − granted is the sum of the `add` calls that U has accepted: a transfer keeps the sum, and a grant counts on
 * both sides of the minus.
 * 1. Held − granted ≤ purchased. An `add` that U has accepted was delivered, so some replica of `events` had applied
 *    its purchase before, and E is no older. There it is reserved or confirmed, and both count as purchased; not
 *    released, since a call has one outcome.
 * 2. Purchased − pending ≤ held − granted. A purchase that is confirmed in E was settled with the answer of a replica
 *    of `users` that had applied the `add`, and U is no older.
 *
 * Both states are the furthest that any replica ever had: the entry of a crashed primary is committed, but its
 * successor may not have applied it yet.
 */
function boughtIsHeld(): ServiceInvariant {
  return {
    name: 'tickets bought are tickets held',
    broken({ [EVENTS]: sold, [USERS]: holders }) {
      if (!isEvents(sold) || !isUsers(holders)) return 'a group has no state';
      const held = heldByEvent(holders);
      const granted = grantedByEvent(holders);
      for (const { eventid, purchased, pending } of sold.events) {
        const sum = held.get(eventid) ?? 0;
        const given = granted.get(eventid) ?? 0;
        if (sum - given < purchased - pending || sum - given > purchased) {
          const besides = given === 0 ? '' : `, ${given} of them granted`;
          return `event ${eventid}: ${purchased} purchased, ${pending} of them pending, ${sum} held${besides}`;
        }
      }
      const unknown = held.findKey((_, eventid) => !sold.events.has(eventid));
      return unknown === undefined ? undefined : `tickets of event ${unknown} are held, and there is no such event`;
    },
  };
}

/** States are `unknown` here; these two were made by the apps above. */
function isEvents(state: unknown): state is EventsState {
  return typeof state === 'object' && state !== null && 'events' in state;
}

function isUsers(state: unknown): state is UsersState {
  return typeof state === 'object' && state !== null && 'users' in state;
}
