import { assert } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { decode, isObject, json } from '../../protocol/wire/decode.ts';
import type { ClientCall } from '../../sim/base/history.ts';
import type { HistoryForm } from '../../sim/workloads/workload.ts';
import { tickets } from './checker-model/tickets.ts';

/** Requests to the ticket service as operations of the checker's model `tickets`. */
export const ticketHistory: HistoryForm = {
  model: tickets,
  asked(call) {
    const [, place = '', first, action, second] = call.path.split('/');
    if (call.method === 'POST') return asksToWrite(call, place, first, action, second);
    if (place === 'events' && first === undefined) return { f: 'read-events', value: null };
    if (place === 'events') return { f: 'read-event', value: { eventid: Number(first) } };
    return place === 'users' ? { f: 'read-user', value: { userid: Number(first) } } : undefined;
  },
  answered(call, status, body) {
    const value = body === '' ? null : valueOf(body);
    if (status === 200) return value;
    const reason = isFields(value) ? value['error'] : undefined;
    return { refused: typeof reason === 'string' ? reason : '' };
  },
};

/** A malformed body is left out: it is refused without effect. */
function asksToWrite(
  { body }: ClientCall,
  place: string,
  first: string | undefined,
  action: string | undefined,
  second: string | undefined,
): { readonly f: string; readonly value: Json } | undefined {
  if (!isFields(body)) return undefined;
  if (first === 'create' && place === 'users') {
    return typeof body['username'] === 'string' ? { f: 'create-user', value: body } : undefined;
  }
  if (first === 'create') {
    const isMeant = areNumbers(body, 'userid', 'numtickets') && typeof body['eventname'] === 'string';
    return isMeant ? { f: 'create-event', value: body } : undefined;
  }
  if (action === 'purchase' && areNumbers(body, 'tickets')) {
    return { f: 'purchase', value: { ...body, eventid: Number(first), userid: Number(second) } };
  }
  if (action !== 'tickets' || !areNumbers(body, 'eventid', 'tickets', 'targetuser')) return undefined;
  return { f: 'transfer', value: { ...body, userid: Number(first) } };
}

type Fields = { readonly [key: string]: Json };

function isFields(body: Json | undefined): body is Fields {
  return isObject(body);
}

function areNumbers(body: Fields, ...fields: readonly string[]): boolean {
  return fields.every((field) => typeof body[field] === 'number');
}

function valueOf(body: string): Json {
  const decoded = decode(json, JSON.parse(body), 'the body');
  assert(decoded.type === 'decoded', 'a service answers in JSON');
  return decoded.value;
}
