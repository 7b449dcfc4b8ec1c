import { stepFrontEnd } from '../frontend/front-end.ts';
import type { FrontEndInput } from '../frontend/front-end-io.ts';
import { stepGossip } from '../gossip/gossip.ts';
import type { GossipInput } from '../gossip/gossip-io.ts';
import { assert, unreachable } from '../protocol/model/assert.ts';
import type { Input } from '../protocol/model/effects.ts';
import { type Action, post, written } from '../protocol/outbox.ts';
import { step } from '../protocol/step.ts';
import { spreadDirectory, spreadPrimary, spreadServers, spreadSight } from './news.ts';
import { type Mail, note, send, type Turn } from './turn.ts';
import { type Unit, FRONT_END, GOSSIP } from '../protocol/model/address.ts';

/** One step of one unit, and what it wants done. */
export function hand(turn: Turn, mail: Mail): void {
  switch (mail.to) {
    case 'replica':
      return tellReplica(turn, mail.unit, mail.input);
    case 'front-end':
      return tellFrontEnd(turn, mail.input);
    case 'gossip':
      return tellGossip(turn, mail.input);
    default:
      return unreachable(mail);
  }
}

/** What `unit` wrote is durable: what waited for it is done. */
export function flush(turn: Turn, unit: Unit): void {
  const seat = turn.host.seats[unit];
  assert(seat !== undefined, 'only a replica of this host writes');
  const [outbox, actions] = written(seat.outbox);
  turn.host.seats[unit] = { ...seat, outbox };
  act(turn, unit, actions);
}

function tellReplica(turn: Turn, unit: Unit, input: Input): void {
  // A unit is named by whoever sends: it may be called `constructor`.
  const seat = Object.hasOwn(turn.host.seats, unit) ? turn.host.seats[unit] : undefined;
  if (seat === undefined) return;
  const [replica, effects] = step(seat.app, seat.replica, input, turn.now);
  const [outbox, actions] = post(seat.outbox, effects);
  turn.host.seats[unit] = { app: seat.app, replica, outbox };
  act(turn, unit, actions);
  spreadPrimary(turn, unit, seat.replica, replica);
  spreadSight(turn, seat.replica, replica);
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
        note(turn, unit, action.note);
        break;
      default:
        unreachable(action);
    }
  }
}

function tellFrontEnd(turn: Turn, input: FrontEndInput): void {
  if (turn.host.frontEnd === undefined) return;
  const [frontEnd, effects] = stepFrontEnd(turn.host.frontEnd, input, turn.now);
  turn.host.frontEnd = frontEnd;
  for (const effect of effects) {
    switch (effect.type) {
      case 'send':
        send(turn, FRONT_END, effect.to, effect.message);
        break;
      case 'respond':
        turn.actions.push({ type: 'respond', id: effect.id, response: effect.response });
        break;
      case 'note':
        note(turn, FRONT_END, effect.note);
        break;
      default:
        unreachable(effect);
    }
  }
}

function tellGossip(turn: Turn, input: GossipInput): void {
  const before = turn.host.gossip;
  const [gossip, effects] = stepGossip(before, input, turn.now);
  turn.host.gossip = gossip;
  for (const effect of effects) {
    switch (effect.type) {
      case 'send':
        send(turn, GOSSIP, { node: effect.to, unit: GOSSIP }, effect.message);
        break;
      case 'known':
        turn.actions.push({ type: 'known', services: effect.services });
        spreadDirectory(turn, effect.services);
        break;
      case 'dismissed':
        turn.actions.push({ type: 'dismissed', reason: effect.reason });
        break;
      case 'note':
        note(turn, GOSSIP, effect.note);
        break;
      default:
        unreachable(effect);
    }
  }
  spreadServers(turn, before, gossip);
}
