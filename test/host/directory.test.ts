import { describe, expect, test } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { presentServices, serversOf } from '../../src/gossip/service-list.ts';
import type { HostInput } from '../../src/host/host-io.ts';
import { createHost, founder, hostWakeAt, stepHost } from '../../src/host/host.ts';
import { noteLine } from '../../src/host/note-line.ts';
import { FRONT_END, GOSSIP } from '../../src/protocol/model/address.ts';
import { configurationOf, memberOf, voterOf } from '../../src/protocol/model/configuration.ts';
import type { GroupView } from '../../src/protocol/model/directory.ts';
import { NO_EPOCH } from '../../src/protocol/model/epoch.ts';
import { configurationOfLog } from '../../src/protocol/model/log.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';
import { entryOf, founding, HostGroup, newcomer, TOPOLOGY } from '../support/host/host-group.ts';

const NOW = { millis: 0, wall: 0, chance: 0.5 };
const STORED = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };

function hostOf(self = founder(TOPOLOGY, 's1', 's1:1'), service = tickets) {
  return createHost({ topology: TOPOLOGY, self, service, settings: DEFAULT_SETTINGS });
}

function fed(host: ReturnType<typeof hostOf>, ...inputs: readonly HostInput[]) {
  return inputs.reduce((now, input) => stepHost(now, input, NOW)[0], host);
}

const started: HostInput = { type: 'started', incarnation: 2, services: [founding('s2'), founding('s3')] };

describe('A process', () => {
  test('that was not there from the beginning has a replica of every group, on its own disk', () => {
    const s4 = hostOf(newcomer('s4', 'server'));
    expect(Object.keys(s4.slots)).toEqual(['events', 'users']);
    expect(s4.slots['users']?.replica.identity).toEqual({
      clusterId: 'c',
      historyId: 'c',
      group: 'users',
      nodeId: 's4',
      diskId: 'c/s4/1-x',
      kind: 'data',
    });
    // It begins where everybody began, and is no member there.
    expect(s4.slots['users']?.replica.log).toEqual(hostOf().slots['users']?.replica.log);
    const f2 = hostOf(newcomer('f2', 'frontend'));
    expect(f2.slots['events']?.replica.identity.kind).toBe('witness');
    expect(f2.frontEnd).toBeDefined();
  });

  test('of a data server answers clients where the service has paths for that, and those alone', () => {
    expect(hostOf().frontEnd).toBeDefined();
    const { serverRoutes: _, ...plain } = tickets;
    expect(hostOf(undefined, plain).frontEnd).toBeUndefined();
    const hosts = new HostGroup();
    hosts.start(founder(TOPOLOGY, 's1'), []);
    hosts.ask('s1', 1, 'POST', '/users/tickets/no-such-path');
    hosts.ask('f1', 2, 'GET', '/events');
    expect(hosts.responses.get(1)?.status).toBe(404);
    expect(hosts.responses.has(2)).toBe(false);
  });

  test('that was told nothing of its start has no directory, and is woken for none', () => {
    const host = fed(hostOf(), { type: 'recovered', unit: 'events', stored: STORED });
    expect(host.gossip.services).toEqual([]);
    expect(host.slots['events']?.replica.services).toEqual([]);
    expect(hostWakeAt(hostOf())).toBeUndefined();
    expect(hostWakeAt(fed(hostOf(), started))).toBe(500);
  });

  test('tells its replicas of the directory once they have read their disks, whichever comes first', () => {
    const recovered: HostInput = { type: 'recovered', unit: 'events', stored: STORED };
    const early = fed(hostOf(), started, recovered);
    const late = fed(hostOf(), recovered, started);
    for (const host of [early, late]) {
      expect(host.slots['events']?.replica.services).toEqual(host.gossip.services);
      expect(host.gossip.services.map(({ nodeId }) => nodeId)).toEqual(['s1', 's2', 's3']);
      expect(host.slots['users']?.replica.services).toEqual([]);
    }
  });

  test('lets nobody but another gossip speak to its gossip', () => {
    const host = fed(hostOf(), started);
    const message = {
      type: 'gossip',
      services: [entryOf(newcomer('s9', 'server'))],
      groups: [],
      isAnswer: true,
    } as const;
    const to = { node: 's1', unit: GOSSIP };
    const after = fed(
      host,
      { type: 'envelope', envelope: { from: { node: 's2', unit: 'events' }, to, message } },
      { type: 'envelope', envelope: { from: { node: 's2', unit: GOSSIP }, to, message: { type: 'locate' } } },
      {
        type: 'envelope',
        envelope: { from: { node: 's2', unit: GOSSIP }, to: { node: 's1', unit: 'events' }, message },
      },
    );
    expect(after.gossip).toBe(host.gossip);
    const heard = fed(host, { type: 'envelope', envelope: { from: { node: 's2', unit: GOSSIP }, to, message } });
    expect(heard.gossip.services.map(({ nodeId }) => nodeId)).toContain('s9');
  });

  test('passes on that it is dismissed, and says so in words', () => {
    const removed = { ...founding('s1'), incarnation: 2, standing: 'removed' } as const;
    const message = { type: 'gossip', services: [removed], groups: [], isAnswer: true } as const;
    const [, actions] = stepHost(
      fed(hostOf(), started),
      { type: 'envelope', envelope: { from: { node: 's2', unit: GOSSIP }, to: { node: 's1', unit: GOSSIP }, message } },
      NOW,
    );
    expect(actions).toContainEqual({ type: 'dismissed', reason: 'removed' });
    const lines = actions.flatMap((action) =>
      action.type === 'note' ? [noteLine(action.unit, action.note).line] : [],
    );
    expect(lines).toEqual(['gossip: s1 is removed']);
  });
});

