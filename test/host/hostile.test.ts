import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { createHost, founder, type Host, stepHost } from '../../src/host/host.ts';
import { type Address, GOSSIP } from '../../src/protocol/model/address.ts';
import { NO_EPOCH } from '../../src/protocol/model/epoch.ts';
import { configurationOfLog } from '../../src/protocol/model/log.ts';
import type { Message } from '../../src/protocol/model/messages.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';
import { firstDiskId, type Topology } from '../../src/protocol/model/topology.ts';
import { decodeEnvelope, encodeEnvelope } from '../../src/protocol/wire/codec.ts';
import { entryOf, HostGroup, newcomer } from '../support/host/host-group.ts';

// What a peer may say that is well formed and makes no sense: the process stands it, and nothing changes.

const topology: Topology = {
  clusterId: 'c',
  servers: ['s1', 's2', 's3'],
  frontEnds: ['f1', 'f2'],
  groups: ['events', 'users'],
};

let millis = 0;

const events = (node: string): Address => ({ node, unit: 'events' });

function tell(host: Host, from: Address, to: Address, message: Message): Host {
  return stepHost(host, { type: 'envelope', envelope: { from, to, message } }, { millis, wall: millis, chance: 0 })[0];
}

/** A process that has read its empty disks. */
function started(nodeId: string): Host {
  const stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
  let host = createHost({ topology, self: founder(topology, nodeId), service: tickets, settings: DEFAULT_SETTINGS });
  for (const unit of Object.keys(host.slots)) {
    [host] = stepHost(host, { type: 'recovered', unit, stored }, { millis, wall: millis, chance: 0 });
  }
  return host;
}

/** s3, elected primary of `events`. */
function elected(): Host {
  let host = started('s3');
  millis += 5_000;
  [host] = stepHost(host, { type: 'wake' }, { millis, wall: millis, chance: 0 });
  for (const node of ['s1', 's2']) {
    host = tell(host, events(node), events('s3'), { type: 'answer', round: 1, verdict: 'ok', promised: NO_EPOCH });
  }
  [host] = stepHost(host, { type: 'written', unit: 'events' }, { millis, wall: millis, chance: 0 });
  const epoch = host.slots['events']?.replica.promised ?? NO_EPOCH;
  for (const node of ['s1', 's2']) {
    const diskId = firstDiskId(topology, node);
    host = tell(host, events(node), events('s3'), { type: 'voted', epoch, granted: true, promised: epoch, diskId });
  }
  expect(host.slots['events']?.replica.leading).toBeDefined();
  return host;
}

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'A message for a unit called %s has no receiver',
  (unit) => {
    const host = started('s1');
    const after = tell(host, { node: 's2', unit: 'events' }, { node: 's1', unit }, { type: 'locate' });
    expect(after.slots).toEqual(host.slots);
  },
);

test.each(['constructor', '__proto__', 'front-end', 'no-such-group'])(
  'News of a group called %s is no news',
  (unit) => {
    const host = started('s1');
    const located: Message = { type: 'located', epoch: { counter: 1, nodeId: 's2' }, primary: 's2' };
    const after = tell(host, { node: 's2', unit }, { node: 's1', unit: 'events' }, located);
    expect(after.slots['events']?.replica.groupRoutes).toEqual({});
  },
);

test('An acknowledgement of more than the primary has is not taken', () => {
  const host = elected();
  const epoch = host.slots['events']?.replica.promised ?? NO_EPOCH;
  const diskId = firstDiskId(topology, 's1');
  const after = tell(
    host,
    { node: 's1', unit: 'events' },
    { node: 's3', unit: 'events' },
    {
      type: 'appended',
      epoch,
      match: 999_999,
      diskId,
      incarnation: 1,
    },
  );
  expect(after.slots['events']?.replica.leading?.progress['s1']?.match).toBe(0);
  expect(after.slots['events']?.replica.commit).toBe(0);
});

