import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Map } from 'immutable';
import { describe, expect, it } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { reconcile } from '../../../src/live/recovery/force-calls.ts';
import { describeGroup, forceFolder, readGroups } from '../../../src/live/recovery/force.ts';
import type { App } from '../../../src/protocol/model/app.ts';
import type { Configuration } from '../../../src/protocol/model/configuration.ts';
import { COUNTER_AT_MOST } from '../../../src/protocol/model/counters.ts';
import type { Stored } from '../../../src/protocol/model/effects.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import { appendEntries, chain, genesis, logFrom } from '../../../src/protocol/model/log.ts';
import {
  type IncomingCalls,
  initialMachine,
  type Machine,
  type OutgoingCalls,
} from '../../../src/protocol/model/machine.ts';
import { firstConfiguration, type Topology } from '../../../src/protocol/model/topology.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { formatNodeFolder, type NodeFolder, openNodeFolder } from '../../../src/storage/node-folder.ts';
import type { Store } from '../../../src/storage/store.ts';
import { Actor, makePrimary } from '../../support/protocol/one-replica.ts';
import { the } from '../../support/protocol/replica-script.ts';
import { nodeRecord } from '../../support/storage/node-record.ts';
import { newFolder } from '../../support/storage/stores.ts';

const TOPOLOGY = { clusterId: 'c', servers: ['s1', 's2', 's3'], frontEnds: ['f1'], groups: ['events', 'users'] };
const NODE = nodeRecord({ topology: TOPOLOGY, diskId: 'c/s1/1' });

describe('A folder that is forced', () => {
  it('has its node as the only member, everything that was in its logs, and another history', async () => {
    const path = await usedFolder();
    const { folder, stores } = await open(path);
    const groups = await readGroups(folder.node, tickets, stores);
    expect(groups.map((group) => describeGroup(folder.node, group))).toEqual([
      { group: 'events', last: 2, epoch: '4.s2', wall: 10, others: ['f1', 's2', 's3'] },
      { group: 'users', last: 2, epoch: '4.s2', wall: 10, others: ['f1', 's2', 's3'] },
    ]);
    expect(await forceFolder(folder, stores, groups, 'c-new')).toEqual([]);
    await close(folder, stores);

    const again = await open(path, false);
    expect(again.folder.node).toEqual({ ...NODE, historyId: 'c-new' });
    for (const { stored } of again.stores.values()) {
      expect(stored.entries).toEqual([]);
      expect(stored.promised).toEqual({ counter: 5, nodeId: 's1' });
      expect(stored.snapshot?.base).toMatchObject({ index: 3, epoch: { counter: 5, nodeId: 's1' } });
      const alone = { nodeId: 's1', diskId: 'c/s1/1', kind: 'data', votes: 1 };
      expect(stored.snapshot?.configuration).toMatchObject({ voters: [alone], learners: [] });
    }
    expect(again.stores.get('users')?.stored.snapshot?.machine?.results.has('u-1')).toBe(true);
    await close(again.folder, again.stores);
  });

  it.each([
    ['gave its vote up', ['s1', 's2'], ['s2'], { since: { index: 4, wall: 12 } }],
    ['gave it up before the configuration that the log begins with', ['s2'], ['s2'], { since: undefined }],
    ['has its vote back', ['s2'], ['s1', 's2'], undefined],
  ])('says since when its disk is without a vote: %s', (_, first, second, withoutVote) => {
    const { base } = genesis('c', 'events', eventsOf(first), NODE.window);
    const epoch = { counter: 4, nodeId: 's2' };
    const noop = chain(base, epoch, { lamport: 0, wall: 10 }, { type: 'noop' });
    const changed = { type: 'configuration', configuration: eventsOf(second) } as const;
    const entries = [noop];
    for (const [wall, body] of [
      [11, { type: 'noop' }],
      [12, { type: 'noop' }],
      [12, changed],
      [13, { type: 'noop' }],
    ] as const) {
      entries.push(chain(the(entries.at(-1)), epoch, { lamport: 0, wall }, body));
    }
    const log = appendEntries(logFrom(base, eventsOf(first)), entries);
    const machine = initialMachine(base, the(tickets.apps[0]).initial, NODE.window);
    const described = describeGroup(NODE, { group: 'events', log, machine, promised: epoch });
    expect(described).toMatchObject({ group: 'events', last: 5, wall: 13 });
    expect(described.withoutVote).toEqual(withoutVote);
  });

  it('leaves behind stamps that ran days ahead, and an epoch counter at its bound', async () => {
    const ahead = Date.now() + 30 * 86_400_000;
    const path = await usedFolder({ counter: COUNTER_AT_MOST, wall: ahead });
    const { folder, stores } = await open(path);
    const groups = await readGroups(folder.node, tickets, stores);
    for (const group of groups) {
      expect(describeGroup(folder.node, group)).toMatchObject({ epoch: `${COUNTER_AT_MOST}.s2`, wall: ahead });
    }
    const before = Date.now();
    await forceFolder(folder, stores, groups, 'c-new');
    await close(folder, stores);

    const again = await open(path, false);
    for (const { stored } of again.stores.values()) {
      expect(stored.promised).toEqual({ counter: 1, nodeId: 's1' });
      expect(stored.snapshot?.base).toMatchObject({ index: 3, epoch: { counter: 1, nodeId: 's1' } });
      const stamp = stored.snapshot?.base.wall ?? 0;
      expect(stamp).toBeGreaterThanOrEqual(before);
      expect(stamp).toBeLessThanOrEqual(Date.now());
      expect(stored.wall).toBe(stamp);
    }
    await close(again.folder, again.stores);

    // It can be elected, and takes a write of now.
    const app = the(tickets.apps.find(({ name }) => name === 'users'));
    const stored = the((await storesOf(path)).get('users'));
    const actor = new Actor('s1', {
      app,
      historyId: 'c-new',
      diskId: 'c/s1/1',
      stored,
      configuration: the(stored.snapshot).configuration,
    });
    actor.wall = Date.now();
    makePrimary(actor).syncs();
    const command = { type: 'create', username: 'bob' };
    actor.asked({ type: 'write', id: 'ask', uuid: 'u-2', issuedAt: Date.now(), command }).syncs();
    // No lease ends early: the result of before is kept, whose stamp is ahead.
    const { results } = machineOf(actor.replica);
    expect(['u-1', 'u-2'].map((uuid) => results.get(uuid)?.outcome?.type)).toEqual(['accepted', 'accepted']);
  });

  it('refuses to start where that was cut short, until it is forced again', async () => {
    const path = await usedFolder();
    const first = await open(path);
    const groups = await readGroups(first.folder.node, tickets, first.stores);
    const [, users] = [...first.stores.values()];
    if (users === undefined) throw new Error('there are two stores');
    const dying = { ...users, write: () => Promise.reject(new Error('no room')) };
    await expect(
      forceFolder(first.folder, new globalThis.Map([...first.stores, ['users', dying]]), groups, 'c-first'),
    ).rejects.toThrow('no room');
    await close(first.folder, first.stores);

    await expect(openNodeFolder(path)).rejects.toThrow('a force was cut short here');
    const second = await open(path);
    const found = await readGroups(second.folder.node, tickets, second.stores);
    await forceFolder(second.folder, second.stores, found, 'c-second');
    await close(second.folder, second.stores);
    const again = await open(path, false);
    const ends = [...again.stores.values()].map(({ stored }) => stored.snapshot?.base.index);
    expect([again.folder.node.historyId, ...ends]).toEqual(['c-second', 4, 3]);
    await close(again.folder, again.stores);
    expect(JSON.parse(await readFile(join(path, 'services.json'), 'utf8'))).toMatchObject({ services: [] });
  });
});

