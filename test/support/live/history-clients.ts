import { expect } from 'vitest';
import { ticketHistory } from '../../../src/apps/tickets/history.ts';
import { tickets } from '../../../src/apps/tickets/checker-model/tickets.ts';
import { check, type HistoryEvent, historyOf, showIllegal } from '../../../src/checker/index.ts';
import type { Client, ClientOutcome } from '../../../src/client/client.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import type { LiveCluster } from './live-cluster.ts';
import type { House } from './ticket-sales.ts';

/** Clients that buy, pass on and look, and remember when they asked what and what they were told. */
export interface Witnesses {
  /** Waits until `more` further requests have been answered. */
  see(more: number): Promise<void>;
  /** Stops asking, and waits for what is under way. Every request must have been answered, by a yes or a fair no. */
  close(): Promise<void>;
  /** Tickets of purchases that were answered with yes. */
  sold(): number;
  /** Asserts that what was seen could have been seen by clients who take turns. */
  agree(): void;
}

/** Waits between two requests of a client, in milliseconds: enough of them are asked meanwhile. */
const REST = 25;

/** Four users and an event, as the witnesses would have it: what was asked and answered is part of the history. */
async function recordedHouse(cluster: Pick<LiveCluster, 'client'>, recorded: HistoryEvent[]): Promise<House> {
  const client = cluster.client();
  const make = async (f: string, path: string, body: Readonly<Record<string, string | number>>, id: string) => {
    recorded.push({ process: 'house', type: 'invoke', f, value: body, key: undefined });
    const outcome = await client.request('POST', path, body);
    if (outcome.type !== 'answered') throw new Error(`${path}: ${JSON.stringify(outcome)}`);
    recorded.push({ process: 'house', type: 'ok', f, value: outcome.body ?? null, key: undefined });
    const made = typeof outcome.body === 'object' && outcome.body !== null ? Object.entries(outcome.body) : [];
    return Number(made.find(([key]) => key === id)?.[1]);
  };
  const users: number[] = [];
  for (let nth = 0; nth < 4; nth += 1) {
    users.push(await make('create-user', '/users/create', { username: `user ${nth}` }, 'userid'));
  }
  const capacity = 100_000;
  const body = { userid: users[0] ?? 0, eventname: 'first night', numtickets: capacity };
  return { users, event: await make('create-event', '/events/create', body, 'eventid'), capacity };
}

/**
 * A house, and four witnesses that have had their first answers. Half of them ask the one front end first, half the other
 * one.
 */
export async function openWitnesses(
  cluster: Pick<LiveCluster, 'bases' | 'client'>,
): Promise<{ readonly house: House; readonly witnesses: Witnesses }> {
  const recorded: HistoryEvent[] = [];
  const house = await recordedHouse(cluster, recorded);
  const { bases } = cluster;
  const clients = [bases, bases.toReversed(), bases, bases.toReversed()].map((frontEnds) =>
    cluster.client({ frontEnds, deadline: 120_000 }),
  );
  const witnesses = callWitnesses(clients, house, recorded);
  await witnesses.see(20);
  return { house, witnesses };
}

function callWitnesses(clients: readonly Client[], { users, event }: House, recorded: HistoryEvent[]): Witnesses {
  const unanswered: ClientOutcome[] = [];
  let open = true;
  let sold = 0;
  let answered = 0;
  const watching = clients.map(async (client, witness) => {
    for (let nth = 0; open; nth += 1) {
      const [path, body] = requestOf(witness, nth);
      const outcome = await ask(client, `w${witness}`, path, body);
      if (outcome.type === 'unknown' || outcome.type === 'expired') unanswered.push(outcome);
      if (outcome.type === 'answered' && path.includes('/purchase/')) sold += 1;
      answered += 1;
      await new Promise((resolve) => setTimeout(resolve, REST));
    }
  });

  return {
    sold: () => sold,
    async see(more) {
      const goal = answered + more;
      await expect.poll(() => answered, { timeout: 120_000, interval: 10 }).toBeGreaterThanOrEqual(goal);
    },
    async close() {
      open = false;
      await Promise.all(watching);
      expect(unanswered).toEqual([]);
    },
    agree() {
      const paired = historyOf(recorded);
      if (paired.type === 'rejected') throw new Error(paired.reason);
      const result = check(tickets, paired.value);
      if (result.type === 'rejected') throw new Error(result.reason);
      expect(showIllegal(paired.value, result.parts)).toBe('');
      expect(result.verdict).toBe('ok');
    },
  };

  async function ask(client: Client, process: string, path: string, body: Json | undefined): Promise<ClientOutcome> {
    const call = { method: body === undefined ? 'GET' : 'POST', path, body, session: false } as const;
    const { f, value } = ticketHistory.asked(call) ?? { f: '', value: null };
    recorded.push({ process, type: 'invoke', f, value, key: undefined });
    const outcome = await client.request(call.method, path, body);
    if (outcome.type === 'unknown' || outcome.type === 'expired') {
      recorded.push({ process, type: 'info', f, value, key: undefined });
    } else {
      const said = outcome.body === undefined ? '' : JSON.stringify(outcome.body);
      const told = ticketHistory.answered(call, outcome.status, said);
      recorded.push({ process, type: 'ok', f, value: told, key: undefined });
    }
    return outcome;
  }

  /** Each in its turn: two purchases, a transfer, a look at the event and one at a user. */
  function requestOf(witness: number, nth: number): readonly [string, Json | undefined] {
    const user = users[(witness + nth) % users.length] ?? 0;
    const other = users[(witness + nth + 1) % users.length] ?? 0;
    switch (nth % 5) {
      case 2:
        return [`/users/${user}/tickets/transfer`, { eventid: event, tickets: 1, targetuser: other }];
      case 3:
        return [`/events/${event}`, undefined];
      case 4:
        return [`/users/${user}`, undefined];
      default:
        return [`/events/${event}/purchase/${user}`, { tickets: 1 }];
    }
  }
}