test('A Lamport time that no number follows is not read', () => {
  const envelope = {
    from: { node: 'f1', unit: 'front-end' },
    to: { node: 's3', unit: 'events' },
    message: { type: 'requests', epoch: NO_EPOCH, lamport: 2 ** 53 + 2, items: [] },
  } as const;
  expect(decodeEnvelope(encodeEnvelope(envelope)).type).toBe('rejected');
  const readable = { ...envelope, message: { ...envelope.message, lamport: 2 ** 53 } };
  expect(decodeEnvelope(encodeEnvelope(readable)).type).toBe('decoded');
});

test('Whatever a directory says, no process breaks, and every configuration stays one', () => {
  const nodes = fc.constantFrom('s1', 's2', 's3', 'f1', '__proto__', 'constructor', '');
  const said = fc.record({
    nodeId: nodes,
    kind: fc.constantFrom('server', 'frontend'),
    address: fc.constantFrom('host:1', '[::1]:80', 's1:1'),
    diskId: fc.constantFrom('c/s1/1', 'c/s2/1', '', 'c/s1/2-x'),
    generation: fc.constantFrom(0, 1, 2, 2 ** 53 - 1),
    incarnation: fc.constantFrom(0, 1, 2 ** 53 - 1),
    standing: fc.constantFrom('member', 'away', 'removed'),
    beat: fc.constantFrom(0, 1, 2 ** 53 - 1),
  });
  const member = fc.record({
    nodeId: nodes,
    diskId: fc.constantFrom('c/s1/1', ''),
    kind: fc.constantFrom('data', 'witness'),
    votes: fc.nat(3),
    rank: fc.nat(3),
  });
  const view = fc.record({
    group: fc.constantFrom('events', 'users', '__proto__'),
    epoch: fc.record({ counter: fc.nat(3), nodeId: nodes }),
    primary: fc.option(nodes, { nil: undefined }),
    index: fc.constantFrom(0, 2 ** 53 - 1),
    configuration: fc.record({
      voters: fc.array(member, { maxLength: 3 }),
      learners: fc.array(member, { maxLength: 2 }),
    }),
  });
  fc.assert(
    fc.property(fc.array(said, { maxLength: 6 }), fc.array(view, { maxLength: 3 }), (services, groups) => {
      const hosts = new HostGroup();
      hosts.found();
      hosts.run(1_500);
      const to = { node: hosts.primaryOf('events') ?? 's1', unit: GOSSIP };
      const message = { type: 'gossip', services, groups, isAnswer: false } as const;
      const envelope = { from: { node: 's9', unit: GOSSIP }, to, message };
      expect(decodeEnvelope(encodeEnvelope(envelope)).type).toBe('decoded');
      hosts.feed(to.node, { type: 'envelope', envelope });
      hosts.run(1_500);
      for (const host of hosts.hosts.values()) {
        for (const { replica } of Object.values(host.slots)) {
          const { voters } = configurationOfLog(replica.log);
          expect(voters.every(({ votes }) => votes >= 1)).toBe(true);
          expect(new Set(voters.map(({ nodeId }) => nodeId)).size).toBe(voters.length);
        }
      }
    }),
    { numRuns: 15 },
  );
});

// What a process with the secret says that is a member of nothing, or a front end: PROTOCOL §2.6.

const FORGED = { counter: 1_000, nodeId: 'x1' };
const END = { epoch: FORGED, index: 5_000 };

