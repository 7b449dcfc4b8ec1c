import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { tickets } from '../../src/apps/tickets/service.ts';
import { secretBeside } from '../../src/cli/cluster/cluster-file.ts';
import type { Client } from '../../src/client/client.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { readSecret } from '../../src/security/secret.ts';
import { attack } from '../support/hostile/attack.ts';
import type { Victim } from '../support/hostile/deliver.ts';
import { exampleOf, hostileInput } from '../support/hostile/inputs.ts';
import { type MemoryReport, watchMemory } from '../support/hostile/memory.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';

/*
 * The long run (docs/operating/security.md), 200,000 inputs, or as many as are sent within an hour:
 *   HOSTILE_INPUTS=200000 HOSTILE_MINUTES=60 HOSTILE_SEED=1 npx vitest run --project live-long test/live/hostile.long.test.ts
 */
const INPUTS = Number(process.env['HOSTILE_INPUTS'] ?? 1_000);
/** No further input is sent after as many minutes. */
const MINUTES = Number(process.env['HOSTILE_MINUTES'] ?? 10);
const SEED = Number(process.env['HOSTILE_SEED'] ?? 1);

/** A process that is well answers this by itself, at once. In milliseconds; generous, since the test may have its cores. */
const STATUS = { timeout: 5_000, interval: 100 };

/** Events in the list that is asked for, of 1,300 bytes each, and bytes of its pages: 1 MB; 26 MB in the long run. */
const [EVENTS, PAGE] = INPUTS > 10_000 ? [20_000, 256 * 1024] : [800, 64 * 1024];

let cluster: LiveCluster;
let victims: readonly Victim[];

beforeAll(async () => {
  // Outcomes are as long as they may be: each page of the list of events.
  const settings = [`pageSizeAtMost=${PAGE}`, `answerSizeAtMost=${PAGE}`, 'holdFor=20000'];
  const flags = settings.flatMap((setting) => ['--setting', setting]);
  vi.stubEnv('NODE_OPTIONS', `${process.env['NODE_OPTIONS'] ?? ''} --max-old-space-size=${HEAP}`);
  cluster = await startCluster({ servers: 2, frontEnds: 1, flags });
  const secret = await readSecret(secretBeside(cluster.file));
  victims = await Promise.all(
    [...cluster.servers, ...cluster.frontEnds].map(async (node) => {
      const [host = '', port] = cluster.address(node).split(':');
      const status = await cluster.status(node);
      if (status === undefined) throw new Error(`${node} does not answer`);
      return {
        node,
        kind: status.kind,
        host,
        port: Number(port),
        clusterId: status.clusterId,
        incarnation: status.incarnation,
        secret,
      };
    }),
  );
}, 60_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await cluster.remove();
});

/** The heap that each process may have, in MiB: V8 ends one that holds more. */
const HEAP = 512;

/**
 * Resident memory of a process in MiB, at most: its heap, the young part of it (48), what is received and decoded of a
 * frame of 64 MiB (twice that), and the program itself (128).
 */
const RESIDENT_AT_MOST = HEAP + 48 + 128 + 128;

/**
 * What a process may hold more in the last quarter of the inputs than in the second, in MiB: a leak of 2 KiB for each of
 * 200,000 would be 65.
 */
const HELD_MORE_AT_MOST = 48;

interface Sight {
  readonly node: string;
  readonly pid: number;
  readonly incarnation: number;
  /** How far each replica is, in which epoch. */
  readonly places: Readonly<Record<string, { readonly epoch: string; readonly commit: number }>>;
  /** The members of each group, by name. */
  readonly members: Readonly<Record<string, readonly string[]>>;
  /** A hash over the state of each app. */
  readonly states: Readonly<Record<string, number>>;
}

const answered = z.object({ groups: z.record(z.string(), z.object({ state: z.number() })) });

async function views(): Promise<readonly Sight[]> {
  return Promise.all(
    victims.map(async ({ node, host, port, secret }) => {
      const status = await vi.waitFor(async () => {
        const said = await cluster.status(node);
        if (said === undefined) throw new Error(`${node} does not answer`);
        return said;
      }, STATUS);
      const call = { method: 'GET', path: '/understudy/state', within: STATUS.timeout } as const;
      const answer = await callSigned(`${host}:${port}`, call, { secret, tls: undefined });
      const { groups } = answered.parse(JSON.parse(answer.body));
      return {
        node,
        pid: status.pid,
        incarnation: status.incarnation,
        places: mapped(status.groups, ({ epoch, commit }) => ({ epoch, commit })),
        members: mapped(status.groups, ({ members }) => members.map(({ node: name }) => name).sort()),
        states: mapped(groups, ({ state }) => state),
      };
    }),
  );
}

