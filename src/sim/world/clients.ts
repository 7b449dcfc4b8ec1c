import type { NodeId } from '../../protocol/model/epoch.ts';
import type { HttpResponse } from '../../frontend/front-end-io.ts';
import { FIRST_WALL, wallAt } from './clock.ts';
import type { Attempt, Operation, ScriptedCall } from '../base/history.ts';
import { fateOf, isHeld } from './network.ts';
import type { ScriptedRequest } from '../plan/plan.ts';
import { streamOf } from '../base/random.ts';
import { tapeFate, tapeResult } from './record-world.ts';
import { digestIn, tell } from '../base/trace.ts';
import { beginsAfter, callOf, chooseCall, clientNames, thinksFor, type Traits, traitsOf } from '../clients/choose.ts';
import { uuidAt } from '../base/uuids.ts';
import { type Client, type Happening, nodeNamed, type World } from './world.ts';
import { FRONT_END } from '../../protocol/model/address.ts';

/*
 * Virtual clients. Each has one operation under way at a time, like a person: it asks a front end, hangs up when no
 * answer comes, and asks the next front end again, with the same uuid. A client without uuids of its own asks once.
 */

/** Between two attempts of one operation, in microseconds. */
const PAUSE = 50_000;

/** Brings the clients of the plan to life. */
export function createClients(world: World): void {
  const { plan } = world;
  for (const name of clientNames(plan.workload)) {
    const script = plan.workload.script.filter((request) => request.client === name).sort((a, b) => a.at - b.at);
    const client = addClient(world, name, traitsOf(plan, name, world.roster.frontEnds.length));
    client.script.push(...script.map(scriptedCall));
    world.agenda.put(beginsAfter(plan, name), { type: 'client', client: name });
  }
}

export function addClient(world: World, name: string, traits: Traits): Client {
  const client: Client = { name, ...traits, token: '', chosen: 0, script: [], current: undefined };
  world.clients.set(name, client);
  return client;
}

/** The client's turn: it repeats what is under way, or begins what comes next. */
export function act(world: World, client: Client): void {
  const { current } = client;
  if (current !== undefined) {
    if (current.attempt === undefined) ask(world, client, current.operation);
    return;
  }
  const scripted = client.script[0];
  if (scripted !== undefined) {
    if (scripted.at > world.now) {
      world.agenda.put(scripted.at, { type: 'client', client: client.name });
      return;
    }
    client.script.shift();
    begin(world, client, scripted);
    return;
  }
  if (client.chosen < client.choices && !world.isEnding) begin(world, client, choice(world, client));
}

/** An answer arrives; unless the client has hung up, that is the end of the operation or of the attempt. */
export function hear(world: World, id: number, response: HttpResponse): void {
  const client = waitingFor(world, id);
  const { operation, attempt } = client?.current ?? {};
  if (client === undefined || operation === undefined || attempt === undefined) return;
  if (response.status >= 500) {
    tryAgain(world, client, operation);
    return;
  }
  const token = response.headers['understudy-token'] ?? '';
  if (client.hasToken && token !== '') client.token = token;
  world.workload.learn(operation.call, response.status, response.body, world.known);
  finish(world, client, operation, {
    type: 'answered',
    at: world.now,
    status: response.status,
    body: response.body,
    token,
    ...(response.headers['understudy-cache'] === 'hit' ? { fromCache: true } : {}),
    by: { frontEnd: attempt.frontEnd, life: attempt.takenBy ?? 0, askedAt: attempt.askedAt },
  });
}

/** No answer will come any more, or none came in time. */
export function lose(world: World, id: number): void {
  const client = waitingFor(world, id);
  const current = client?.current;
  if (client === undefined || current?.attempt === undefined) return;
  const { frontEnd, takenBy } = current.attempt;
  const life = takenBy ?? 0;
  // The front end may hear of it, and may not.
  const fate = fateOf(world.network, client.name, frontEnd, 'gone', world.now);
  if (takenBy !== undefined && fate.type === 'arrives') {
    for (const at of fate.at) world.agenda.put(at, { type: 'gone', attempt: id, node: frontEnd, life });
  }
  tryAgain(world, client, current.operation);
}

/** Whether its client still waits for this attempt. */
export function isAwaited(world: World, id: number): boolean {
  return waitingFor(world, id) !== undefined;
}

function begin(world: World, client: Client, { call, isKeyed, through, expect }: ScriptedCall): void {
  const number = world.operations.length + 1;
  const key = call.method === 'POST' && isKeyed ? uuidFor(world, `key ${number}`, trueWall(world)) : undefined;
  const operation: Operation = {
    number,
    client: client.name,
    call,
    key,
    token: client.hasToken && client.token !== '' ? client.token : undefined,
    calledAt: world.now,
    uuids: key === undefined ? [] : [key],
    expect,
    attempts: 0,
    result: undefined,
  };
  if (key !== undefined) world.issued.add(key);
  if (through !== undefined) client.place = world.roster.frontEnds.indexOf(through);
  world.operations.push(operation);
  world.tape?.put({ type: 'called', client: client.name, operation: number, text: showCall(operation) });
  client.current = { operation, attempt: undefined };
  ask(world, client, operation);
}

