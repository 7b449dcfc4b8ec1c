import { tickets } from '../../../src/apps/tickets/service.ts';
import { actionsDigest, hostDigest } from '../../../src/host/digest.ts';
import type { HostAction, HostInput } from '../../../src/host/host-io.ts';
import { createHost, founder, type Host, type HostPlan, hostWakeAt, stepHost } from '../../../src/host/host.ts';
import { encodeHeader, encodeStep, type RecordHeader } from '../../../src/host/record.ts';
import { NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import type { Topology } from '../../../src/protocol/model/topology.ts';

const topology: Topology = { clusterId: 'c', servers: ['s1', 's2'], frontEnds: ['f1'], groups: ['events', 'users'] };

/** So few that a laggard needs a full copy: its record must hold persistent values, too. */
const settings = { ...DEFAULT_SETTINGS, snapshotEvery: 4, keepEntries: 0 };

/** A process and what was recorded of it: its header and its steps, a line each. */
export interface Recorded {
  readonly header: RecordHeader;
  readonly lines: string[];
  host: Host;
  isDown: boolean;
}

/** f1 sells tickets of s1 and s2 for some seconds; s2 is away for a while and takes a full copy. Every step is recorded. */
export function recordedCluster(): ReadonlyMap<NodeId, Recorded> {
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

export function recordedOf(nodes: ReadonlyMap<NodeId, Recorded>, node: NodeId): Recorded {
  const recorded = nodes.get(node);
  if (recorded === undefined) throw new Error(`there is no ${node}`);
  return recorded;
}
