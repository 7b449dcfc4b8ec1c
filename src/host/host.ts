import { createFrontEnd, type FrontEnd, frontEndWakeAt } from '../frontend/front-end.ts';
import { createGossip, gossipWakeAt, type Self } from '../gossip/gossip.ts';
import { firsthand } from '../gossip/state.ts';
import { serversOf } from '../gossip/service-list.ts';
import type { Unit } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { assert, unreachable } from '../protocol/model/assert.ts';
import type { Moment } from '../protocol/model/effects.ts';
import { NO_EPOCH, type NodeId } from '../protocol/model/epoch.ts';
import type { Envelope } from '../protocol/model/messages.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../protocol/model/mutants.ts';
import type { Settings } from '../protocol/model/settings.ts';
import { sooner } from '../protocol/model/sooner.ts';
import { firstConfiguration, firstDiskId, type Topology } from '../protocol/model/topology.ts';
import { EMPTY_OUTBOX } from '../protocol/outbox.ts';
import { blankReplica, type HostedApp, type Identity } from '../protocol/replica/replica.ts';
import { wakeAt } from '../protocol/step.ts';
import type { Service } from '../service/service.ts';
import type { HostAction, HostInput, Order } from './host-io.ts';
import { groupViewOf } from './propagate.ts';
import { mayTell } from './roles.ts';
import { arrive, type Host, type HostTurn, newTurn, type ReplicaSlot } from './turn.ts';
import { deliver, flush } from './units.ts';

export type { Host, ReplicaSlot } from './turn.ts';

/** The parts of a host. */
export interface HostPlan {
  /** The first configuration of the cluster. */
  readonly topology: Topology;
  readonly self: HostSelf;
  readonly service: Service;
  readonly settings: Settings;
  /** Planted bugs; only the simulator has any. */
  readonly planted?: ReadonlySet<PlantedBug>;
}

/** A process's node and history. A node that is not in the topology has joined later. */
export interface HostSelf extends Self {
  readonly historyId: string;
}

/** A node of the first configuration, on its first disk. `address` is used by the directory only. */
export function founder(topology: Topology, nodeId: NodeId, address = ''): HostSelf {
  const isServer = topology.servers.includes(nodeId);
  assert(isServer || topology.frontEnds.includes(nodeId), 'a founder is named by the first configuration');
  return {
    nodeId,
    kind: isServer ? 'server' : 'frontend',
    address,
    diskId: firstDiskId(topology, nodeId),
    generation: 1,
    historyId: topology.clusterId,
  };
}

/** A host before its first input: `started` comes first, then `recovered`, once for each of its replicas. */
export function createHost(plan: HostPlan): Host {
  const { topology, self, service, settings, planted = NOTHING_PLANTED } = plan;
  const groups = topology.groups.map((group) => {
    return { group, epoch: NO_EPOCH, primary: undefined, index: 0, configuration: firstConfiguration(topology, group) };
  });
  const gossip = createGossip(self, groups, settings, planted);
  const servers = Object.fromEntries(topology.groups.map((group) => [group, serversOf(gossip, group)]));
  const slots: Record<GroupName, ReplicaSlot> = {};
  for (const { group, configuration } of groups) {
    const app = service.apps.find(({ name }) => name === group);
    assert(app !== undefined, 'the service has an app for each of its groups');
    const firstVersion = topology.versions?.[group] ?? 1;
    const hosted: HostedApp = { app, firstVersion, settings, servers, planted };
    const replica = blankReplica(hosted, identityOf(topology, self, group), configuration);
    slots[group] = { app: hosted, replica, outbox: EMPTY_OUTBOX };
  }
  return { nodeId: self.nodeId, slots, frontEnd: frontEndOf(plan, servers), gossip };
}

/**
 * One step of a whole process. Messages between its units are delivered within the step, in order; actions are only for
 * other nodes, disks and clients.
 */
export function stepHost(host: Host, input: HostInput, now: Moment): readonly [Host, readonly HostAction[]] {
  const turn = newTurn(host, now);
  enter(turn, input);
  for (
    let localMessages = turn.localMessages.shift();
    localMessages !== undefined;
    localMessages = turn.localMessages.shift()
  )
    deliver(turn, localMessages);
  return [turn.host, turn.actions];
}

/** When `wake` is due, in milliseconds of the node's clock; undefined when time alone changes nothing. */
export function hostWakeAt({ slots, frontEnd, gossip }: Host): number | undefined {
  let soonest = sooner(gossipWakeAt(gossip), frontEnd && frontEndWakeAt(frontEnd));
  for (const { app, replica } of Object.values(slots)) soonest = sooner(soonest, wakeAt(app, replica));
  return soonest;
}

