import { type Meaning, meaningless, means, type Model } from '../../../checker/model.ts';
import type { Operation } from '../../../checker/operation.ts';
import type { Decoded } from '../../../protocol/model/app.ts';
import { unreachable } from '../../../protocol/model/assert.ts';
import type { Json } from '../../../protocol/model/json.ts';
import { isObject } from '../../../protocol/wire/decode.ts';
import { applyToEvent, type EventPart, type EventStep, NO_EVENT } from './event.ts';
import { applyToUser, NO_USER, type UserPart, type UserStep } from './user.ts';

/** The number of events, or of users: their ids are dense. */
interface Counted {
  readonly kind: 'ids';
  readonly count: number;
}

type CountStep =
  | { readonly f: 'create'; readonly id: number }
  | { readonly f: 'create-any' }
  | { readonly f: 'count'; readonly is: number };

type State = Counted | EventPart | UserPart;
type Step =
  | { readonly on: 'ids'; readonly step: CountStep }
  | { readonly on: 'event'; readonly step: EventStep }
  | { readonly on: 'user'; readonly step: UserStep };

type Said = Decoded<readonly Meaning<Step>[]>;

/**
 * Event tickets, as in src/apps/tickets. Parts: the ids of events, the ids of users, each event, each user. A purchase
 * takes effect in an event and then in a user: each is linearizable, the two together are not one step. A refused one
 * takes effect in neither, not even for a moment.
 * docs/reference/checker.md lists the operations.
 */
export const tickets: Model<State, Step> = {
  name: 'tickets',
  initial(part) {
    if (part.startsWith('event ')) return NO_EVENT;
    return part.startsWith('user ') ? NO_USER : { kind: 'ids', count: 0 };
  },
  decode(operation) {
    if (operation.outcome.type === 'fail') return isKnown(operation.f) ? means() : unknown(operation.f);
    const refusal = refusalOf(operation);
    if (refusal !== undefined) return isKnown(operation.f) ? decodeRefusal(refusal) : unknown(operation.f);
    return decodeAccepted(operation);
  },
  apply(state, step) {
    switch (step.on) {
      case 'ids':
        return state.kind === 'ids' ? applyToIds(state, step.step) : undefined;
      case 'event':
        return state.kind === 'event' ? applyToEvent(state, step.step) : undefined;
      case 'user':
        return state.kind === 'user' ? applyToUser(state, step.step) : undefined;
      default:
        return unreachable(step);
    }
  },
  keyOf: (state) => JSON.stringify(state),
  show({ kind, ...state }) {
    return kind === 'ids' || ('exists' in state && state.exists) ? JSON.stringify(state) : `no ${kind}`;
  },
};

const KNOWN = ['create-user', 'create-event', 'purchase', 'transfer', 'read-event', 'read-events', 'read-user'];

function isKnown(f: string): boolean {
  return KNOWN.includes(f);
}

function unknown(f: string): Said {
  return meaningless(`tickets know no ${JSON.stringify(f)}: one of ${KNOWN.join(', ')} was expected`);
}

function applyToIds(ids: Counted, step: CountStep): Counted | undefined {
  switch (step.f) {
    case 'create':
      return step.id === ids.count ? { kind: 'ids', count: ids.count + 1 } : undefined;
    case 'create-any':
      return { kind: 'ids', count: ids.count + 1 };
    case 'count':
      return step.is === ids.count ? ids : undefined;
    default:
      return unreachable(step);
  }
}

function decodeAccepted(operation: Operation): Said {
  const { f, input, outcome } = operation;
  const value = outcome.type === 'ok' ? outcome.value : undefined;
  switch (f) {
    case 'create-user':
      return createUser(textIn(input, 'username'), value);
    case 'create-event':
      return createEvent(input, value);
    case 'purchase':
      return purchase(input);
    case 'transfer':
      return transfer(input);
    case 'read-event': {
      const eventid = numberIn(input, 'eventid');
      if (eventid === undefined) return meaningless('read-event: {"eventid"} was expected');
      return value === undefined ? means() : readRows([value]);
    }
    case 'read-events':
      if (value === undefined) return means();
      if (!Array.isArray(value)) return meaningless('read-events: an array of events was expected');
      return readRows(value, [onIds('ids of events', { f: 'count', is: value.length }, true)]);
    case 'read-user':
      if (numberIn(input, 'userid') === undefined) return meaningless('read-user: {"userid"} was expected');
      return value === undefined ? means() : readUser(value);
    default:
      return unknown(f);
  }
}

/** Without an answer it may have created any user. */
function createUser(username: string | undefined, value: Json | undefined): Said {
  if (username === undefined) return meaningless('create-user: {"username"} was expected');
  const create: UserStep = { f: 'create', username };
  if (value === undefined) return means(onIds('ids of users', { f: 'create-any' }), onUser('*', create));
  const userid = numberIn(value, 'userid');
  if (userid === undefined) return meaningless('create-user: ok with {"userid"} was expected');
  return means(onIds('ids of users', { f: 'create', id: userid }), onUser(userid, create));
}

