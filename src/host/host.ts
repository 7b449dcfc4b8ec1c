import type { FrontEndEffect, FrontEndInput } from '../frontend/front-end-io.ts';
import { createFrontEnd, type FrontEnd, frontEndWakeAt, stepFrontEnd } from '../frontend/front-end.ts';
import type { Service } from '../frontend/service.ts';
import type { GroupName } from '../protocol/app.ts';
import { assert, unreachable } from '../protocol/assert.ts';
import type { Input, Moment } from '../protocol/effects.ts';
import type { NodeId } from '../protocol/epoch.ts';
import { sameEpoch } from '../protocol/epoch.ts';
import { type Address, FRONT_END, type Message, type Unit } from '../protocol/messages.ts';
import { type Action, EMPTY_OUTBOX, type Outbox, post, written } from '../protocol/outbox.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../protocol/planted.ts';
import { blankReplica, type HostedApp, type Identity, type Replica } from '../protocol/replica.ts';
import type { Settings } from '../protocol/settings.ts';
import { step, wakeAt } from '../protocol/step.ts';
import { firstConfiguration, firstDiskId, type Topology, unitsOf } from '../protocol/topology.ts';
import type { HostAction, HostInput } from './host-io.ts';

/** What a host is made of. */
export interface HostPlan {
  readonly topology: Topology;
  readonly nodeId: NodeId;
  readonly service: Service;
  readonly settings: Settings;
  /** Ports of data servers, for a front end that is told about one. */
  readonly ports?: readonly number[];
  /** Only the simulator plants any. */
  readonly planted?: ReadonlySet<PlantedBug>;
}

/** One process: a replica of each group it is a member of, each with its outbox, and on a front-end node the front end. */
export interface Host {
  readonly nodeId: NodeId;
  readonly seats: Readonly<Record<GroupName, Seat>>;
  readonly frontEnd: FrontEnd | undefined;
}

export interface Seat {
  readonly app: HostedApp;
  readonly replica: Replica;
  readonly outbox: Outbox;
}

/** A host that has read nothing from its disks yet: `recovered` comes first, once for each of its replicas. */
export function createHost(plan: HostPlan): Host {
  const { topology, nodeId, service, settings, ports, planted = NOTHING_PLANTED } = plan;
  const servers = Object.fromEntries(topology.groups.map((group) => [group, topology.servers]));
  const units = unitsOf(topology, nodeId);
  const seats: Record<GroupName, Seat> = {};
  for (const group of topology.groups) {
    const app = service.apps.find(({ name }) => name === group);
    assert(app !== undefined, 'the service has an app for each of its groups');
    if (!units.includes(group)) continue;
    const hosted: HostedApp = { app, settings, servers, planted };
    const replica = blankReplica(hosted, identityOf(topology, nodeId, group), firstConfiguration(topology, group));
    seats[group] = { app: hosted, replica, outbox: EMPTY_OUTBOX };
  }
  const place = { node: nodeId, servers, ...(ports === undefined ? {} : { ports }) };
  const frontEnd = units.includes(FRONT_END) ? createFrontEnd(service, settings, place, planted) : undefined;
  return { nodeId, seats, frontEnd };
}

/**
 * One step of a whole process. What its units say to each other is delivered within the step, in the order in which it
 * was said; only what is for other nodes, for the disks and for clients comes out.
 */
export function stepHost(host: Host, input: HostInput, now: Moment): readonly [Host, readonly HostAction[]] {
  const turn: Turn = { now, host: { ...host, seats: { ...host.seats } }, actions: [], mail: [] };
  enter(turn, input);
  for (let mail = turn.mail.shift(); mail !== undefined; mail = turn.mail.shift()) mail();
  return [turn.host, turn.actions];
}

/** When `wake` is due, in milliseconds of the node's own clock. */
export function hostWakeAt(host: Host): number | undefined {
  let soonest = host.frontEnd === undefined ? undefined : frontEndWakeAt(host.frontEnd);
  for (const { app, replica } of Object.values(host.seats)) {
    const at = wakeAt(app, replica);
    if (at !== undefined && (soonest === undefined || at < soonest)) soonest = at;
  }
  return soonest;
}

interface Turn {
  readonly now: Moment;
  readonly host: { readonly nodeId: NodeId; readonly seats: Record<GroupName, Seat>; frontEnd: FrontEnd | undefined };
  readonly actions: HostAction[];
  /** What units of this host still have to take, oldest first. */
  readonly mail: (() => void)[];
}

