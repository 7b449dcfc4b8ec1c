import { expect } from 'vitest';
import type { LiveCluster } from './live-cluster.ts';

/** What clients need of a cluster. */
type Served = Pick<LiveCluster, 'bases' | 'client'>;

/** Clients that buy tickets without a pause, and what they were told. */
export interface BoxOffice {
  /** Tickets of purchases answered with 200. */
  sold(): number;
  /** Purchases answered at all. */
  answered(): number;
  /** Waits until `more` further purchases have been answered. */
  sells(more: number): Promise<void>;
  /** Stops buying, and waits until every purchase under way has its answer. */
  close(): Promise<void>;
}

/** Users and one event to sell to them. */
export interface House {
  readonly users: readonly number[];
  readonly event: number;
  readonly capacity: number;
}

export async function openHouse(cluster: Served, capacity = 100_000): Promise<House> {
  const client = cluster.client();
  const users: number[] = [];
  for (let at = 0; at < 4; at += 1) {
    const created = await client.request('POST', '/users/create', { username: `user ${at}` });
    users.push(field(created, 'userid'));
  }
  const body = { userid: users[0] ?? -1, eventname: 'first night', numtickets: capacity };
  const event = field(await client.request('POST', '/events/create', body), 'eventid');
  return { users, event, capacity };
}

/** `buyers` clients, each with purchases of one to three tickets, one after the other. */
export function openBoxOffice(cluster: Served, { users, event }: House, buyers = 4): BoxOffice {
  let open = true;
  let sold = 0;
  let answered = 0;
  const unexpected: unknown[] = [];
  const buying = Array.from({ length: buyers }, async (_, buyer) => {
    // Half of the buyers ask the one front end first, half the other one.
    const bases = buyer % 2 === 0 ? cluster.bases : cluster.bases.toReversed();
    const client = cluster.client({ frontEnds: bases });
    for (let nth = 0; open; nth += 1) {
      const count = 1 + ((buyer + nth) % 3);
      const user = users[(buyer + nth) % users.length] ?? -1;
      const outcome = await client.request('POST', `/events/${event}/purchase/${user}`, { tickets: count });
      if (outcome.type === 'answered' && outcome.status === 200) sold += count;
      else unexpected.push(outcome);
      answered += 1;
    }
  });
  return {
    sold: () => sold,
    answered: () => answered,
    async sells(more) {
      const goal = answered + more;
      await expect.poll(() => answered, { timeout: 20_000, interval: 10 }).toBeGreaterThanOrEqual(goal);
    },
    async close() {
      open = false;
      await Promise.all(buying);
      expect(unexpected).toEqual([]);
    },
  };
}

/** Asserts that exactly `sold` tickets have left the event and that the users hold exactly those. */
export async function expectConserved(cluster: Served, house: House, sold: number): Promise<void> {
  const client = cluster.client();
  const event = await client.request('GET', `/events/${house.event}`);
  expect(event).toMatchObject({ status: 200, body: { avail: house.capacity - sold, purchased: sold } });
  let held = 0;
  for (const user of house.users) held += await ticketsHeld(cluster, user, house.event);
  expect(held).toBe(sold);
}

export async function ticketsHeld(cluster: Served, user: number, event: number): Promise<number> {
  const outcome = await cluster.client().request('GET', `/users/${user}`);
  if (outcome.type !== 'answered' || outcome.status !== 200)
    throw new Error(`no user ${user}: ${JSON.stringify(outcome)}`);
  const tickets = property(outcome.body, 'tickets');
  if (!Array.isArray(tickets)) throw new Error('a user has a list of tickets');
  return tickets.filter((ticket) => property(ticket, 'eventid') === event).length;
}

/** A number in the body of an answer, such as the id of what was created. */
export function field(outcome: unknown, name: string): number {
  const value = property(property(outcome, 'body'), name);
  if (typeof value !== 'number') throw new Error(`no ${name} in ${JSON.stringify(outcome)}`);
  return value;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