describe('What one unit learns of a group', () => {
  const epoch = { counter: 4, nodeId: 's5' };
  const view: GroupView = {
    group: 'users',
    epoch,
    primary: 's5',
    index: 9,
    configuration: configurationOf(
      ['s1', 's5'].map((nodeId, rank) => ({ nodeId, diskId: nodeId, kind: 'data', votes: 1, rank })),
    ),
  };
  const hear: HostInput = {
    type: 'envelope',
    envelope: {
      from: { node: 's2', unit: GOSSIP },
      to: { node: 's1', unit: GOSSIP },
      message: { type: 'gossip', services: [], groups: [view], isAnswer: true },
    },
  };

  test('by gossip reaches the front end and the replicas of other groups', () => {
    const host = fed(hostOf(), started, hear);
    expect(host.frontEnd?.groupRoutes['users']?.servers).toEqual(['s1', 's5']);
    expect(host.frontEnd?.groupRoutes['events']?.servers).toEqual(['s1', 's2', 's3']);
    expect(host.slots['events']?.replica.groupRoutes['users']?.servers).toEqual(['s1', 's5']);
    expect(host.slots['users']?.replica.groupRoutes).toEqual({});
  });

  test('is told once', () => {
    const host = fed(hostOf(), started, hear);
    const again = fed(host, hear);
    expect(again.frontEnd).toBe(host.frontEnd);
    expect(again.slots).toEqual(host.slots);
  });

  test('from its own log reaches the gossip, under the epoch of whoever made the entry', () => {
    const hosts = new HostGroup();
    hosts.found();
    expect(hosts.run(5_000, () => hosts.primaryOf('events') !== undefined)).toBe(true);
    const primary = hosts.primaryOf('events');
    hosts.run(300);
    for (const nodeId of ['s1', 's2', 's3', 'f1']) {
      const known = hosts.host(nodeId).gossip.groups.find(({ group }) => group === 'events');
      expect(known, nodeId).toMatchObject({ primary, epoch: { counter: 1, nodeId: primary } });
    }
  });
});

