import { defineService } from '../../frontend/define.ts';
import type { ServiceInvariant } from '../../frontend/service.ts';
import { EVENTS, events, type EventsState } from './events.ts';
import { ticketRoutes } from './routes.ts';
import { heldByEvent, USERS, users, type UsersState } from './users.ts';

/** Event tickets: bought from events, held by users, never oversold, and bought = held. */
export const tickets = defineService({
  name: 'tickets',
  apps: [events, users],
  routes: ticketRoutes,
  invariants: [boughtIsHeld()],
});

/**
 * For every event, with E the furthest state of `events` and U that of `users`:
 *
 *     purchased − pending  ≤  held by all users together  ≤  purchased
 *
 * Held is the sum of the `add` calls that U has accepted, for a transfer keeps the sum. (1) An `add` that U has accepted
 * was delivered, so some replica of `events` had applied its purchase before, and E is no older than that: there it is
 * reserved, or confirmed, and both count as purchased; released it is not, since a call has one outcome. So held ≤
 * purchased. (2) A purchase that E counts as confirmed was settled with what a replica of `users` answered after it had
 * applied the `add`, and U is no older than that. So purchased − pending ≤ held. Each side looks at the furthest state
 * that any replica ever had: the entry of a crashed primary is committed, but its successor may not have applied it yet.
 */
function boughtIsHeld(): ServiceInvariant {
  return {
    name: 'tickets bought are tickets held',
    broken({ [EVENTS]: sold, [USERS]: holders }) {
      if (!isEvents(sold) || !isUsers(holders)) return 'a group has no state';
      const held = heldByEvent(holders);
      for (const { eventid, purchased, pending } of sold.events) {
        const sum = held.get(eventid) ?? 0;
        if (sum < purchased - pending || sum > purchased) {
          return `event ${eventid}: ${purchased} purchased, ${pending} of them pending, ${sum} held`;
        }
      }
      const unknown = held.findKey((_, eventid) => !sold.events.has(eventid));
      return unknown === undefined ? undefined : `tickets of event ${unknown} are held, and there is no such event`;
    },
  };
}

/** Every group's state comes as `unknown`; these two were made by the apps above. */
function isEvents(state: unknown): state is EventsState {
  return typeof state === 'object' && state !== null && 'events' in state;
}

function isUsers(state: unknown): state is UsersState {
  return typeof state === 'object' && state !== null && 'users' in state;
}
