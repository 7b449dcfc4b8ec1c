import type { FrontEndInput } from '../frontend/front-end-io.ts';
import type { FrontEnd } from '../frontend/front-end.ts';
import type { GossipInput } from '../gossip/gossip-io.ts';
import type { Gossip } from '../gossip/gossip.ts';
import { FRONT_END, GOSSIP, type Unit } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { Input, Moment } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Envelope } from '../protocol/model/messages.ts';
import type { Outbox } from '../protocol/outbox.ts';
import type { HostedApp, Replica } from '../protocol/replica/replica.ts';
import type { HostAction } from './host-io.ts';

/**
 * One process: a replica of each group, each with its outbox; its gossip; and, where it answers clients, its front end.
 */
export interface Host {
  readonly nodeId: NodeId;
  readonly slots: Readonly<Record<GroupName, ReplicaSlot>>;
  readonly frontEnd: FrontEnd | undefined;
  readonly gossip: Gossip;
}

export interface ReplicaSlot {
  readonly app: HostedApp;
  readonly replica: Replica;
  readonly outbox: Outbox;
}

/** The turn of a process. */
export interface HostTurn {
  readonly now: Moment;
  readonly host: { -readonly [Key in keyof Host]: Host[Key] } & { readonly slots: Record<GroupName, ReplicaSlot> };
  readonly actions: HostAction[];
  /** Inputs for units of this host, oldest first. */
  readonly localMessages: LocalMessage[];
}

/** An input for one unit of this host; ignored by a host without that unit. */
export type LocalMessage =
  | { readonly to: 'replica'; readonly unit: Unit; readonly input: Input }
  | { readonly to: 'front-end'; readonly input: FrontEndInput }
  | { readonly to: 'gossip'; readonly input: GossipInput };

export function newTurn(host: Host, now: Moment): HostTurn {
  return { now, host: { ...host, slots: { ...host.slots } }, actions: [], localMessages: [] };
}

/** Delivers a message within the step if it is for this host; otherwise sends it. */
export function send(turn: HostTurn, envelope: Envelope): void {
  if (envelope.to.node === turn.host.nodeId) arrive(turn, envelope);
  else turn.actions.push({ type: 'send', envelope });
}

/** Delivers a received message to its unit. */
export function arrive(turn: HostTurn, { from, to: { unit }, message }: Envelope): void {
  if (unit === FRONT_END) turn.localMessages.push({ to: 'front-end', input: { type: 'message', from, message } });
  else if (unit !== GOSSIP) turn.localMessages.push({ to: 'replica', unit, input: { type: 'message', from, message } });
  else if (message.type === 'gossip' && from.unit === GOSSIP) {
    turn.localMessages.push({ to: 'gossip', input: { type: 'message', from: from.node, message } });
  }
}