describe('A folder whose service has versions', () => {
  const apps = tickets.apps.map((app): App => (app.name === 'users' ? { ...app, version: 2 } : app));

  it('is forced where a group began in a version above 1, and has no snapshot yet', async () => {
    const path = await usedFolder({ versions: { users: 2 } });
    const { folder, stores } = await open(path);
    const groups = await readGroups(folder.node, { ...tickets, apps }, stores);
    const users = the(groups.find(({ group }) => group === 'users'));
    expect(users.machine).toMatchObject({ version: 2, at: { index: 2 } });
    await close(folder, stores);
  });

  it('is not forced with a file that lacks the code that a log needs, and says which version that is', async () => {
    const path = await usedFolder({ versions: { users: 2 } });
    const { folder, stores } = await open(path);
    await expect(readGroups(folder.node, tickets, stores)).rejects.toThrow(
      'users: the log of s1 needs the code of version 2, and this service has that of version 1: name a file that has it with --service',
    );
    await close(folder, stores);
  });
});

describe('A folder whose node has left', () => {
  it('is opened for a force alone, and takes part again afterwards', async () => {
    const path = await usedFolder();
    const leaving = await open(path);
    await leaving.folder.rewrite({ ...NODE, state: 'left' });
    await close(leaving.folder, leaving.stores);
    await expect(openNodeFolder(path)).rejects.toThrow('s1 has left its cluster');

    const forced = await open(path);
    const groups = await readGroups(forced.folder.node, tickets, forced.stores);
    await forceFolder(forced.folder, forced.stores, groups, 'c-new');
    await close(forced.folder, forced.stores);
    const again = await open(path, false);
    expect(again.folder.node).toEqual({ ...NODE, historyId: 'c-new' });
    await close(again.folder, again.stores);
  });
});

