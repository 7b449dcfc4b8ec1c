import { expect, test } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { createHost, founder, type Host, stepHost } from '../../src/host/host.ts';
import type { HostInput } from '../../src/host/host-io.ts';
import { NO_EPOCH } from '../../src/protocol/model/epoch.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';
import type { Topology } from '../../src/protocol/model/topology.ts';

const topology: Topology = {
  clusterId: 'c',
  servers: ['s1', 's2', 's3'],
  frontEnds: [],
  groups: ['events', 'users'],
};

const now = { millis: 0, wall: 0, chance: 0 };

function fed(host: Host, ...inputs: readonly HostInput[]): Host {
  return inputs.reduce((before, input) => stepHost(before, input, now)[0], host);
}

function suspectedAt(host: Host): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(host.slots).map(([unit, { replica }]) => [unit, replica.election.suspected]),
  );
}

test('A message of one group takes back the hint that its sender is dead in every group, and of no other node', () => {
  const stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
  const created = createHost({ topology, self: founder(topology, 's3'), service: tickets, settings: DEFAULT_SETTINGS });
  const host = fed(
    created,
    ...topology.groups.map((unit): HostInput => ({ type: 'recovered', unit, stored })),
    { type: 'suspected', nodeId: 's1' },
    { type: 'suspected', nodeId: 's2' },
  );
  expect(suspectedAt(host)).toEqual({ events: ['s1', 's2'], users: ['s1', 's2'] });
  const message = { type: 'answer', round: 1, verdict: 'ok', promised: NO_EPOCH } as const;
  const envelope = { from: { node: 's1', unit: 'events' }, to: { node: 's3', unit: 'events' }, message };
  expect(suspectedAt(fed(host, { type: 'envelope', envelope }))).toEqual({ events: ['s2'], users: ['s2'] });
});