describe('A cluster', () => {
  test('takes in a server that knows one contact, has it vote, and asks it', () => {
    const hosts = new HostGroup();
    hosts.found();
    hosts.run(2_000);
    hosts.start(newcomer('s4', 'server'), [founding('s2')]);
    const isVoter = (): boolean =>
      TOPOLOGY.groups.every((group) => {
        const primary = hosts.primaryOf(group);
        const log = primary === undefined ? undefined : hosts.host(primary).slots[group]?.replica.log;
        return log !== undefined && voterOf(configurationOfLog(log), 's4')?.diskId === 'c/s4/1-x';
      });
    expect(hosts.run(10_000, isVoter)).toBe(true);
    hosts.run(1_000);
    for (const nodeId of ['s1', 's2', 's3', 's4', 'f1']) {
      const { gossip } = hosts.host(nodeId);
      expect(serversOf(gossip, 'events'), nodeId).toEqual(['s1', 's2', 's3', 's4']);
      expect(
        presentServices(gossip, hosts.millis).filter(({ service }) => service === 'users'),
        nodeId,
      ).toHaveLength(4);
    }
    expect(hosts.host('f1').frontEnd?.groupRoutes['users']?.servers).toEqual(['s1', 's2', 's3', 's4']);
  });

  test('goes on without a server that says it is away, whose front end refuses what comes', () => {
    const hosts = new HostGroup();
    hosts.found();
    hosts.run(2_000);
    const leaving = hosts.primaryOf('events') ?? '';
    hosts.feed(leaving, { type: 'order', order: { type: 'stand', standing: 'away' } });
    hosts.ask(leaving, 1, 'GET', '/events/list');
    expect(hosts.responses.get(1)).toMatchObject({ status: 503, headers: { connection: 'close' } });
    const isOut = (): boolean => {
      const primary = hosts.primaryOf('events');
      const log = primary === undefined ? undefined : hosts.host(primary).slots['events']?.replica.log;
      return primary !== leaving && log !== undefined && voterOf(configurationOfLog(log), leaving) === undefined;
    };
    expect(hosts.run(5_000, isOut)).toBe(true);
    hosts.hosts.delete(leaving);
    hosts.ask('f1', 2, 'POST', '/users/create', { username: 'ann' });
    expect(hosts.run(2_000, () => hosts.responses.has(2))).toBe(true);
    expect(hosts.responses.get(2)?.status).toBe(200);
  });

  test('forgets a server that an operator removes, and tells it so', () => {
    const hosts = new HostGroup();
    hosts.found();
    hosts.run(2_000);
    hosts.feed('s2', { type: 'order', order: { type: 'remove', nodeId: 's1' } });
    const isGone = (): boolean =>
      TOPOLOGY.groups.every((group) => {
        const primary = hosts.primaryOf(group);
        const log = primary === undefined ? undefined : hosts.host(primary).slots[group]?.replica.log;
        return log !== undefined && primary !== 's1' && memberOf(configurationOfLog(log), 's1') === undefined;
      });
    expect(hosts.run(10_000, isGone)).toBe(true);
    expect(hosts.actions).toContainEqual({ node: 's1', action: { type: 'dismissed', reason: 'removed' } });
  });

  test('hands the lead of a group over where an operator says so', () => {
    const hosts = new HostGroup();
    hosts.found();
    hosts.run(3_000);
    const from = hosts.primaryOf('users') ?? '';
    const to = TOPOLOGY.servers.find((nodeId) => nodeId !== from) ?? '';
    hosts.feed(from, { type: 'order', order: { type: 'transfer', group: 'users', to } });
    hosts.feed(from, { type: 'order', order: { type: 'transfer', group: 'no-such-group' } });
    expect(hosts.run(2_000, () => hosts.primaryOf('users') === to)).toBe(true);
  });
});

test('A front end that joins answers clients at once', () => {
  const hosts = new HostGroup();
  hosts.found();
  hosts.run(2_000);
  hosts.start(newcomer('f2', 'frontend'), [founding('s3')]);
  hosts.ask('f2', 1, 'POST', '/users/create', { username: 'ann' });
  expect(hosts.run(2_000, () => hosts.responses.has(1))).toBe(true);
  expect(hosts.responses.get(1)?.status).toBe(200);
  expect(hosts.actions.some(({ action }) => action.type === 'note' && action.unit === FRONT_END)).toBe(true);
});
