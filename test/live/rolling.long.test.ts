import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HistoryEvent } from '../../src/checker/index.ts';
import { callWitnesses } from '../support/live/history-clients.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';
import { expectConserved, type House } from '../support/live/ticket-sales.ts';

const PATIENT = 600_000;

/** A machine with too much to do starves heartbeats, and a node that comes and goes is let in later each time. */
const READY = { ...SOON, timeout: 180_000 };

let cluster: LiveCluster;

beforeEach(async () => {
  cluster = await startCluster();
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
});

/** Four users and an event, as the witnesses would have it: what was asked and answered is part of the history. */
async function openHouse(recorded: HistoryEvent[]): Promise<House> {
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

describe('A cluster of three data servers and two front ends', { timeout: PATIENT }, () => {
  it('is restarted process by process while clients buy, and not one request fails', async () => {
    const recorded: HistoryEvent[] = [];
    const house = await openHouse(recorded);
    const { bases } = cluster;
    // Half of the clients ask the one front end first, half the other one.
    const clients = [bases, bases.toReversed(), bases, bases.toReversed()].map((frontEnds) =>
      cluster.client({ frontEnds, deadline: 120_000 }),
    );
    const witnesses = callWitnesses(clients, house, recorded);
    await witnesses.see(20);
    for (const node of [...cluster.servers, ...cluster.frontEnds]) {
      const before = await cluster.status(node);
      expect(await cluster.stop(node)).toBe('exit code 0');
      await witnesses.see(10);
      cluster.start(node);
      await vi.waitFor(async () => {
        const ready = await fetch(`http://${cluster.address(node)}/readyz`);
        expect([ready.status, (await cluster.status(node))?.incarnation]).toEqual([
          200,
          (before?.incarnation ?? 0) + 1,
        ]);
      }, READY);
      await cluster.voters();
      await witnesses.see(10);
    }
    await witnesses.close();
    witnesses.agree();
    await cluster.whole();
    await expectConserved(cluster, house, witnesses.sold());
  });
});
