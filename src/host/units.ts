import type { FrontEndEffect, FrontEndInput } from '../frontend/front-end-io.ts';
import { stepFrontEnd } from '../frontend/front-end.ts';
import type { GossipEffect, GossipInput } from '../gossip/gossip-io.ts';
import { stepGossip } from '../gossip/gossip.ts';
import { FRONT_END, GOSSIP, type Unit } from '../protocol/model/address.ts';
import { assert, unreachable } from '../protocol/model/assert.ts';
import type { Input } from '../protocol/model/effects.ts';
import { type Action, post, written } from '../protocol/outbox.ts';
import { step } from '../protocol/step.ts';
import { propagateDirectory, propagatePrimary, propagateServers, propagateView } from './propagate.ts';
import { type HostTurn, type LocalMessage, send } from './turn.ts';

/** One step of one unit, and its effects. */
export function deliver(turn: HostTurn, localMessages: LocalMessage): void {
  switch (localMessages.to) {
    case 'replica':
      return tellReplica(turn, localMessages.unit, localMessages.input);
    case 'front-end':
      return tellFrontEnd(turn, localMessages.input);
    case 'gossip':
      return tellGossip(turn, localMessages.input);
    default:
      return unreachable(localMessages);
  }
}

/** Releases the effects that waited for this unit's write. */
export function flush(turn: HostTurn, unit: Unit): void {
  const slot = turn.host.slots[unit];
  assert(slot !== undefined, 'only a replica of this host writes');
  const [outbox, actions] = written(slot.outbox);
  turn.host.slots[unit] = { ...slot, outbox };
  carryOut(turn, unit, actions);
}

function tellReplica(turn: HostTurn, unit: Unit, input: Input): void {
  // The sender names the unit: it may be `constructor`.
  const slot = Object.hasOwn(turn.host.slots, unit) ? turn.host.slots[unit] : undefined;
  if (slot === undefined) return;
  const [replica, effects] = step(slot.app, slot.replica, input, turn.now);
  const [outbox, actions] = post(slot.outbox, effects);
  turn.host.slots[unit] = { app: slot.app, replica, outbox };
  carryOut(turn, unit, actions);
  propagatePrimary(turn, unit, slot.replica, replica);
  propagateView(turn, slot.replica, replica);
}

function tellFrontEnd(turn: HostTurn, input: FrontEndInput): void {
  if (turn.host.frontEnd === undefined) return;
  const [frontEnd, effects] = stepFrontEnd(turn.host.frontEnd, input, turn.now);
  turn.host.frontEnd = frontEnd;
  carryOut(turn, FRONT_END, effects);
}

function tellGossip(turn: HostTurn, input: GossipInput): void {
  const before = turn.host.gossip;
  const [gossip, effects] = stepGossip(before, input, turn.now);
  turn.host.gossip = gossip;
  carryOut(turn, GOSSIP, effects);
  propagateServers(turn, before, gossip);
}

/** Carries out a unit's effects as actions of the host. Messages get their envelope here. */
function carryOut(turn: HostTurn, unit: Unit, wanted: readonly (Action | FrontEndEffect | GossipEffect)[]): void {
  const { host, actions } = turn;
  for (const effect of wanted) {
    switch (effect.type) {
      case 'send':
        send(turn, { from: { node: host.nodeId, unit }, to: effect.to, message: effect.message });
        break;
      case 'write':
        actions.push({ type: 'write', unit, operations: effect.operations });
        break;
      case 'save':
        actions.push({ type: 'save', unit, snapshot: effect.snapshot });
        break;
      case 'hash':
        actions.push({ type: 'hash', unit, index: effect.index, machine: effect.machine });
        break;
      case 'note':
        actions.push({ type: 'note', unit, note: effect.note });
        break;
      case 'known':
        actions.push(effect);
        propagateDirectory(turn);
        break;
      case 'respond':
      case 'part':
      case 'abort':
      case 'claimed':
      case 'dismissed':
        actions.push(effect);
        break;
      default:
        unreachable(effect);
    }
  }
}
