import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { grantRow } from '../../../apps/tickets/users.ts';
import { type Client, createClient } from '../../../client/client.ts';
import { UserError } from '../../shared/errors.ts';
import { fetchStatus } from '../../status/fetch-status.ts';
import type { TestReport } from '../report.ts';
import { type Event, eventSchema, expectDone, showOutcome, userSchema } from '../requests.ts';

export interface BackendsOptions {
  /** Base URLs of data servers. */
  readonly addresses: readonly string[];
  /** Users read at each server, from 0 on. */
  readonly usersAtMost: number;
  /** Time for the servers to become equal, in milliseconds. */
  readonly within: number;
  readonly deadline: number;
}

/** The events and users of one data server, by its own replicas. */
interface Books {
  readonly node: string;
  readonly applied: Readonly<Record<string, number | null>>;
  readonly events: readonly Event[];
  readonly users: readonly z.output<typeof userSchema>[];
  /** Whether there are more users than were read. */
  readonly hasMore: boolean;
  readonly granted: readonly z.output<typeof grantRow>[];
}

const eventsSchema = z.array(eventSchema);
const grantsSchema = z.array(grantRow);

/** Said of a server that has more users than were read. */
const MORE = ' of more (--users), so that tickets sold and held were not added up';

/** Pause before servers that differ are read again, in milliseconds. */
const AGAIN_AFTER = 200;

/**
 * Reads events and users from every data server, past all front ends, until all are equal or the time is over. While
 * writes keep coming they may never be equal.
 */
export async function testBackends(options: BackendsOptions): Promise<TestReport> {
  const until = performance.now() + options.within;
  for (;;) {
    const books = await Promise.all(options.addresses.map((address) => booksOf(address, options)));
    const problems = [...differences(books), ...books.flatMap(unbalanced)];
    if (problems.length === 0 || performance.now() >= until) {
      return { test: 'backend', problems, lines: books.map(lineOf), timings: {} };
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  }
}

async function booksOf(address: string, { deadline, usersAtMost }: BackendsOptions): Promise<Books> {
  const { node, groups } = await fetchStatus(address);
  // A session without a token: the server answers from its own state.
  const client = createClient({ frontEnds: [address], deadline });
  const events = await expectDone(client, 'GET', '/events/list', eventsSchema, undefined, { read: 'session' });
  const granted = await expectDone(client, 'GET', '/users/granted', grantsSchema, undefined, { read: 'session' });
  const applied = Object.fromEntries(Object.entries(groups).map(([group, state]) => [group, state.applied]));
  return { node, applied, events, granted, ...(await usersOf(client, usersAtMost)) };
}

/** All users from 0 on, `atMost` of them, and whether there is one behind. */
async function usersOf(client: Client, atMost: number): Promise<Pick<Books, 'users' | 'hasMore'>> {
  const users: z.output<typeof userSchema>[] = [];
  for (let userid = 0; ; userid += 1) {
    const outcome = await client.request('GET', `/users/${userid}`, undefined, { read: 'session' });
    if (outcome.type === 'refused' && outcome.reason === `no user ${userid}`) return { users, hasMore: false };
    if (outcome.type !== 'answered') throw new UserError(`GET /users/${userid}: ${showOutcome(outcome)}`);
    if (userid === atMost) return { users, hasMore: true };
    users.push(userSchema.parse(outcome.body));
  }
}

function differences([first, ...others]: readonly Books[]): readonly string[] {
  if (first === undefined) return [];
  return others.flatMap((other) =>
    (['events', 'users', 'granted'] as const).flatMap((what) => {
      const place = first[what].findIndex((row, at) => !isDeepStrictEqual(row, other[what][at]));
      const at = place < 0 && other[what].length > first[what].length ? first[what].length : place;
      if (at < 0) return [];
      const here = JSON.stringify(first[what][at]) ?? 'nothing';
      const there = JSON.stringify(other[what][at]) ?? 'nothing';
      return [`${what} differ: ${first.node} has ${here}, and ${other.node} has ${there}`];
    }),
  );
}

/** Tickets sold that no user holds, or held that none bought. Undecided unless all users were read. */
function unbalanced({ node, events, users, granted, hasMore }: Books): readonly string[] {
  if (hasMore) return [];
  const held = new Map<number, number>();
  for (const { eventid } of users.flatMap(({ tickets }) => tickets)) held.set(eventid, (held.get(eventid) ?? 0) + 1);
  for (const { eventid, tickets } of granted) held.set(eventid, (held.get(eventid) ?? 0) - tickets);
  return events
    .filter(({ eventid, purchased }) => (held.get(eventid) ?? 0) !== purchased)
    .map(({ eventid, purchased }) => {
      return `${node}, event ${eventid}: ${purchased} tickets bought, and ${held.get(eventid) ?? 0} held besides those granted`;
    });
}

function lineOf({ node, applied, events, users, hasMore }: Books): string {
  const sold = events.reduce((all, { purchased }) => all + purchased, 0);
  const versions = Object.entries(applied).map(([group, index]) => `${group} ${index ?? 'none'}`);
  return `${node}: applied ${versions.join(', ')}; ${events.length} events, ${sold} tickets sold, ${users.length} users${hasMore ? MORE : ''}`;
}