/** The same once all replicas of a group are equally far: a witness hears of the last entries with the next heartbeat. */
async function settledViews(): Promise<readonly Sight[]> {
  return vi.waitFor(async () => {
    const all = await views();
    const furthest = mapped(all[0]?.places ?? {}, ({ commit }) => commit);
    for (const { places } of all) expect(mapped(places, ({ commit }) => commit)).toEqual(furthest);
    return all;
  }, SOON);
}

function mapped<From, To>(record: Readonly<Record<string, From>>, change: (from: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** The same processes, with the same state; and where nobody else was elected meanwhile, with not one entry more. */
function expectUnchanged(before: readonly Sight[], after: readonly Sight[]): void {
  const still = (view: Sight): object => ({ ...view, places: undefined });
  expect(after.map(still)).toEqual(before.map(still));
  for (const [place, { node, places }] of before.entries()) {
    for (const [group, { epoch, commit }] of Object.entries(places)) {
      const now = after[place]?.places[group];
      if (now?.epoch === epoch) expect([node, group, now.commit]).toEqual([node, group, commit]);
    }
  }
}

function expectBounded(memory: Readonly<Record<string, MemoryReport>>): void {
  for (const [node, { resident, held }] of Object.entries(memory)) {
    expect(resident, `resident memory of ${node}`).toBeLessThan(RESIDENT_AT_MOST);
    const [, early, , late] = held;
    if (early === undefined || late === undefined) continue;
    expect(late - early, `what ${node} holds more`).toBeLessThan(HELD_MORE_AT_MOST);
  }
}

describe('Hostile inputs', () => {
  it('are the same each time they are made of a seed, and are made from bodies that every path would take', () => {
    for (let number = 0; number < 100; number += 1) {
      const [once, again] = [hostileInput(7, number, 'frontend'), hostileInput(7, number, 'frontend')];
      expect(JSON.stringify(once) === JSON.stringify(again)).toBe(true);
    }
    for (const route of [...tickets.routes, ...(tickets.serverRoutes ?? [])]) {
      if (route.method !== 'POST') continue;
      const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, '0'] as const);
      const parameters: Record<string, string> = Object.fromEntries(names);
      expect([route.path, route.decode(parameters, exampleOf(route)).type]).toEqual([route.path, 'decoded']);
    }
  });

  it(
    'over HTTP and WebSocket end no process, leave none without an answer, and change nothing',
    async () => {
      const client = cluster.client();
      await create(client);
      await createEvents(client, EVENTS);
      await vi.waitFor(() => cluster.whole(), SOON);
      const before = await settledViews();
      const watch = watchMemory(victims);
      const startedAt = performance.now();
      const report = await attack({ seed: SEED, inputs: INPUTS, victims, atOnce: 24, within: MINUTES * 60_000 });
      const memory = watch.end();
      const seconds = (performance.now() - startedAt) / 1_000;
      console.log(JSON.stringify({ ...(INPUTS > 2_000 ? report : {}), seconds, memory }));
      expect(report.wrong).toEqual([]);
      expect(Object.values(report.outcomes).reduce((sum, count) => sum + count, 0)).toBe(report.inputs);
      await vi.waitFor(() => cluster.whole(), SOON);
      expectUnchanged(before, await views());
      expectBounded(memory);
      // And it serves as before.
      await create(client);
    },
    180_000 + MINUTES * 60_000,
  );
});

/** One write that is really made. */
async function create(client: Client): Promise<void> {
  const { type } = await client.request('POST', '/users/create', { username: 'Ada' });
  expect(type).toBe('answered');
}

/** As many events, with names that are long as JSON. */
async function createEvents(client: Client, count: number): Promise<void> {
  const event = { userid: 0, eventname: '\u001b'.repeat(200), numtickets: 1 };
  let left = count;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      expect((await client.request('POST', '/events/create', event)).type).toBe('answered');
    }
  };
  await Promise.all(Array.from({ length: 64 }, work));
}
