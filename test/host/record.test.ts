import { describe, expect, it } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { actionsDigest, hostDigest } from '../../src/host/digest.ts';
import type { HostAction, HostInput } from '../../src/host/host-io.ts';
import { createHost, founder, type Host, type HostPlan, hostWakeAt, stepHost } from '../../src/host/host.ts';
import { decodeHeader, decodeStep, encodeHeader, encodeStep, type RecordHeader } from '../../src/host/record.ts';
import { createReplay, type Difference } from '../../src/host/replay.ts';
import { NO_EPOCH, type NodeId } from '../../src/protocol/model/epoch.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';
import type { Topology } from '../../src/protocol/model/topology.ts';

const topology: Topology = { clusterId: 'c', servers: ['s1', 's2'], frontEnds: ['f1'], groups: ['events', 'users'] };

/** So few that a laggard needs a full copy: its record must hold persistent values, too. */
const settings = { ...DEFAULT_SETTINGS, snapshotEvery: 4, keepEntries: 0 };

interface Recorded {
  readonly header: RecordHeader;
  readonly lines: string[];
  host: Host;
  isDown: boolean;
}

describe('The record of a process', () => {
  const nodes = recordedCluster();

  it.each(['s1', 's2', 'f1'])('lets %s be executed again, to the same actions and the same state', (node) => {
    const { lines, host } = recordedOf(nodes, node);
    const replay = createReplay(headerIn(lines), tickets);
    expect(firstDifference(lines, replay)).toBeUndefined();
    expect(replay.counts()).toEqual({ steps: lines.length - 1, states: lines.length - 1 });
    expect(hostDigest(replay.host())).toBe(hostDigest(host));
  });

  it('holds what only persistent values can say: a full copy and a recovered snapshot', () => {
    const text = recordedOf(nodes, 's2').lines.join('\n');
    expect(text).toContain('"type":"install"');
    expect(text).toContain('$map');
  });

  it('shows the step at which one number of one message was changed', () => {
    const { lines } = recordedOf(nodes, 's2');
    const place = lines.findIndex((line) => line.includes('"type":"append"') && line.includes('"tickets":1'));
    const tampered = lines.with(place, lines[place]?.replace('"tickets":1', '"tickets":7') ?? '');
    expect(tampered[place]).not.toBe(lines[place]);
    const difference = firstDifference(tampered, createReplay(headerIn(lines), tickets));
    expect(difference).toMatchObject({ step: place, input: { type: 'envelope' } });
  });

  it('shows a step whose time was changed, and one that is missing', () => {
    const { lines } = recordedOf(nodes, 's1');
    const place = lines.findIndex((line) => line.includes('"type":"wake"'));
    const [, millis = ''] = /^\[\d+,([\d.]+),/.exec(lines[place] ?? '') ?? [];
    const late = lines.with(place, (lines[place] ?? '').replace(`,${millis},`, `,${Number(millis) + 10_000},`));
    expect(firstDifference(late, createReplay(headerIn(lines), tickets))?.step).toBe(place);
    const without = lines.toSpliced(place, 1);
    expect(firstDifference(without, createReplay(headerIn(lines), tickets))).toMatchObject({
      step: place + 1,
      what: 'sequence',
    });
  });

  it('ends with the step that threw, and throws there again', () => {
    const { header } = recordedOf(nodes, 's1');
    const input: HostInput = { type: 'written', unit: 'events' };
    const step = { number: 1, now: { millis: 1, wall: 1, chance: 0 }, input, state: undefined };
    expect(createReplay(header, tickets).take({ ...step, actions: null })).toBeUndefined();
    expect(createReplay(header, tickets).take({ ...step, actions: 5 })).toMatchObject({ step: 1, what: 'throws' });
  });

  it.each([
    ['', 'a step is a list of eight'],
    ['[1,2,3]', 'a step is a list of eight'],
    ['["1",2,3,0,5,null,false,{"type":"wake"}]', 'a step begins with its number, its moment and its digests'],
    ['[1,2,3,0,"5",null,false,{"type":"wake"}]', 'a step begins with its number, its moment and its digests'],
    ['[1,2,3,0,5,null,false,{}]', 'a step without an input'],
  ])('does not take %s for a step', (text, reason) => {
    const decoded = decodeStep(text === '' ? '{}' : text);
    expect(decoded).toEqual({ type: 'rejected', reason });
  });

  it.each([
    ['{}', 'not the record of a process'],
    ['{"understudy":"record","version":2}', 'a record of format 2; this version reads format 3'],
    ['{"understudy":"record","version":3}', 'a header without service, incarnation or plan'],
  ])('does not take %s for a header', (text, reason) => {
    expect(decodeHeader(text)).toEqual({ type: 'rejected', reason });
  });
});

/** f1 sells tickets of s1 and s2 for some seconds; s2 is away for a while and takes a full copy. Every step is recorded. */
function recordedCluster(): ReadonlyMap<NodeId, Recorded> {
  const nodes = new Map<NodeId, Recorded>();
  const agenda: { readonly node: NodeId; readonly input: HostInput }[] = [];
  let millis = 0;
  for (const nodeId of ['s1', 's2', 'f1']) {
    const plan: HostPlan = { topology, self: founder(topology, nodeId), service: tickets, settings };
    const { service: _, ...recorded } = plan;
    const header: RecordHeader = { service: 'tickets', incarnation: 1, versions: {}, plan: recorded };
    nodes.set(nodeId, { header, lines: [encodeHeader(header)], host: createHost(plan), isDown: false });
    const stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
    for (const unit of Object.keys(recordedOf(nodes, nodeId).host.slots)) {
      agenda.push({ node: nodeId, input: { type: 'recovered', unit, stored } });
    }
  }
  let asked = 0;
  for (; millis < 12_000; millis += 10) {
    recordedOf(nodes, 's2').isDown = millis > 2_000 && millis < 6_000;
    if (millis % 200 === 0) agenda.push({ node: 'f1', input: { type: 'requests', requests: [request()] } });
    for (const [node, { host }] of nodes) {
      if ((hostWakeAt(host) ?? Infinity) <= millis) agenda.push({ node, input: { type: 'wake' } });
    }
    for (let due = agenda.shift(); due !== undefined; due = agenda.shift()) take(due.node, due.input);
  }
  return nodes;

  function take(node: NodeId, input: HostInput): void {
    const recorded = recordedOf(nodes, node);
    if (recorded.isDown) return;
    const now = { millis, wall: 1_700_000_000_000 + millis, chance: (recorded.lines.length % 97) / 97 };
    const [host, actions] = stepHost(recorded.host, input, now);
    const number = recorded.lines.length;
    recorded.host = host;
    recorded.lines.push(encodeStep({ number, now, input, actions: actionsDigest(actions), state: hostDigest(host) }));
    for (const action of actions) carryOut(node, action);
  }

  function carryOut(node: NodeId, action: HostAction): void {
    if (action.type === 'write') agenda.push({ node, input: { type: 'written', unit: action.unit } });
    if (action.type === 'send') {
      agenda.push({ node: action.envelope.to.node, input: { type: 'envelope', envelope: action.envelope } });
    }
    if (action.type === 'save') {
      const { index } = action.snapshot.base;
      agenda.push({ node, input: { type: 'saved', unit: action.unit, index } });
    }
  }

  function request() {
    asked += 1;
    const [path, body] =
      asked === 1
        ? ['/users/create', { username: 'Ada' }]
        : asked === 2
          ? ['/events/create', { userid: 0, eventname: 'Hamlet', numtickets: 100 }]
          : ['/events/0/purchase/0', { tickets: 1 }];
    const uuid = `018bcfe5-6800-7000-8000-${String(asked).padStart(12, '0')}`;
    return { id: asked, method: 'POST', path, headers: {}, body: JSON.stringify(body), uuid };
  }
}

function recordedOf(nodes: ReadonlyMap<NodeId, Recorded>, node: NodeId): Recorded {
  const recorded = nodes.get(node);
  if (recorded === undefined) throw new Error(`there is no ${node}`);
  return recorded;
}

function headerIn([line = '']: readonly string[]): RecordHeader {
  const decoded = decodeHeader(line);
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return decoded.value;
}

function firstDifference(lines: readonly string[], replay: ReturnType<typeof createReplay>): Difference | undefined {
  for (const line of lines.slice(1)) {
    const step = decodeStep(line);
    if (step.type === 'rejected') throw new Error(step.reason);
    const difference = replay.take(step.value);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
