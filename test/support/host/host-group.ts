import { tickets } from '../../../src/apps/tickets/service.ts';
import type { HttpRequest, HttpResponse } from '../../../src/frontend/front-end-io.ts';
import type { HostAction, HostInput } from '../../../src/host/host-io.ts';
import { createHost, founder, type Host, type HostSelf, hostWakeAt, stepHost } from '../../../src/host/host.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import { NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Envelope } from '../../../src/protocol/model/messages.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/protocol/model/settings.ts';
import type { Topology } from '../../../src/protocol/model/topology.ts';
import { hashValue } from '../../../src/protocol/model/value-hash.ts';
import type { Service } from '../../../src/service/service.ts';
import { type Dice, diceOf, streamOf } from '../../../src/sim/base/random.ts';

export const TOPOLOGY: Topology = {
  clusterId: 'c',
  servers: ['s1', 's2', 's3'],
  frontEnds: ['f1'],
  groups: ['events', 'users'],
};

/** What the wall clocks show at the beginning. */
const WALL = 1_700_000_000_000;

/** A node that joins with its first disk. */
export function newcomer(nodeId: NodeId, kind: HostSelf['kind']): HostSelf {
  return { nodeId, kind, address: `${nodeId}:1`, diskId: `c/${nodeId}/1-x`, generation: 1, historyId: 'c' };
}

export function entryOf({ nodeId, kind, address, diskId, generation }: HostSelf): ServiceEntry {
  return { nodeId, kind, address, diskId, generation, incarnation: 0, standing: 'member', beat: 0 };
}

/** The entry of a founder that has never run. */
export function founding(nodeId: NodeId): ServiceEntry {
  return entryOf(founder(TOPOLOGY, nodeId, `${nodeId}:1`));
}

/** Whole processes on one clock, with disks that are done at once and a network that carries what it is given, in order. */
export class HostGroup {
  millis = 0;
  readonly hosts = new Map<NodeId, Host>();
  /** Milliseconds by which a node's wall clock is ahead. */
  readonly ahead = new Map<NodeId, number>();
  readonly actions: { readonly node: NodeId; readonly action: HostAction }[] = [];
  readonly responses = new Map<number, HttpResponse>();
  private readonly post: Envelope[] = [];
  private readonly dice: Dice;
  private readonly settings: Settings;
  private readonly service: Service;

  constructor(settings: Partial<Settings> = {}, service: Service = tickets) {
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.service = service;
    this.dice = diceOf(streamOf(1, 'company'));
  }

  /** A process on an empty disk, that has been told of `services`. */
  start(self: HostSelf, services: readonly ServiceEntry[]): void {
    const { service, settings } = this;
    this.hosts.set(self.nodeId, createHost({ topology: TOPOLOGY, self, service, settings }));
    this.feed(self.nodeId, { type: 'started', incarnation: 1, services });
    const stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
    for (const unit of TOPOLOGY.groups) this.feed(self.nodeId, { type: 'recovered', unit, stored });
  }

  /** Everybody of the first configuration. */
  found(): void {
    const nodes = [...TOPOLOGY.servers, ...TOPOLOGY.frontEnds];
    for (const nodeId of nodes) this.start(founder(TOPOLOGY, nodeId, `${nodeId}:1`), nodes.map(founding));
  }

  feed(nodeId: NodeId, input: HostInput): void {
    const host = this.hosts.get(nodeId);
    if (host === undefined) return;
    const chance = this.dice.below(1_000_000) / 1_000_000;
    const [next, actions] = stepHost(host, input, { millis: this.millis, wall: this.wallOf(nodeId), chance });
    this.hosts.set(nodeId, next);
    for (const action of actions) {
      this.actions.push({ node: nodeId, action });
      if (action.type === 'send') this.post.push(action.envelope);
      else if (action.type === 'respond') this.responses.set(action.id, action.response);
    }
    for (const action of actions) {
      if (action.type === 'write') this.feed(nodeId, { type: 'written', unit: action.unit });
      else if (action.type === 'save') {
        this.feed(nodeId, { type: 'saved', unit: action.unit, index: action.snapshot.base.index });
      } else if (action.type === 'hash') {
        const { version, state } = action.machine;
        this.feed(nodeId, { type: 'hashed', unit: action.unit, index: action.index, version, hash: hashValue(state) });
      }
    }
  }

  wallOf(nodeId: NodeId): number {
    return WALL + this.millis + (this.ahead.get(nodeId) ?? 0);
  }

  /** Lets time pass until `until` holds, for `atMost` milliseconds; says whether it came to hold. */
  run(atMost: number, until: () => boolean = () => false): boolean {
    for (const end = this.millis + atMost; this.millis < end; this.millis += 10) {
      for (let letter = this.post.shift(); letter !== undefined; letter = this.post.shift()) {
        this.feed(letter.to.node, { type: 'envelope', envelope: letter });
      }
      if (until()) return true;
      for (const [nodeId, host] of this.hosts) {
        if ((hostWakeAt(host) ?? Infinity) <= this.millis) this.feed(nodeId, { type: 'wake' });
      }
    }
    return until();
  }

  ask(nodeId: NodeId, id: number, method: string, path: string, body?: unknown): void {
    const text = body === undefined ? '' : JSON.stringify(body);
    const time = (WALL + this.millis).toString(16).padStart(12, '0');
    const uuid = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${id.toString(16).padStart(12, '0')}`;
    const request: HttpRequest = { id, method, path, headers: {}, body: text, uuid };
    this.feed(nodeId, { type: 'requests', requests: [request] });
  }

  host(nodeId: NodeId): Host {
    const host = this.hosts.get(nodeId);
    if (host === undefined) throw new TypeError(`${nodeId} is not there`);
    return host;
  }

  /** Who leads `group`, if one node does. */
  primaryOf(group: string): NodeId | undefined {
    const leading = [...this.hosts.values()].filter(({ slots }) => slots[group]?.replica.leading !== undefined);
    return leading.length === 1 ? leading[0]?.nodeId : undefined;
  }
}
