import type { Observer } from '../live/engine/observer.ts';
import { unreachable } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Envelope, Reply, Request } from '../protocol/model/messages.ts';

/** One step of a request from process to process. */
export interface TraceLine {
  readonly message: string;
  readonly fields: Readonly<Record<string, Json>>;
}

/**
 * The request id that all processes share. It is part of the call id that a front end gives, behind the two numbers
 * that make that unique: `12.0.UUID`, or `12.0.UUID.TRACE` where the client sent an id. Undefined for calls that no
 * client made.
 */
export function requestIdOf(callId: string): string | undefined {
  const [, uuid, trace] = /^\d+\.\d+\.([0-9a-f-]{36})(?:\.(.+))?$/.exec(callId) ?? [];
  return trace ?? uuid;
}

/** The trace lines of an envelope from or to another node, one for each request or reply. */
function traceLines(direction: 'in' | 'out', { from, to, message }: Envelope): readonly TraceLine[] {
  const own = direction === 'in' ? to : from;
  const peer = direction === 'in' ? from : to;
  const where = { unit: own.unit, peer: peer.node };
  if (message.type === 'requests' || message.type === 'relay') {
    const verb = direction === 'in' ? 'is asked by' : 'asks';
    return message.items.map((item) => requestLine(`${verb} ${peer.node}`, where, item));
  }
  if (message.type === 'replies' || message.type === 'relayed') {
    const verb = direction === 'in' ? 'hears from' : 'answers';
    return message.items.map((item) => replyLine(`${verb} ${peer.node}`, where, item));
  }
  return [];
}

/** An observer of envelopes that logs their requests. */
export function traceWith(say: (line: TraceLine) => void): NonNullable<Observer['carried']> {
  return (direction, envelope) => {
    for (const line of traceLines(direction, envelope)) say(line);
  };
}

function requestLine(what: string, where: TraceLine['fields'], item: Request): TraceLine {
  const fields = { ...where, ...named(item.id), request: item.type };
  switch (item.type) {
    case 'write':
      return { message: `${what} for a write`, fields: { ...fields, uuid: item.uuid } };
    case 'call':
      // `UUID/GROUP/NUMBER`: the write that makes the call has the uuid in front.
      return { message: `${what} for a call`, fields: { ...fields, uuid: item.uuid.split('/', 1)[0] ?? item.uuid } };
    case 'read':
      return { message: `${what} for a read`, fields };
    case 'open':
      return { message: `${what} for a session`, fields };
    case 'outcome':
      return { message: `${what} for an outcome`, fields };
    case 'index':
      return { message: `${what} for an index`, fields };
    default:
      return unreachable(item);
  }
}

function replyLine(what: string, where: TraceLine['fields'], item: Reply): TraceLine {
  const fields = { ...where, ...named(item.id) };
  switch (item.type) {
    case 'done':
      return { message: `${what}: ${item.outcome.type}`, fields: { ...fields, index: item.index } };
    case 'index':
      return { message: `${what}: index ${item.index}`, fields: { ...fields, index: item.index } };
    case 'unserved':
      return { message: `${what}: not served`, fields: { ...fields, reason: item.reason } };
    default:
      return unreachable(item);
  }
}

function named(callId: string): { readonly requestId?: string } {
  const requestId = requestIdOf(callId);
  return requestId === undefined ? {} : { requestId };
}
