import type { ClientCall } from '../../sim/base/history.ts';
import type { Dice } from '../../sim/base/random.ts';
import { get, type Known, post, type Workload } from '../../sim/workloads/workload.ts';
import { EVENTS, type EventsState } from './events.ts';
import { ticketHistory } from './history.ts';
import { TICKETS_MIXES } from './mutant-focus.ts';
import { buggyTickets, hastyTickets } from './mutant.ts';
import { tickets } from './service.ts';

/**
 * Clients that create few users and events of few tickets and then buy, transfer and read, so that they collide: events
 * sell out, unknown users are asked for, and some bodies are malformed.
 */
export const ticketWorkload: Workload = {
  service: tickets,
  kinds: ['create-user', 'create-event', 'purchase', 'transfer', 'read-events', 'read-event', 'read-user', 'nonsense'],
  next(kind, dice, known) {
    const usable = (known.get('users') ?? 0) === 0 ? 'create-user' : kind;
    return ticketCall((known.get('events') ?? 0) === 0 && usable === 'purchase' ? 'create-event' : usable, dice, known);
  },
  learn({ method, path }, status, body, known) {
    if (method !== 'POST' || status !== 200) return;
    const key = path === '/users/create' ? 'users' : path === '/events/create' ? 'events' : undefined;
    const [, digits] = /:(\d+)\}$/.exec(body) ?? [];
    if (key !== undefined) known.set(key, Math.max(known.get(key) ?? 0, Number(digits ?? 0) + 1));
  },
  probes: [post('/users/create', { username: 'probe' }), get('/users/0')],
  atRest(states) {
    const state = states[EVENTS];
    if (!isEvents(state)) return 'the group events has no state';
    const reserved = state.events.find(({ pending }) => pending !== 0);
    return reserved === undefined
      ? undefined
      : `event ${reserved.eventid} still has ${reserved.pending} tickets reserved, and nothing is under way`;
  },
  history: ticketHistory,
  mutants: { 'checks-stock-only-when-asked': buggyTickets, 'sells-before-finding-buyer': hastyTickets },
  huntMixes: TICKETS_MIXES,
};

function ticketCall(kind: string, dice: Dice, known: Known): ClientCall {
  const user = (): number => someId(dice, known.get('users') ?? 0);
  const event = (): number => someId(dice, known.get('events') ?? 0);
  const count = dice.between(1, 4);
  switch (kind) {
    case 'create-user':
      return post('/users/create', { username: `user ${dice.below(100)}` });
    case 'create-event':
      return post('/events/create', { userid: user(), eventname: 'a show', numtickets: dice.between(5, 60) });
    case 'purchase':
      return post(`/events/${event()}/purchase/${user()}`, { tickets: count });
    case 'transfer':
      return post(`/users/${user()}/tickets/transfer`, { eventid: event(), tickets: count, targetuser: user() });
    case 'read-events':
      return get('/events');
    case 'read-event':
      return get(`/events/${event()}`);
    case 'read-user':
      return get(`/users/${user()}`);
    default:
      return post(`/events/${event()}/purchase/${user()}`, { tickets: dice.pick(0, -1, 1.5) });
  }
}

/** Mostly one that exists, sometimes the next one, which may not. */
function someId(dice: Dice, count: number): number {
  return dice.chance(50) ? count : dice.below(Math.max(1, count));
}

function isEvents(state: unknown): state is EventsState {
  return typeof state === 'object' && state !== null && 'events' in state;
}
