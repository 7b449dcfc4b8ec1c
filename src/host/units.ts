import { stepFrontEnd } from '../frontend/front-end.ts';
import type { FrontEndEffect, FrontEndInput } from '../frontend/front-end-io.ts';
import { stepGossip } from '../gossip/gossip.ts';
import type { GossipEffect, GossipInput } from '../gossip/gossip-io.ts';
import { assert, unreachable } from '../protocol/model/assert.ts';
import type { Input } from '../protocol/model/effects.ts';
import { type Action, post, written } from '../protocol/outbox.ts';
import { step } from '../protocol/step.ts';
import { spreadDirectory, spreadPrimary, spreadServers, propagateView } from './news.ts';
import { type Mail, send, type Turn } from './turn.ts';
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
  propagateView(turn, seat.replica, replica);
}

function tellFrontEnd(turn: Turn, input: FrontEndInput): void {
  if (turn.host.frontEnd === undefined) return;
  const [frontEnd, effects] = stepFrontEnd(turn.host.frontEnd, input, turn.now);
  turn.host.frontEnd = frontEnd;
  act(turn, FRONT_END, effects);
}

function tellGossip(turn: Turn, input: GossipInput): void {
  const before = turn.host.gossip;
  const [gossip, effects] = stepGossip(before, input, turn.now);
  turn.host.gossip = gossip;
  act(turn, GOSSIP, effects);
  spreadServers(turn, before, gossip);
}

/** Turns what `unit` wants done into actions of the host. A message gets its envelope here, and keeps it to its receiver. */
function act(turn: Turn, unit: Unit, wanted: readonly (Action | FrontEndEffect | GossipEffect)[]): void {
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
      case 'note':
        actions.push({ type: 'note', unit, note: effect.note });
        break;
      case 'known':
        actions.push(effect);
        spreadDirectory(turn, effect.services);
        break;
      case 'respond':
      case 'dismissed':
        actions.push(effect);
        break;
      default:
        unreachable(effect);
    }
  }
}
