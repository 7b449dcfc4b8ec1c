import { unreachable } from '../../protocol/model/assert.ts';
import type { RecordedEvent } from '../../sim/recording/recording.ts';
import type { RunModel } from './run-model.ts';
import { lastUpTo } from './tracks.ts';

/**
 * How far a step goes: to the next telling event, to any event, to one of a node, to a note, fault or change of role, or to a
 * client's request or its answer.
 */
export type Stride =
  { readonly kind: 'telling' | 'every' | 'note' | 'request' } | { readonly kind: 'node'; readonly node: string };

/** The place in the recording to which a step leads; the same place at either end. */
export function stepFrom(model: RunModel, place: number, direction: 1 | -1, stride: Stride): number {
  const { events } = model.recording;
  if (stride.kind === 'every') return Math.max(0, Math.min(events.length - 1, place + direction));
  const { steps } = model;
  let step = direction > 0 ? lastUpTo(steps, place) + 1 : lastUpTo(steps, place - 1);
  for (; step >= 0 && step < steps.length; step += direction) {
    const found = steps[step] ?? 0;
    const event = events[found];
    if (event !== undefined && isOf(event, stride, model)) return found;
  }
  return place;
}

function isOf(event: RecordedEvent, stride: Stride, model: RunModel): boolean {
  if (stride.kind === 'node') return nodesOf(event, model).includes(stride.node);
  if (stride.kind === 'request') return event.type === 'called' || event.type === 'ended';
  return stride.kind !== 'note' || isNote(event);
}

/** What is worth a jump: notes, faults, lives and new primaries; no messages. */
function isNote(event: RecordedEvent): boolean {
  if (event.type === 'role') return event.role === 'primary';
  return ['note', 'fault', 'crashed', 'paused', 'resumed', 'stayed-down', 'healed', 'violated'].includes(event.type)
    ? event.type !== 'note' || !QUIET.has(event.note)
    : false;
}

const QUIET = new Set(['meets', 'follows', 'holds', 'unserved']);

/** The nodes and clients that an event is about. */
function nodesOf(event: RecordedEvent, model: RunModel): readonly string[] {
  switch (event.type) {
    case 'sent':
      return [event.from, event.to];
    case 'arrived':
    case 'released': {
      const message = model.messages[event.id - 1];
      return message === undefined ? [] : [message.from, message.to];
    }
    case 'called':
    case 'ended':
      return [event.client];
    case 'fault':
      return [...event.nodes, ...event.others];
    case 'healed':
    case 'violated':
      return [];
    case 'started':
    case 'stayed-down':
    case 'crashed':
    case 'paused':
    case 'resumed':
    case 'role':
    case 'committed':
    case 'logged':
    case 'safe':
    case 'writes':
    case 'written':
    case 'saved':
    case 'note':
      return [event.node];
    default:
      return unreachable(event);
  }
}

/** The place of the last event up to that time, in microseconds. */
export function placeAt(model: RunModel, at: number): number {
  const { events } = model.recording;
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.at ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/**
 * Where the cursor goes after an edit at that time: to the last note, fault or change of a life of that very moment, or
 * else to the last telling event before.
 */
export function placeOfEdit(model: RunModel, at: number): number {
  const { events } = model.recording;
  const last = placeAt(model, at);
  for (let place = last; place >= 0 && (events[place]?.at ?? 0) >= at - 1; place -= 1) {
    const event = events[place];
    if (event !== undefined && isNote(event)) return place;
  }
  return tellingUpTo(model, last);
}

/** The place of the last telling event up to `place`: what the sentence says while a run plays. */
export function tellingUpTo(model: RunModel, place: number): number {
  return model.steps[lastUpTo(model.steps, place)] ?? 0;
}

/** The place of the violation; undefined where every rule held. */
export function violationIn(model: RunModel): number | undefined {
  const last = model.recording.events.length - 1;
  return model.recording.events[last]?.type === 'violated' ? last : undefined;
}