function createEvent(input: Json, value: Json | undefined): Said {
  const [eventname, userid] = [textIn(input, 'eventname'), numberIn(input, 'userid')];
  const capacity = numberIn(input, 'numtickets');
  if (eventname === undefined || userid === undefined || capacity === undefined) {
    return meaningless('create-event: {"userid", "eventname", "numtickets"} was expected');
  }
  const create: EventStep = { f: 'create', eventname, userid, capacity };
  if (value === undefined) return means(onIds('ids of events', { f: 'create-any' }), onEvent('*', create));
  const eventid = numberIn(value, 'eventid');
  if (eventid === undefined) return meaningless('create-event: ok with {"eventid"} was expected');
  return means(
    onIds('ids of events', { f: 'create', id: eventid }),
    onEvent(eventid, create),
    onUser(userid, { f: 'exists' }, true),
  );
}

function purchase(input: Json): Said {
  const [eventid, userid, count] = [numberIn(input, 'eventid'), numberIn(input, 'userid'), numberIn(input, 'tickets')];
  if (eventid === undefined || userid === undefined || count === undefined) {
    return meaningless('purchase: {"eventid", "userid", "tickets"} was expected');
  }
  return means(onEvent(eventid, { f: 'sell', tickets: count }), onUser(userid, { f: 'add', eventid, tickets: count }));
}

function transfer(input: Json): Said {
  const [userid, target] = [numberIn(input, 'userid'), numberIn(input, 'targetuser')];
  const [eventid, count] = [numberIn(input, 'eventid'), numberIn(input, 'tickets')];
  if (userid === undefined || target === undefined || eventid === undefined || count === undefined) {
    return meaningless('transfer: {"userid", "eventid", "tickets", "targetuser"} was expected');
  }
  if (userid === target) return means(onUser(userid, { f: 'has', eventid, tickets: count }, true));
  return means(
    onUser(userid, { f: 'take', eventid, tickets: count }),
    onUser(target, { f: 'add', eventid, tickets: count }),
  );
}

/** A known reason tells what was so; any other constrains nothing. */
function decodeRefusal(reason: string): Said {
  const [, missing = '', id = ''] = /^no (user|event) (\d+)$/.exec(reason) ?? [];
  if (missing === 'event') return means(onEvent(Number(id), { f: 'missing' }, true));
  if (missing === 'user') return means(onUser(Number(id), { f: 'missing' }, true));
  if (reason === 'no events found') return means(onIds('ids of events', { f: 'count', is: 0 }, true));
  const [, sold, left] = /^event (\d+) has (\d+) tickets left$/.exec(reason) ?? [];
  if (left !== undefined) return means(onEvent(Number(sold), { f: 'left', avail: Number(left) }, true));
  const [, holder, held, of] = /^user (\d+) holds (\d+) tickets of event (\d+)$/.exec(reason) ?? [];
  if (of === undefined) return means();
  return means(onUser(Number(holder), { f: 'holds', eventid: Number(of), tickets: Number(held) }, true));
}

/** Every row is a read of its event; the rows need not be of one instant. */
function readRows(rows: readonly Json[], more: readonly Meaning<Step>[] = []): Said {
  const reads: Meaning<Step>[] = [...more];
  for (const row of rows) {
    const [eventname, userid] = [textIn(row, 'eventname'), numberIn(row, 'userid')];
    const [eventid, avail, purchased] = ['eventid', 'avail', 'purchased'].map((field) => numberIn(row, field));
    if (eventname === undefined || userid === undefined || eventid === undefined || avail === undefined) {
      return meaningless('an event is {"eventid", "eventname", "userid", "avail", "purchased"}');
    }
    reads.push(onEvent(eventid, { f: 'read', eventname, userid, avail, purchased: purchased ?? 0 }, true));
  }
  return means(...reads);
}

/** One row per ticket held. */
function readUser(value: Json): Said {
  const [userid, username] = [numberIn(value, 'userid'), textIn(value, 'username')];
  const rows = isObject(value) ? value['tickets'] : undefined;
  if (userid === undefined || username === undefined || !isRows(rows)) {
    return meaningless('read-user: ok with {"userid", "username", "tickets": [events]} was expected');
  }
  const held: Record<string, number> = {};
  const distinct = new Map<string, Json>();
  for (const row of rows) {
    const eventid = String(numberIn(row, 'eventid') ?? -1);
    held[eventid] = (held[eventid] ?? 0) + 1;
    distinct.set(JSON.stringify(row), row);
  }
  return readRows([...distinct.values()], [onUser(userid, { f: 'read', username, tickets: held }, true)]);
}

function isRows(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

function refusalOf({ outcome }: Operation): string | undefined {
  return outcome.type === 'ok' ? textIn(outcome.value, 'refused') : undefined;
}

function onIds(part: 'ids of users' | 'ids of events', step: CountStep, reads = false): Meaning<Step> {
  return { part, step: { on: 'ids', step }, reads };
}

function onEvent(eventid: number | '*', step: EventStep, reads = false): Meaning<Step> {
  return { part: `event ${eventid}`, step: { on: 'event', step }, reads };
}

function onUser(userid: number | '*', step: UserStep, reads = false): Meaning<Step> {
  return { part: `user ${userid}`, step: { on: 'user', step }, reads };
}

function numberIn(value: Json | undefined, field: string): number | undefined {
  const found = isObject(value) ? value[field] : undefined;
  return typeof found === 'number' ? found : undefined;
}

function textIn(value: Json | undefined, field: string): string | undefined {
  const found = isObject(value) ? value[field] : undefined;
  return typeof found === 'string' ? found : undefined;
}