function enter(turn: HostTurn, input: HostInput): void {
  const { host, localMessages } = turn;
  switch (input.type) {
    case 'started':
      return start(turn, input);
    case 'recovered': {
      const { gossip } = host;
      localMessages.push({ to: 'replica', unit: input.unit, input: { type: 'recovered', stored: input.stored } });
      if (gossip.incarnation === undefined) return undefined;
      localMessages.push({ to: 'replica', unit: input.unit, input: { type: 'services', services: firsthand(gossip) } });
      return undefined;
    }
    case 'envelope':
      return hear(turn, input.envelope);
    case 'requests':
    case 'gone':
    case 'taken':
    case 'outlived':
      localMessages.push({ to: 'front-end', input });
      return undefined;
    case 'written':
      return flush(turn, input.unit);
    case 'saved':
      localMessages.push({
        to: 'replica',
        unit: input.unit,
        input: { type: 'saved', index: input.index, size: input.size },
      });
      return undefined;
    case 'hashed': {
      const { unit, ...hashed } = input;
      localMessages.push({ to: 'replica', unit, input: hashed });
      return undefined;
    }
    case 'suspected':
      for (const unit of Object.keys(host.slots)) localMessages.push({ to: 'replica', unit, input });
      localMessages.push({ to: 'front-end', input });
      return undefined;
    case 'backlog':
    case 'short':
      for (const unit of Object.keys(host.slots)) localMessages.push({ to: 'replica', unit, input });
      return undefined;
    case 'order':
      return obey(turn, input.order);
    case 'wake':
      return wake(turn);
    default:
      return unreachable(input);
  }
}

/** Takes a message of another node, if that node has the role to send it. */
function hear(turn: HostTurn, envelope: Envelope): void {
  const { from, to, message } = envelope;
  if (to.node !== turn.host.nodeId) return undefined;
  if (mayTell(turn.host, envelope)) {
    takeBackHints(turn, from.node, to.unit);
    return arrive(turn, envelope);
  }
  turn.actions.push({
    type: 'note',
    unit: to.unit,
    note: { type: 'ignores-stranger', from: from.node, said: message.type },
  });
}

/**
 * A message of a node takes back the hint that it is dead, in every group: secondaries of one tell each other nothing,
 * and one that was restarted would not be waited for at the next election, though it has the higher rank. The group that
 * it is `to` takes it back with the message itself.
 */
function takeBackHints({ host, localMessages }: HostTurn, nodeId: NodeId, to: Unit): void {
  for (const [unit, { replica }] of Object.entries(host.slots)) {
    if (unit !== to && replica.election.suspected.includes(nodeId))
      localMessages.push({ to: 'replica', unit, input: { type: 'heard', nodeId } });
  }
}

function start({ host, localMessages }: HostTurn, input: Extract<HostInput, { type: 'started' }>): void {
  localMessages.push({ to: 'gossip', input });
  // Views of replicas that recovered before gossip started.
  for (const { replica } of Object.values(host.slots)) {
    localMessages.push({ to: 'gossip', input: { type: 'sighted', view: groupViewOf(replica) } });
  }
}

function wake({ host, localMessages, now }: HostTurn): void {
  for (const [unit, { app, replica }] of Object.entries(host.slots)) {
    if ((wakeAt(app, replica) ?? Infinity) <= now.millis)
      localMessages.push({ to: 'replica', unit, input: { type: 'wake' } });
  }
  localMessages.push({ to: 'front-end', input: { type: 'wake' } });
  localMessages.push({ to: 'gossip', input: { type: 'wake' } });
}

function obey({ localMessages }: HostTurn, order: Order): void {
  switch (order.type) {
    case 'transfer':
      localMessages.push({ to: 'replica', unit: order.group, input: { type: 'transfer', to: order.to } });
      return undefined;
    case 'stand':
      // Replicas hear of it from the directory: a primary hands over before it gives up its vote.
      localMessages.push({ to: 'gossip', input: order });
      if (order.standing !== 'member') localMessages.push({ to: 'front-end', input: { type: 'drain' } });
      return undefined;
    case 'remove':
      localMessages.push({ to: 'gossip', input: order });
      return undefined;
    default:
      return unreachable(order);
  }
}

/** The identity of this process's replica of `group`. */
function identityOf({ clusterId }: Topology, self: HostSelf, group: GroupName): Identity {
  const { nodeId, diskId, historyId } = self;
  return { clusterId, historyId, group, nodeId, diskId, kind: self.kind === 'server' ? 'data' : 'witness' };
}

/**
 * The front end, on a node that answers clients: on front ends, and on data servers if the service has paths for that.
 */
function frontEndOf(
  { service, settings, self, planted }: HostPlan,
  servers: Readonly<Record<GroupName, readonly NodeId[]>>,
): FrontEnd | undefined {
  const isServer = self.kind === 'server';
  const routes = isServer ? (service.serverRoutes ?? []) : service.routes;
  if (isServer && routes.length === 0) return undefined;
  const place = { node: self.nodeId, servers, hasReplicas: isServer };
  return createFrontEnd({ ...service, routes }, settings, place, planted);
}
