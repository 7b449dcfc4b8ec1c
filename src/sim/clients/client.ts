import type { NodeId } from '../../protocol/model/epoch.ts';
import type { ClientOperation, OperationResult, ScriptedCall } from '../base/history.ts';
import { streamOf } from '../base/random.ts';
import { uuidAt } from '../base/uuids.ts';
import type { Plan, ScriptedRequest } from '../plan/plan.ts';
import type { Known, Workload } from '../workloads/workload.ts';
import { beginsAfter, callOf, chooseCall, clientNames, thinksFor, type Traits, traitsOf } from './choose.ts';

/*
 * The clients of a plan, without clock and network: the simulator and live runs drive the same ones. A client has one
 * operation pending at a time. It asks a front end, hangs up after a timeout, and retries at the next front end under
 * the same uuid. Without a uuid it does not retry, but asks for the outcome where it was given a name to ask by. Times
 * are in microseconds since the start of the run.
 */

/** Delay between two attempts of one operation. */
const PAUSE = 50_000;

/** State that all clients share. Changed in place by the functions below. */
export interface ClientPool {
  readonly plan: Plan;
  readonly workload: Workload;
  readonly roster: { readonly frontEnds: readonly NodeId[] };
  /** All operations so far, in order. */
  readonly operations: ClientOperation[];
  readonly known: Known;
  /** The liveness phase: clients begin no operation of their own choice. */
  isInLivenessPhase: boolean;
}

export interface PoolClient extends Traits {
  readonly name: string;
  token: string;
  /** Its present front end: a place in the list. */
  place: number;
  /** Operations of its own choice so far. */
  chosen: number;
  /** Scripted calls, in order. One whose time has passed is due at once. */
  readonly script: ScriptedCall[];
  /** It does nothing before this. */
  readyAt: number;
  current: ClientOperation | undefined;
}

/** The next action of a client. */
export type Deed =
  | { readonly type: 'waits'; readonly until: number }
  /** `frontEnd` undefined: there is none at its place. */
  | { readonly type: 'asks'; readonly operation: ClientOperation; readonly frontEnd: NodeId | undefined }
  /** No operation is left, unless more calls are scripted. */
  | { readonly type: 'rests' };

/** A front end's reply, with the headers that a client reads. */
export interface Answer extends Pick<
  Extract<OperationResult, { type: 'answered' }>,
  'status' | 'body' | 'token' | 'by'
> {
  /** The uuid under which a write was made, if the front end gives it. */
  readonly uuid: string;
  /** The name under which a write of unknown outcome can be asked for. */
  readonly asks?: string | undefined;
  /** The front end reports that the answer came from its cache. */
  readonly fromCache?: boolean;
  /** A status of 500 that is an outcome: the service's code failed, and fails again. */
  readonly isFailure?: boolean;
}

/** The clients of a plan with their scripts, before their first turn. */
export function clientsOf(plan: Plan, frontEnds: number): readonly PoolClient[] {
  return clientNames(plan.workload).map((name) => {
    const script = plan.workload.script.filter((request) => request.client === name).sort((a, b) => a.at - b.at);
    const client = clientWith(name, traitsOf(plan, name, frontEnds));
    return { ...client, readyAt: beginsAfter(plan, name), script: script.map(scriptedCall) };
  });
}

/** A client without a script. */
export function clientWith(name: string, traits: Traits): PoolClient {
  return { ...traits, name, token: '', chosen: 0, script: [], readyAt: 0, current: undefined };
}

/** Takes the client's turn at `now`; `wall` is Unix time in milliseconds, for the uuid of a write. */
export function takeTurn(pool: ClientPool, client: PoolClient, now: number, wall: number): Deed {
  if (now < client.readyAt) return { type: 'waits', until: client.readyAt };
  const operation = client.current ?? next(pool, client, now, wall);
  if (operation === undefined) {
    const [first] = client.script;
    return first === undefined ? { type: 'rests' } : { type: 'waits', until: first.at };
  }
  const { frontEnds } = pool.roster;
  const frontEnd = frontEnds[client.place % frontEnds.length];
  if (frontEnd !== undefined) operation.attempts += 1;
  return { type: 'asks', operation, frontEnd };
}

/** Ends the pending attempt: with an answer or, if the client has hung up, without. */
export function hear(pool: ClientPool, client: PoolClient, answer: Answer | undefined, now: number): void {
  const operation = client.current;
  if (operation === undefined) return;
  if (answer === undefined || (answer.status >= 500 && answer.isFailure !== true)) {
    operation.asks ??= answer?.asks;
    return tryAgain(pool, client, operation, now);
  }
  // What is forgotten is unknown; only a write with a key must be remembered for as long as it is asked for.
  if (operation.asks !== undefined && answer.status === 410)
    return finish(pool, client, operation, { type: 'unknown', at: now });
  const { status, body, token, uuid, fromCache = false, by } = answer;
  if (operation.call.method === 'POST' && operation.key === undefined && uuid !== '') operation.uuids.push(uuid);
  if (client.hasToken && token !== '') client.token = token;
  pool.workload.learn(operation.call, status, body, pool.known);
  finish(pool, client, operation, {
    type: 'answered',
    at: now,
    status,
    body,
    token,
    ...(fromCache ? { fromCache } : {}),
    ...(by === undefined ? {} : { by }),
  });
}

function next(pool: ClientPool, client: PoolClient, now: number, wall: number): ClientOperation | undefined {
  const [first] = client.script;
  if (first !== undefined) {
    if (first.at > now) return undefined;
    client.script.shift();
    return begin(pool, client, first, now, wall);
  }
  if (pool.isInLivenessPhase || client.chosen >= client.choices) return undefined;
  client.chosen += 1;
  const call = chooseCall(pool.plan, pool.workload, client, client.chosen, pool.known);
  const chosen = { at: now, call, isKeyed: client.isKeyed, through: undefined, expect: undefined };
  return begin(pool, client, chosen, now, wall);
}

function begin(
  { plan, operations, roster }: ClientPool,
  client: PoolClient,
  { call, isKeyed, through, expect }: ScriptedCall,
  now: number,
  wall: number,
): ClientOperation {
  const number = operations.length + 1;
  const hasKey = call.method === 'POST' && isKeyed;
  const key = hasKey ? uuidAt(wall, streamOf(plan.seed, `key ${number}`), 1) : undefined;
  const operation: ClientOperation = {
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
  if (through !== undefined) client.place = roster.frontEnds.indexOf(through);
  operations.push(operation);
  client.current = operation;
  return operation;
}

function tryAgain(pool: ClientPool, client: PoolClient, operation: ClientOperation, now: number): void {
  const { key, asks, call } = operation;
  const isRepeatable = key !== undefined || asks !== undefined || call.method === 'GET';
  if (!isRepeatable || now - operation.calledAt >= client.giveUpAfter * 1_000) {
    return finish(pool, client, operation, { type: 'unknown', at: now });
  }
  client.place += 1;
  client.readyAt = now + PAUSE;
}

function finish({ plan }: ClientPool, client: PoolClient, operation: ClientOperation, result: OperationResult): void {
  operation.result = result;
  client.current = undefined;
  client.readyAt = result.at + thinksFor(plan, client.name, operation.number);
}

function scriptedCall(request: ScriptedRequest): ScriptedCall {
  const { at, keyed, through, expect } = request;
  return { at: at * 1_000, call: callOf(request), isKeyed: keyed, through, expect };
}
