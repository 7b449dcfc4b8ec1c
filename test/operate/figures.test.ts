import { expect, it } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { createHost, founder, type Host, stepHost } from '../../src/host/host.ts';
import { processStatus } from '../../src/live/admin/status.ts';
import { FIGURES } from '../../src/operate/figures.ts';
import { createMetrics } from '../../src/operate/metrics.ts';
import { createTally } from '../../src/operate/tally-observer.ts';
import { NO_EPOCH } from '../../src/protocol/model/epoch.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';

const topology = { clusterId: 'c', servers: ['s1'], frontEnds: [], groups: ['events', 'users'] };

const surroundings = { node: { clusterId: 'c', historyId: 'h' }, incarnation: 1, startedAt: 0, links: {}, peers: {} };

/** A data server that has read its empty disks. */
function started(): Host {
  const stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
  const self = founder(topology, 's1');
  const created = createHost({ topology, self, service: tickets, settings: DEFAULT_SETTINGS });
  const now = { millis: 0, wall: 0, chance: 0 };
  return topology.groups.reduce((host, unit) => stepHost(host, { type: 'recovered', unit, stored }, now)[0], created);
}

it('A state that is known to have diverged is told in metrics and in the status, by its group', () => {
  const host = started();
  const { users } = host.slots;
  if (users === undefined) throw new Error('a server has every group');
  const diverged = {
    ...host,
    slots: { ...host.slots, users: { ...users, replica: { ...users.replica, diverged: 7 } } },
  };
  const status = processStatus(diverged, surroundings);
  expect([status.groups['users']?.diverged, status.groups['events']?.diverged ?? null]).toEqual([7, null]);
  const figure = FIGURES.find(({ name }) => name === 'understudy_diverged');
  const sample = { status, host: diverged, queued: {}, isStopping: false, wall: 0, certificateEnd: undefined };
  expect(figure?.read(sample)).toEqual([
    [{ group: 'events' }, 0],
    [{ group: 'users' }, 1],
  ]);
});

it('A state that has diverged is counted, so that a quick cure does not hide it; the count begins at 0', async () => {
  const host = started();
  const view = { status: () => processStatus(host, surroundings), host: () => host, queued: () => ({}) };
  const tally = createTally();
  const asides = { droppedLines: () => 0, certificateEnd: () => undefined };
  const metrics = createMetrics({ ...view, isStopping: () => false }, tally, asides);
  const counted = async (): Promise<readonly string[]> =>
    (await metrics.scrape()).text.split('\n').filter((line) => line.startsWith('understudy_divergences_total'));
  const [events, users] = ['events', 'users'].map((group) => `understudy_divergences_total{group="${group}"}`);
  expect((await counted()).toSorted()).toEqual([`${events} 0`, `${users} 0`]);
  tally.observer.noted('users', { type: 'diverged', nodeId: 's2', index: 7, hash: 1, expected: 2 });
  tally.observer.noted('users', { type: 'fails-alone', version: 2, index: 9 });
  expect((await counted()).toSorted()).toEqual([`${events} 0`, `${users} 2`]);
});