const FOR_DATA_SERVERS: readonly Message[] = [
  { type: 'election', round: 1, end: END, transfer: true },
  { type: 'campaign', epoch: FORGED, end: END, transfer: true },
  { type: 'transfer', epoch: FORGED, end: END },
  { type: 'append', epoch: FORGED, previousIndex: 0, previousHash: 0, entries: [], commit: 0 },
  { type: 'heartbeat', epoch: FORGED, beat: 1, commit: 1 },
];
const FOR_MEMBERS: readonly Message[] = [
  { type: 'answer', round: 1, verdict: 'better', promised: FORGED },
  { type: 'voted', epoch: FORGED, granted: true, promised: FORGED, diskId: 'c/s2/1' },
  { type: 'appended', epoch: FORGED, match: 1, diskId: 'c/s2/1', incarnation: 1 },
  { type: 'mismatched', epoch: FORGED, previousIndex: 1, from: 1, diskId: 'd', incarnation: 1 },
  { type: 'heard', epoch: FORGED, beat: 1, agreed: 1, diskId: 'c/s2/1', incarnation: 1 },
  { type: 'outdated', promised: FORGED },
];
const FOR_THE_KNOWN: readonly Message[] = [
  { type: 'locate' },
  { type: 'watch', id: 'w', from: 0 },
  { type: 'requests', epoch: FORGED, lamport: 9, items: [{ type: 'index', id: 'i' }] },
];
const OF_SERVERS: readonly Message[] = [
  { type: 'located', epoch: FORGED, primary: 'x1' },
  { type: 'replies', epoch: FORGED, primary: 'x1', historyId: 'c', items: [] },
  { type: 'changed', epoch: FORGED, primary: 'x1', historyId: 'c', from: 0, to: 1, keys: [], answers: undefined },
];

function install(host: Host): Message {
  const snapshot = host.slots['events']?.replica.snapshot;
  if (snapshot === undefined) throw new Error('s3 has a replica of events');
  return {
    type: 'install',
    epoch: FORGED,
    snapshot: { ...snapshot, base: { ...snapshot.base, index: 5_000, hash: 7 } },
  };
}

/** The same with a directory, which has heard of the others. */
function inTheDirectory(host: Host): Host {
  return stepHost(host, { type: 'started', incarnation: 1, services: [] }, { millis, wall: millis, chance: 0 })[0];
}

test.each(['x1', 'constructor', '__proto__', ''])('Nothing that %j says, a member of nothing, is taken', (stranger) => {
  for (const host of [started('s3'), elected(), started('f1')].map(inTheDirectory)) {
    for (const message of [...FOR_DATA_SERVERS, install(host), ...FOR_MEMBERS, ...FOR_THE_KNOWN, ...OF_SERVERS]) {
      for (const unit of ['events', 'users', 'front-end']) {
        const after = tell(host, { node: stranger, unit: 'events' }, { node: host.nodeId, unit }, message);
        expect(after).toEqual(host);
      }
    }
  }
});

test('Nothing that a front end says is taken which only a data server may say', () => {
  const host = elected();
  for (const message of [...FOR_DATA_SERVERS, install(host)]) {
    expect(tell(host, events('f1'), events('s3'), message)).toEqual(host);
  }
  const frontEnd = started('f1');
  for (const message of OF_SERVERS) {
    expect(tell(frontEnd, events('f2'), { node: 'f1', unit: 'front-end' }, message)).toEqual(frontEnd);
  }
});

test('A server that has joined is believed once gossip names it, in the directory and in a view of the group', () => {
  const member = { nodeId: 's4', diskId: 'c/s4/1-x', kind: 'data', votes: 1, rank: 0 } as const;
  const epoch = { counter: 7, nodeId: 's4' };
  const beat: Message = { type: 'heartbeat', epoch, beat: 1, commit: 0 };
  let host = started('s1');
  [host] = stepHost(host, { type: 'started', incarnation: 1, services: [] }, { millis, wall: millis, chance: 0 });
  expect(tell(host, events('s4'), events('s1'), beat)).toEqual(host);
  const before = host.gossip.groups.find(({ group }) => group === 'events')?.configuration;
  const configuration = { voters: [...(before?.voters ?? []), member], learners: before?.learners ?? [] };
  const view = { group: 'events', epoch, primary: 's4', index: 9, configuration };
  const services = [entryOf(newcomer('s4', 'server'))];
  const news: Message = { type: 'gossip', services, groups: [view], isAnswer: true };
  host = tell(host, { node: 's2', unit: GOSSIP }, { node: 's1', unit: GOSSIP }, news);
  expect(tell(host, events('s4'), events('s1'), beat).slots['events']?.replica.promised).toEqual(epoch);
});
