import type { Address } from '../../../src/protocol/model/address.ts';
import type { DiskOperation, Effect, FreeEffect, Note } from '../../../src/protocol/model/effects.ts';
import type { NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Message, Reply } from '../../../src/protocol/model/messages.ts';
import { CLIENT } from './replica-script.ts';

// What an actor did in its last direction. Whatever has effects can be watched.

export interface Watched {
  readonly effects: readonly Effect[];
}

/** Effects without what messages and disk operations say of clocks. */
export function withoutClocks(effects: readonly Effect[]): readonly Effect[] {
  return effects.map((effect) =>
    effect.type === 'persist'
      ? { ...effect, operations: effect.operations.map(unclocked), then: effect.then.map(silently) }
      : silently(effect),
  );
}

function silently(effect: FreeEffect): FreeEffect {
  return effect.type === 'send' ? { ...effect, message: unclocked(effect.message) } : effect;
}

function unclocked<Value extends object>(value: Value): Value {
  const copy = { ...value };
  for (const key of ['time', 'since', 'date', 'wall']) Reflect.deleteProperty(copy, key);
  return copy;
}

/** What leaves at once. */
export function atOnce(effects: readonly Effect[]): readonly FreeEffect[] {
  return effects.flatMap((effect) => (effect.type === 'persist' ? [] : [effect]));
}

/** What leaves only when the disk has what stands before it. */
export function behindDisk(effects: readonly Effect[]): readonly FreeEffect[] {
  return effects.flatMap((effect) => (effect.type === 'persist' ? effect.then : []));
}

export function operations(actor: Watched): readonly DiskOperation[] {
  return actor.effects.flatMap((effect) => (effect.type === 'persist' ? effect.operations : []));
}

export function sendsIn(
  effects: readonly FreeEffect[],
): readonly { readonly to: Address; readonly message: Message }[] {
  return effects.flatMap((effect) => (effect.type === 'send' ? [{ to: effect.to, message: effect.message }] : []));
}

/** What it says to `node` without waiting for its disk. */
export function saysAtOnce(actor: Watched, node: NodeId): readonly Message[] {
  return sendsIn(atOnce(actor.effects)).flatMap(({ to, message }) => (to.node === node ? [message] : []));
}

/** What it says to `node` once its disk has what it was given. */
export function saysBehindDisk(actor: Watched, node: NodeId): readonly Message[] {
  return sendsIn(behindDisk(actor.effects)).flatMap(({ to, message }) => (to.node === node ? [message] : []));
}

/** What it says to `node` sooner or later. */
export function says(actor: Watched, node: NodeId): readonly Message[] {
  return [...saysAtOnce(actor, node), ...saysBehindDisk(actor, node)];
}

/** Messages of one type that it sends to anybody at all. */
export function sends<Type extends Message['type']>(
  actor: Watched,
  type: Type,
): readonly { readonly to: NodeId; readonly message: Extract<Message, { type: Type }> }[] {
  const all = sendsIn([...atOnce(actor.effects), ...behindDisk(actor.effects)]);
  return all.flatMap(({ to, message }) => (isOf(message, type) ? [{ to: to.node, message }] : []));
}

/** What it replies to whoever asked. */
export function replies(actor: Watched, to: Address = CLIENT): readonly Reply[] {
  return sendsIn(atOnce(actor.effects)).flatMap(({ to: address, message }) =>
    address.node === to.node && address.unit === to.unit && message.type === 'replies' ? message.items : [],
  );
}

export function notes(actor: Watched): readonly Note[] {
  return actor.effects.flatMap((effect) => (effect.type === 'note' ? [effect.note] : []));
}

function isOf<Type extends Message['type']>(message: Message, type: Type): message is Extract<Message, { type: Type }> {
  return message.type === type;
}
