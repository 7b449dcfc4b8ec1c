import { tickets } from '../../../src/apps/tickets/service.ts';
import type { FrontEndEffect, FrontEndInput, HttpRequest, HttpResponse } from '../../../src/frontend/front-end-io.ts';
import {
  createFrontEnd,
  type FrontEnd,
  type FrontEndPlace,
  frontEndWakeAt,
  stepFrontEnd,
} from '../../../src/frontend/front-end.ts';
import type { Outcome } from '../../../src/protocol/model/app.ts';
import type { ServiceEntry } from '../../../src/protocol/model/directory.ts';
import { type Epoch, NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Message, Reply, Request, Unserved } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/protocol/model/settings.ts';
import type { Service } from '../../../src/service/service.ts';

/** The wall clock of the stage stands this far ahead of the monotonic one. */
const WALL = 1_700_000_000_000;

export const EPOCH_1: Epoch = { counter: 1, nodeId: 's1' };
export const EPOCH_2: Epoch = { counter: 2, nodeId: 's2' };

const SERVERS = ['s1', 's2', 's3'];

/** A uuid of version 7, made at `WALL + millis`. */
export function uuid7(number: number, millis = 0): string {
  const time = (WALL + millis).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function get(id: number, path: string, headers: Readonly<Record<string, string>> = {}): HttpRequest {
  return { id, method: 'GET', path, headers, body: '', uuid: uuid7(id) };
}

/** A write with a key of its client. */
export function post(
  id: number,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  return postWithoutKey(id, path, body, { 'idempotency-key': uuid7(id), ...headers });
}

/** A write that the front end numbers. */
export function postWithoutKey(
  id: number,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest {
  return { id, method: 'POST', path, headers, body: JSON.stringify(body), uuid: uuid7(id) };
}

/** A front end `f1` of three data servers, and the clock it is stepped by. */
export interface Stage {
  frontEnd(): FrontEnd;
  /** Effects of one input at the current time. Notes are kept apart: `notes()`. */
  tell(input: FrontEndInput): readonly FrontEndEffect[];
  ask(...requests: readonly HttpRequest[]): readonly FrontEndEffect[];
  hear(node: NodeId, group: string, message: Message): readonly FrontEndEffect[];
  /** Lets `millis` pass, then wakes it. */
  wait(millis: number): readonly FrontEndEffect[];
  wakeAt(): number | undefined;
  /** Notes of the last step. */
  notes(): readonly FrontEndEffect[];
}

export function stage(
  options: {
    readonly settings?: Partial<Settings>;
    readonly place?: Partial<FrontEndPlace>;
    readonly planted?: ReadonlySet<PlantedBug>;
    readonly service?: Service;
    /** Whether primaries have told it cluster time; true unless said. */
    readonly knowsTime?: boolean;
    /** Milliseconds of the monotonic clock; 0 unless said. */
    readonly startsAt?: number;
  } = {},
): Stage {
  const service = options.service ?? tickets;
  const servers = Object.fromEntries(service.apps.map(({ name }) => [name, SERVERS]));
  let frontEnd = createFrontEnd(
    service,
    // Probes have tests of their own.
    { ...DEFAULT_SETTINGS, probeEvery: 0, ...options.settings },
    { node: 'f1', servers, ...options.place },
    options.planted,
  );
  let millis = options.startsAt ?? 0;
  // Primaries have told the time, once: cluster time is WALL, like the wall clock, unless said otherwise.
  const clock = { epoch: NO_EPOCH, time: WALL + millis, at: millis, isHearsay: false };
  if (options.knowsTime !== false) {
    frontEnd = { ...frontEnd, times: Object.fromEntries(service.apps.map(({ name }) => [name, clock])) };
  }
  let noted: readonly FrontEndEffect[] = [];
  const tell = (input: FrontEndInput): readonly FrontEndEffect[] => {
    const [next, effects] = stepFrontEnd(frontEnd, input, { millis, wall: WALL + millis, chance: 0 });
    frontEnd = next;
    noted = effects.filter(({ type }) => type === 'note');
    return effects.filter(({ type }) => type !== 'note');
  };
  return {
    frontEnd: () => frontEnd,
    tell,
    ask: (...requests) => tell({ type: 'requests', requests }),
    hear: (node, group, message) => tell({ type: 'message', from: { node, unit: group }, message }),
    wait(passing) {
      millis += passing;
      return tell({ type: 'wake' });
    },
    wakeAt: () => frontEndWakeAt(frontEnd),
    notes: () => noted,
  };
}

/** A stage where `s1` has been known for a second, at millisecond 0, to lead both groups in `EPOCH_1`. */
export function ledStage(options: Parameters<typeof stage>[0] = {}): Stage {
  const led = stage({ ...options, startsAt: -1_000 });
  led.tell({ type: 'led', group: 'events', primary: 's1', epoch: EPOCH_1 });
  led.tell({ type: 'led', group: 'users', primary: 's1', epoch: EPOCH_1 });
  led.wait(1_000);
  return led;
}

export function locates(group: string, nodes: readonly NodeId[] = SERVERS): readonly FrontEndEffect[] {
  return nodes.map((node) => ({ type: 'send', to: { node, unit: group }, message: { type: 'locate' } }));
}

export function sent(
  node: NodeId,
  group: string,
  items: readonly Request[],
  epoch: Epoch = EPOCH_1,
  lamport = 0,
): FrontEndEffect {
  return { type: 'send', to: { node, unit: group }, message: { type: 'requests', epoch, lamport, items } };
}

/** The same by way of a node that forwards it. */
export function relayed(
  node: NodeId,
  group: string,
  items: readonly Request[],
  epoch: Epoch = EPOCH_1,
): FrontEndEffect {
  const message = { type: 'relay', origin: undefined, epoch, lamport: 0, items } as const;
  return { type: 'send', to: { node, unit: group }, message };
}

/** The id under which the HTTP request `id` (without a key of its own) makes its call number `call`. */
export function callId(id: number, call = 0): string {
  return `${id}.${call}.${uuid7(id)}`;
}

export function replies(items: readonly Reply[], from: Partial<Extract<Message, { type: 'replies' }>> = {}): Message {
  return { type: 'replies', epoch: EPOCH_1, primary: 's1', historyId: 'h', items, ...from };
}

export function located(
  primary: NodeId | undefined,
  epoch: Epoch = primary === undefined ? NO_EPOCH : EPOCH_1,
): Message {
  return { type: 'located', epoch, primary };
}

export function done(
  id: string,
  outcome: Outcome,
  index = 1,
  rests: Extract<Reply, { type: 'done' }>['rests'] = [],
): Reply {
  return { type: 'done', id, outcome, index, lamport: index, rests };
}

export function unserved(id: string, reason: Unserved): Reply {
  return { type: 'unserved', id, reason };
}

export function answered(
  id: number,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): FrontEndEffect {
  const response: HttpResponse = {
    status,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
  return { type: 'respond', id, response };
}

/** A data server as a directory has it. */
export function server(nodeId: string, address: string, change: Partial<ServiceEntry> = {}): ServiceEntry {
  const rest = { diskId: nodeId, generation: 1, incarnation: 1, standing: 'member', beat: 1 } as const;
  return { nodeId, kind: 'server', address, ...rest, ...change };
}
