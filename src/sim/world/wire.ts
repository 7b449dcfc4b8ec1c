import type { HostAction } from '../../host/host-io.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { decodeEnvelope, encodeEnvelope } from '../../protocol/wire/codec.ts';
import type { Attempt } from '../base/history.ts';
import { digestIn, tell } from '../base/trace.ts';
import { deepFreeze } from '../../protocol/model/freeze.ts';
import { arrivalOf, fateOf, isCut } from './network.ts';
import { recordedFate } from './record-world.ts';
import { showMessage } from './show-message.ts';
import { fail, nodeNamed, type SimEvent, type SimNode, type World } from './world.ts';

/** A message leaves its node: the judges see it, and the network decides its fate. */
export function send(world: World, node: SimNode, envelope: Envelope): void {
  const { to, message } = envelope;
  for (const judge of world.judges) {
    const reason = judge.sent?.(envelope);
    if (reason !== undefined) return fail(world, judge.name, reason);
  }
  world.sent.push(envelope);
  const text = encodeEnvelope(envelope);
  digestIn(world.trace, text);
  const carried = world.isStrict ? text : envelope;
  const simEvent: SimEvent = { type: 'message', from: node.id, to: to.node, carried };
  const fate = fateOf(world.network, node.id, to.node, message.type, world.now);
  tell(world.trace, world.now, node.id, () => {
    const lost = fate.type === 'arrives' ? (fate.at.length > 1 ? ' (twice)' : '') : ` (${fate.type})`;
    return `→ ${to.node} ${to.unit}: ${showMessage(message)}${lost}`;
  });
  world.recording?.sent(simEvent, {
    from: node.id,
    to: to.node,
    fromUnit: envelope.from.unit,
    unit: to.unit,
    kind: message.type,
    text: showMessage(message),
    fate: recordedFate(fate),
  });
  if (fate.type === 'arrives') for (const at of fate.at) world.agenda.put(at, simEvent);
  if (fate.type === 'waits') world.waiting.push({ from: node.id, to: to.node, kind: message.type, simEvent });
}

/** A received message: through the codec, frozen; in a light run as it was sent. */
export function receive(world: World, carried: string | Envelope): Envelope | undefined {
  if (typeof carried !== 'string') return carried;
  const decoded = decodeEnvelope(carried);
  if (decoded.type === 'decoded') return deepFreeze(decoded.value);
  fail(world, 'codec', `a message does not survive the wire: ${decoded.reason}`);
  return undefined;
}

/** A front end answers a client. */
export function respond(world: World, node: SimNode, { id, response }: Extract<HostAction, { type: 'respond' }>): void {
  const attempt = world.attempts.get(id);
  if (attempt === undefined) return fail(world, 'one-answer', `${node.id} answered request ${id}, which is not open`);
  const { client } = attempt.operation;
  digestIn(world.trace, `${node.id} answers ${id} ${response.status} ${response.body}`);
  tell(world.trace, world.now, node.id, () => `→ ${client} ${response.status} ${response.body}`);
  world.attempts.delete(id);
  const simEvent: SimEvent = { type: 'response', attempt: id, response };
  const fate = fateOf(world.network, node.id, client, 'response', world.now);
  world.recording?.sent(simEvent, {
    from: node.id,
    to: client,
    fromUnit: FRONT_END,
    unit: '',
    kind: 'response',
    text: `${response.status} ${response.body}`,
    fate: fate.type === 'arrives' ? 'once' : recordedFate(fate),
  });
  // A connection delivers once or not at all, so of two copies only the first counts.
  const [at] = fate.type === 'arrives' ? fate.at : [];
  if (at !== undefined) world.agenda.put(at, simEvent);
  if (fate.type === 'waits') world.waiting.push({ from: node.id, to: client, kind: 'response', simEvent });
}

/** A front end sends a part of an answer; the client has the whole with the last one. */
export function sendPart(world: World, node: SimNode, part: Extract<HostAction, { type: 'part' }>): void {
  const { id, head, text, isLast } = part;
  const attempt = world.attempts.get(id);
  if (attempt === undefined) return fail(world, 'one-answer', `${node.id} answered request ${id}, which is not open`);
  const begun = head === undefined ? world.streams.get(id) : { ...head, body: '' };
  if (begun === undefined)
    return fail(world, 'one-answer', `${node.id} goes on with answer ${id}, which was not begun`);
  const response = { ...begun, body: begun.body + text };
  world.streams.delete(id);
  if (isLast) return respond(world, node, { type: 'respond', id, response });
  world.streams.set(id, response);
  digestIn(world.trace, `${node.id} sends ${id} ${text}`);
  const { client } = attempt.operation;
  tell(world.trace, world.now, node.id, () => `→ ${client}, a part: ${text}`);
  const at = arrivalOf(world.network, node.id, client, 'part', world.now);
  world.agenda.put(at, { type: 'taken', attempt: id, node: node.id, life: node.life });
}

/** A front end cuts off an answer that it has begun. */
export function cutOff(world: World, node: SimNode, id: number): void {
  const attempt = world.attempts.get(id);
  tell(world.trace, world.now, node.id, () => `cuts off the answer to request ${id}`);
  world.streams.delete(id);
  if (attempt === undefined) return;
  world.attempts.delete(id);
  reset(world, attempt);
}

/** The connection of an attempt breaks, and its client is told. */
export function reset(world: World, { id, frontEnd, operation: { client } }: Attempt): void {
  if (!world.plan.network.refusals || isCut(world.network, frontEnd, client)) return;
  const simEvent: SimEvent = { type: 'reset', attempt: id };
  world.recording?.sent(simEvent, {
    from: frontEnd,
    to: client,
    fromUnit: '',
    unit: '',
    kind: 'reset',
    text: 'the connection breaks',
    fate: 'once',
  });
  world.agenda.put(arrivalOf(world.network, frontEnd, client, 'reset', world.now), simEvent);
}

/** Tells `to` that `by` refuses connections, at most ten times a second. */
export function refuse(world: World, to: NodeId, by: NodeId): void {
  if (!world.plan.network.refusals || isCut(world.network, by, to)) return;
  const key = `${to} ${by}`;
  const last = world.hinted.get(key);
  if (last !== undefined && world.now - last < 100_000) return;
  world.hinted.set(key, world.now);
  const simEvent: SimEvent = { type: 'refused', node: nodeNamed(world, to).id, by };
  world.recording?.sent(simEvent, {
    from: by,
    to,
    fromUnit: '',
    unit: '',
    kind: 'refused',
    text: `${by} refuses connections`,
    fate: 'once',
  });
  world.agenda.put(arrivalOf(world.network, by, to, 'refused', world.now), simEvent);
}
