import type { ClientCall, Operation } from '../../sim/base/history.ts';
import type { Plan, ScriptedRequest } from '../../sim/plan/plan.ts';
import { streamOf } from '../../sim/base/random.ts';
import {
  beginsAfter,
  callOf,
  chooseCall,
  clientNames,
  thinksFor,
  type Traits,
  traitsOf,
} from '../../sim/clients/choose.ts';
import type { Known, Workload } from '../../sim/workloads/workload.ts';
import { uuidAt } from '../../sim/base/uuids.ts';

/*
 * The clients of a plan, as they are in the simulator (src/sim/world/clients.ts), for whoever has real sockets: each has one
 * operation under way at a time, hangs up when no answer comes, and asks the next front end again, under the same uuid.
 * Times are in microseconds since the clients began.
 */

/** Between two attempts of one operation. */
const PAUSE = 50_000;

/** All clients of one run, and what they have asked so far. Changed in place by the functions below. */
export interface Crowd {
  readonly plan: Plan;
  readonly workload: Workload;
  readonly frontEnds: readonly string[];
  readonly clients: Map<string, CrowdClient>;
  readonly operations: Operation[];
  readonly known: Known;
  /** Nobody begins anything of its own any more. */
  isEnding: boolean;
}

export interface CrowdClient extends Traits {
  readonly name: string;
  token: string;
  place: number;
  chosen: number;
  /** What it was told to ask, in order. */
  readonly script: Scripted[];
  /** Not before this does it do anything. */
  readyAt: number;
  current: Operation | undefined;
}

/** A request that a client is told to make; a time that has passed means at once. */
export type Scripted = Pick<ScriptedRequest, 'at' | 'through' | 'expect' | 'keyed'> & { readonly call: ClientCall };

/** What a client does next. */
export type Deed =
  | { readonly type: 'waits'; readonly until: number }
  | { readonly type: 'asks'; readonly operation: Operation; readonly frontEnd: string }
  /** It has nothing to do, unless it is told to ask something more. */
  | { readonly type: 'rests' };

/** What a front end said; of its headers, those that matter to a client. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly token: string;
  /** The uuid under which a write was made, where the front end says so. */
  readonly uuid: string;
  /** The front end says that it had the answer in its cache. */
  readonly fromCache?: boolean;
}

/** The clients a plan names, none of which has asked anything yet. */
export function createCrowd(plan: Plan, workload: Workload, frontEnds: readonly string[]): Crowd {
  const clients = new Map<string, CrowdClient>();
  const crowd: Crowd = { plan, workload, frontEnds, clients, operations: [], known: new Map(), isEnding: false };
  for (const name of clientNames(plan.workload)) {
    const client = addClient(crowd, name, traitsOf(plan, name, frontEnds.length));
    client.readyAt = beginsAfter(plan, name);
    const script = plan.workload.script.filter((request) => request.client === name).sort((a, b) => a.at - b.at);
    client.script.push(...script.map(scripted));
  }
  return crowd;
}

export function addClient(crowd: Crowd, name: string, traits: Traits): CrowdClient {
  const client = { ...traits, name, token: '', chosen: 0, script: [], readyAt: 0, current: undefined };
  crowd.clients.set(name, client);
  return client;
}

/** The client's turn at `now`; `wall` is Unix time in milliseconds, for the uuid of a write. */
export function takeTurn(crowd: Crowd, client: CrowdClient, now: number, wall: number): Deed {
  if (now < client.readyAt) return { type: 'waits', until: client.readyAt };
  const operation = client.current ?? next(crowd, client, now, wall);
  if (operation === undefined) {
    const [first] = client.script;
    return first === undefined ? { type: 'rests' } : { type: 'waits', until: first.at * 1_000 };
  }
  operation.attempts += 1;
  return { type: 'asks', operation, frontEnd: crowd.frontEnds[client.place % crowd.frontEnds.length] ?? '' };
}

/** What came of the attempt that is under way: an answer, or nothing before the client hung up. */
export function hear(crowd: Crowd, client: CrowdClient, answer: Answer | undefined, now: number): void {
  const operation = client.current;
  if (operation === undefined) return;
  if (answer === undefined || answer.status >= 500) return tryAgain(crowd, client, operation, now);
  const { status, body, token, uuid, fromCache = false } = answer;
  if (operation.call.method === 'POST' && operation.key === undefined && uuid !== '') operation.uuids.push(uuid);
  if (client.hasToken && token !== '') client.token = token;
  crowd.workload.learn(operation.call, status, body, crowd.known);
  finish(crowd, client, operation, {
    type: 'answered',
    at: now,
    status,
    body,
    token,
    ...(fromCache ? { fromCache } : {}),
  });
}

function next(crowd: Crowd, client: CrowdClient, now: number, wall: number): Operation | undefined {
  const [first] = client.script;
  if (first !== undefined) {
    if (first.at * 1_000 > now) return undefined;
    client.script.shift();
    return begin(crowd, client, first, now, wall);
  }
  if (crowd.isEnding || client.chosen >= client.choices) return undefined;
  client.chosen += 1;
  const call = chooseCall(crowd.plan, crowd.workload, client, client.chosen, crowd.known);
  const chosen = { at: 0, call, keyed: client.isKeyed, through: undefined, expect: undefined };
  return begin(crowd, client, chosen, now, wall);
}

function begin(
  crowd: Crowd,
  client: CrowdClient,
  { call, keyed, through, expect }: Scripted,
  now: number,
  wall: number,
): Operation {
  const number = crowd.operations.length + 1;
  const isKeyed = call.method === 'POST' && keyed;
  const key = isKeyed ? uuidAt(wall, streamOf(crowd.plan.seed, `key ${number}`), 1) : undefined;
  const operation: Operation = {
    number,
    client: client.name,
    call,
    key,
    token: client.hasToken && client.token !== '' ? client.token : undefined,
    calledAt: now,
    uuids: key === undefined ? [] : [key],
    expect,
    attempts: 0,
    result: undefined,
  };
  if (through !== undefined) client.place = crowd.frontEnds.indexOf(through);
  crowd.operations.push(operation);
  client.current = operation;
  return operation;
}

function tryAgain(crowd: Crowd, client: CrowdClient, operation: Operation, now: number): void {
  const isRepeatable = operation.key !== undefined || operation.call.method === 'GET';
  if (!isRepeatable || now - operation.calledAt >= client.giveUpAfter * 1_000) {
    return finish(crowd, client, operation, { type: 'unknown', at: now });
  }
  client.place += 1;
  client.readyAt = now + PAUSE;
}

function finish(
  crowd: Crowd,
  client: CrowdClient,
  operation: Operation,
  result: NonNullable<Operation['result']>,
): void {
  operation.result = result;
  client.current = undefined;
  client.readyAt = result.at + thinksFor(crowd.plan, client.name, operation.number);
}

function scripted(request: ScriptedRequest): Scripted {
  const { at, keyed, through, expect } = request;
  return { at, call: callOf(request), keyed, through, expect };
}