function enter(turn: Turn, input: HostInput): void {
  const { host, now } = turn;
  switch (input.type) {
    case 'recovered':
      return tellReplica(turn, input.unit, { type: 'recovered', stored: input.stored });
    case 'envelope': {
      const { from, to, message } = input.envelope;
      return to.node === host.nodeId ? deliver(turn, from, to.unit, message) : undefined;
    }
    case 'requests':
      return tellFrontEnd(turn, input);
    case 'gone':
      return tellFrontEnd(turn, input);
    case 'written':
      return flush(turn, input.unit);
    case 'saved':
      return tellReplica(turn, input.unit, { type: 'saved', index: input.index });
    case 'suspected':
      for (const unit of Object.keys(host.seats)) tellReplica(turn, unit, input);
      return tellFrontEnd(turn, input);
    case 'wake':
      for (const [unit, { app, replica }] of Object.entries(host.seats)) {
        if ((wakeAt(app, replica) ?? Infinity) <= now.millis) tellReplica(turn, unit, input);
      }
      return tellFrontEnd(turn, input);
    default:
      return unreachable(input);
  }
}

function deliver(turn: Turn, from: Address, unit: Unit, message: Message): void {
  if (unit === FRONT_END) tellFrontEnd(turn, { type: 'message', from, message });
  else tellReplica(turn, unit, { type: 'message', from, message });
}

function tellReplica(turn: Turn, unit: Unit, input: Input): void {
  // A unit is named by whoever sends: it may be called `constructor`.
  const seat = Object.hasOwn(turn.host.seats, unit) ? turn.host.seats[unit] : undefined;
  if (seat === undefined) return;
  const [replica, effects] = step(seat.app, seat.replica, input, turn.now);
  const [outbox, actions] = post(seat.outbox, effects);
  turn.host.seats[unit] = { app: seat.app, replica, outbox };
  act(turn, unit, actions);
  spread(turn, unit, seat.replica, replica);
}

function flush(turn: Turn, unit: Unit): void {
  const seat = turn.host.seats[unit];
  assert(seat !== undefined, 'only a replica of this host writes');
  const [outbox, actions] = written(seat.outbox);
  turn.host.seats[unit] = { ...seat, outbox };
  act(turn, unit, actions);
}

function tellFrontEnd(turn: Turn, input: FrontEndInput): void {
  if (turn.host.frontEnd === undefined) return;
  const [frontEnd, effects] = stepFrontEnd(turn.host.frontEnd, input, turn.now);
  turn.host.frontEnd = frontEnd;
  for (const effect of effects) actForFrontEnd(turn, effect);
}

function act(turn: Turn, unit: Unit, actions: readonly Action[]): void {
  for (const action of actions) {
    switch (action.type) {
      case 'write':
        turn.actions.push({ type: 'write', unit, operations: action.operations });
        break;
      case 'save':
        turn.actions.push({ type: 'save', unit, snapshot: action.snapshot });
        break;
      case 'send':
        send(turn, unit, action.to, action.message);
        break;
      case 'note':
        turn.actions.push({ type: 'note', unit, note: action.note });
        break;
      default:
        unreachable(action);
    }
  }
}

function actForFrontEnd(turn: Turn, effect: FrontEndEffect): void {
  switch (effect.type) {
    case 'send':
      return send(turn, FRONT_END, effect.to, effect.message);
    case 'respond':
      turn.actions.push({ type: 'respond', id: effect.id, response: effect.response });
      return undefined;
    case 'note':
      turn.actions.push({ type: 'note', unit: FRONT_END, note: effect.note });
      return undefined;
    default:
      return unreachable(effect);
  }
}

function send(turn: Turn, unit: Unit, to: Address, message: Message): void {
  const from = { node: turn.host.nodeId, unit };
  if (to.node === turn.host.nodeId) turn.mail.push(() => deliver(turn, from, to.unit, message));
  else turn.actions.push({ type: 'send', envelope: { from, to, message } });
}

/** Units that ask something of a group learn of its primary from the replica of that group beside them. */
function spread(turn: Turn, group: GroupName, before: Replica, after: Replica): void {
  const { primary } = after.election;
  const isNews = primary !== before.election.primary || !sameEpoch(before.promised, after.promised);
  if (primary === undefined || !isNews) return;
  const led = { type: 'led', group, primary, epoch: after.promised } as const;
  for (const unit of Object.keys(turn.host.seats)) {
    if (unit !== group) turn.mail.push(() => tellReplica(turn, unit, led));
  }
  turn.mail.push(() => tellFrontEnd(turn, led));
}

function identityOf(topology: Topology, nodeId: NodeId, group: GroupName): Identity {
  const { clusterId } = topology;
  const kind = topology.servers.includes(nodeId) ? 'data' : 'witness';
  return { clusterId, historyId: clusterId, group, nodeId, diskId: firstDiskId(topology, nodeId), kind };
}