function ask(world: World, client: Client, operation: Operation): void {
  const { frontEnds } = world.roster;
  const frontEnd = frontEnds[client.place % frontEnds.length];
  if (frontEnd === undefined || client.current === undefined) return;
  operation.attempts += 1;
  const id = operation.number * 1_000 + operation.attempts;
  // The front end makes it, by its own clock.
  const uuid = uuidFor(world, `attempt ${id}`, wallAt(nodeNamed(world, frontEnd).clock, world.now));
  if (operation.call.method === 'POST' && operation.key === undefined) {
    operation.uuids.push(uuid);
    world.issued.add(uuid);
  }
  const made: Attempt = { id, operation, frontEnd, askedAt: world.now, uuid, takenBy: undefined };
  client.current.attempt = made;
  world.attempts.set(id, made);
  digestIn(world.trace, `${client.name} ${operation.call.method} ${operation.call.path} ${id}`);
  tell(world.trace, world.now, client.name, () => `→ ${frontEnd} ${showCall(operation)}`);
  put(world, client.name, frontEnd, { type: 'request', attempt: id }, operation);
  world.agenda.put(world.now + world.plan.workload.attemptFor * 1_000, { type: 'hang-up', attempt: id });
}

function put(world: World, from: string, to: NodeId, happening: Happening, operation: Operation): void {
  const fate = fateOf(world.network, from, to, happening.type, world.now);
  world.tape?.sent(happening, {
    from,
    to,
    fromUnit: '',
    unit: FRONT_END,
    kind: happening.type,
    text: showCall(operation),
    fate: fate.type === 'arrives' ? 'once' : tapeFate(fate),
  });
  const [at] = fate.type === 'arrives' ? fate.at : [];
  if (at !== undefined) world.agenda.put(at, happening);
  if (isHeld(world.network, from, to)) world.waiting.push({ from, to, kind: happening.type, happening });
}

function tryAgain(world: World, client: Client, operation: Operation): void {
  const isRepeatable = operation.key !== undefined || operation.call.method === 'GET';
  if (!isRepeatable || world.now - operation.calledAt >= client.giveUpAfter * 1_000) {
    finish(world, client, operation, { type: 'unknown', at: world.now });
    return;
  }
  client.place += 1;
  client.current = { operation, attempt: undefined };
  world.agenda.put(world.now + PAUSE, { type: 'client', client: client.name });
}

function finish(world: World, client: Client, operation: Operation, result: NonNullable<Operation['result']>): void {
  operation.result = result;
  client.current = undefined;
  const what = result.type === 'answered' ? `${result.status} ${result.body}` : 'unknown';
  digestIn(world.trace, `${client.name} ${operation.number} ${what}`);
  tell(world.trace, world.now, client.name, () => `has ${showCall(operation)}: ${what}`);
  world.tape?.put({ type: 'ended', client: client.name, operation: operation.number, ...tapeResult(result) });
  const think = thinksFor(world.plan, client.name, operation.number);
  world.agenda.put(world.now + think, { type: 'client', client: client.name });
}

function choice(world: World, client: Client): ScriptedCall {
  client.chosen += 1;
  const call = chooseCall(world.plan, world.workload, client, client.chosen, world.known);
  return { at: world.now, call, isKeyed: client.isKeyed, through: undefined, expect: undefined };
}

function scriptedCall(request: ScriptedRequest): ScriptedCall {
  const { at, keyed, through, expect } = request;
  return { at: at * 1_000, call: callOf(request), isKeyed: keyed, through, expect };
}

function waitingFor(world: World, id: number): Client | undefined {
  const number = Math.floor(id / 1_000);
  const operation = world.operations[number - 1];
  const client = operation === undefined ? undefined : world.clients.get(operation.client);
  return client?.current?.attempt?.id === id ? client : undefined;
}

function uuidFor(world: World, name: string, wall: number): string {
  return uuidAt(wall, streamOf(world.plan.seed, name), 1);
}

/** Clients have the true time. */
function trueWall(world: World): number {
  return FIRST_WALL + Math.floor(world.now / 1_000);
}

function showCall({ call, key }: Operation): string {
  const body = call.body === undefined ? '' : ` ${JSON.stringify(call.body)}`;
  return `${call.method} ${call.path}${body}${key === undefined ? '' : ` under ${key.slice(0, 8)}…${key.slice(-4)}`}`;
}