describe('Calls between two groups of a forced server', () => {
  const pending = { uuid: 'c', command: null, origin: 'purchase', originCommand: null };
  const done = { outcome: { type: 'accepted', value: 1 } as const, index: 1, lamport: 1 };

  it('go on under the new history where its disk was in sync', () => {
    const made = { last: 5, settled: 3, pending: Map([4, 5].map((number) => [number, pending])) };
    const heard = { cursor: 4, results: Map([[4, done]]) };
    const { machines, losses } = reconcile(pair(made, heard), 'new');
    expect(losses).toEqual([]);
    expect(machines.get('events')?.outgoing.get('users')).toEqual(made);
    expect(machines.get('users')?.incoming).toEqual(Map([['events@new', heard]]));
  });

  it('that the called group has lost are given up, and later ones are not held up by them', () => {
    const made = { last: 5, settled: 4, pending: Map([[5, pending]]) };
    const { machines, losses } = reconcile(pair(made, { cursor: 2, results: Map() }), 'new');
    expect(losses).toEqual([{ from: 'events', to: 'users', calls: 2, missing: 'their effect' }]);
    expect(machines.get('users')?.incoming.get('events@new')?.cursor).toBe(4);
  });

  it('that the calling group has lost do not lend their outcome to new ones of the same number', () => {
    const made = { last: 2, settled: 2, pending: Map<number, typeof pending>() };
    const { machines, losses } = reconcile(pair(made, { cursor: 4, results: Map([[4, done]]) }), 'new');
    expect(losses).toEqual([{ from: 'events', to: 'users', calls: 2, missing: 'their cause' }]);
    expect(machines.get('events')?.outgoing.get('users')).toEqual({ last: 4, settled: 4, pending: Map() });
  });

  it('whose outcome is forgotten are ended without one, and are not carried out twice', () => {
    const made = { last: 2, settled: 1, pending: Map([[2, pending]]) };
    const { machines, losses } = reconcile(pair(made, { cursor: 3, results: Map([[3, done]]) }), 'new');
    expect(losses.map(({ calls, missing }) => [calls, missing])).toEqual([
      [1, 'their cause'],
      [1, 'their outcome'],
    ]);
    const events = machines.get('events');
    expect(events?.outgoing.get('users')).toEqual({ last: 3, settled: 3, pending: Map() });
    expect(events?.results.get('purchase')?.outcome).toEqual({ type: 'refused', reason: 'its outcome was lost' });
  });
});

/** What `s1` has of a cluster of three servers: a no-op and a user in each log, of an epoch that `s2` led. */
function eventsOf(servers: readonly string[]): Configuration {
  return firstConfiguration({ ...TOPOLOGY, servers }, 'events');
}

async function usedFolder({
  counter = 4,
  wall = 10,
  versions,
}: Pick<Topology, 'versions'> & { readonly counter?: number; readonly wall?: number } = {}): Promise<string> {
  const path = join(await newFolder(), 's1');
  await formatNodeFolder(path, { ...NODE, topology: { ...TOPOLOGY, versions } });
  const { folder, stores } = await open(path, false);
  for (const [group, store] of stores) {
    const { base } = genesis('c', group, firstConfiguration(TOPOLOGY, group), NODE.window, versions?.[group]);
    const epoch = { counter, nodeId: 's2' };
    const noop = chain(base, epoch, { lamport: 0, wall }, { type: 'noop' });
    const command = group === 'users' ? { type: 'create', username: 'ada' } : { type: 'unreadable' };
    const body = { type: 'write', uuid: 'u-1', issuedAt: wall, command } as const;
    const write = chain(noop, epoch, { lamport: 0, wall }, group === 'users' ? body : { type: 'noop' });
    await store.write([
      { type: 'promise', epoch },
      { type: 'append', entries: [noop, write] },
    ]);
  }
  await close(folder, stores);
  return path;
}

async function open(
  path: string,
  isForced = true,
): Promise<{ folder: NodeFolder; stores: globalThis.Map<string, Store> }> {
  const folder = await openNodeFolder(path, { isForced });
  const stores = new globalThis.Map<string, Store>();
  for (const group of TOPOLOGY.groups) stores.set(group, await folder.openStore(group));
  return { folder, stores };
}

async function storesOf(path: string): Promise<globalThis.Map<string, Stored>> {
  const { folder, stores } = await open(path, false);
  await close(folder, stores);
  return new globalThis.Map([...stores].map(([group, { stored }]) => [group, stored]));
}

async function close(folder: NodeFolder, stores: ReadonlyMap<string, Store>): Promise<void> {
  for (const store of stores.values()) await store.close();
  await folder.close();
}

function pair(made: OutgoingCalls, heard: IncomingCalls) {
  const blank = initialMachine({ index: 0, epoch: NO_EPOCH, hash: 0, lamport: 0, wall: 0 }, {}, NODE.window);
  const result = { index: 1, lamport: 1, wall: 1, digest: 1, outcome: undefined, rests: [] };
  const events: Machine = {
    ...blank,
    results: Map([['purchase', result]]),
    outgoing: Map([['users', made]]),
  };
  const users: Machine = { ...blank, incoming: Map([['events@old', heard]]) };
  return [
    { group: 'events', machine: events },
    { group: 'users', machine: users },
  ];
}
