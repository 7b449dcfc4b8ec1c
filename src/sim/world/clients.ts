import type { HttpResponse } from '../../frontend/front-end-io.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Attempt, ClientOperation } from '../base/history.ts';
import { streamOf } from '../base/random.ts';
import { digestIn, tell } from '../base/trace.ts';
import { uuidAt } from '../base/uuids.ts';
import type { Traits } from '../clients/choose.ts';
import { type Answer, clientsOf, clientWith, hear as hearAnswer, takeTurn } from '../clients/client.ts';
import { FIRST_WALL, wallAt } from './clock.ts';
import { fateOf, isHeld } from './network.ts';
import { recordedFate, recordedResult } from './record-world.ts';
import { type Client, nodeNamed, type SimEvent, type World } from './world.ts';

/*
 * Drives the clients of a plan (src/sim/clients/client.ts) over the simulated network.
 */

/** Creates the clients of the plan. */
export function createClients(world: World): void {
  for (const client of clientsOf(world.plan, world.roster.frontEnds.length)) {
    world.clients.set(client.name, { ...client, attempt: undefined });
    world.agenda.put(client.readyAt, { type: 'client', client: client.name });
  }
}

export function addClient(world: World, name: string, traits: Traits): Client {
  const client: Client = { ...clientWith(name, traits), attempt: undefined };
  world.clients.set(name, client);
  return client;
}

/** The client's turn: it retries its pending operation, or begins the next one. */
export function act(world: World, client: Client): void {
  if (client.attempt !== undefined) return;
  const deed = takeTurn(world, client, world.now, FIRST_WALL + Math.floor(world.now / 1_000));
  if (deed.type === 'waits') world.agenda.put(deed.until, { type: 'client', client: client.name });
  if (deed.type === 'asks' && deed.frontEnd !== undefined) ask(world, client, deed.operation, deed.frontEnd);
}

/** An answer arrives; unless the client has hung up, it ends the operation or the attempt. */
export function hear(world: World, id: number, { status, body, headers }: HttpResponse): void {
  const client = waitingFor(world, id);
  if (client?.attempt === undefined) return;
  const { frontEnd, takenBy, askedAt } = client.attempt;
  goOn(world, client, {
    status,
    body,
    token: headers['understudy-token'] ?? '',
    uuid: '',
    fromCache: headers['understudy-cache'] === 'hit',
    ...(isUnkeyedWrite(client.attempt.operation) ? { asks: headers['understudy-uuid'] } : {}),
    isFailure: headers['understudy-error'] !== undefined,
    by: { frontEnd, life: takenBy ?? 0, askedAt },
  });
}

/** The attempt failed or timed out. */
export function lose(world: World, id: number): void {
  const client = waitingFor(world, id);
  if (client?.attempt === undefined) return;
  const { frontEnd, takenBy } = client.attempt;
  const life = takenBy ?? 0;
  // The front end may hear of it, or not.
  const fate = fateOf(world.network, client.name, frontEnd, 'gone', world.now);
  if (takenBy !== undefined && fate.type === 'arrives') {
    for (const at of fate.at) world.agenda.put(at, { type: 'gone', attempt: id, node: frontEnd, life });
  }
  goOn(world, client, undefined);
}

/** Whether the client still waits for this attempt. */
export function isAwaited(world: World, id: number): boolean {
  return waitingFor(world, id) !== undefined;
}

function ask(world: World, client: Client, operation: ClientOperation, frontEnd: NodeId): void {
  const { call, key, attempts } = operation;
  if (attempts === 1) {
    if (key !== undefined) world.issued.add(key);
    world.recording?.put({
      type: 'called',
      client: client.name,
      operation: operation.number,
      text: showCall(operation),
    });
  }
  const id = operation.number * 1_000 + attempts;
  // Issued by the front end, by its own clock.
  const wall = wallAt(nodeNamed(world, frontEnd).clock, world.now);
  const uuid = uuidAt(wall, streamOf(world.plan.seed, `attempt ${id}`), 1);
  if (isUnkeyedWrite(operation) && operation.asks === undefined) {
    operation.uuids.push(uuid);
    world.issued.add(uuid);
  }
  const made: Attempt = { id, operation, frontEnd, askedAt: world.now, uuid, takenBy: undefined };
  client.attempt = made;
  world.attempts.set(id, made);
  digestIn(world.trace, `${client.name} ${call.method} ${call.path} ${id}`);
  tell(world.trace, world.now, client.name, () => `→ ${frontEnd} ${showCall(operation)}`);
  put(world, client.name, frontEnd, { type: 'request', attempt: id }, operation);
  world.agenda.put(world.now + world.plan.workload.attemptFor * 1_000, { type: 'hang-up', attempt: id });
}

function put(world: World, from: string, to: NodeId, simEvent: SimEvent, operation: ClientOperation): void {
  const fate = fateOf(world.network, from, to, simEvent.type, world.now);
  world.recording?.sent(simEvent, {
    from,
    to,
    fromUnit: '',
    unit: FRONT_END,
    kind: simEvent.type,
    text: showCall(operation),
    fate: fate.type === 'arrives' ? 'once' : recordedFate(fate),
  });
  const [at] = fate.type === 'arrives' ? fate.at : [];
  if (at !== undefined) world.agenda.put(at, simEvent);
  if (isHeld(world.network, from, to)) world.waiting.push({ from, to, kind: simEvent.type, simEvent });
}

/** The attempt is over, and maybe the operation; the client's next turn comes when it is ready. */
function goOn(world: World, client: Client, answer: Answer | undefined): void {
  const operation = client.current;
  client.attempt = undefined;
  hearAnswer(world, client, answer, world.now);
  if (operation?.result !== undefined) {
    const { number, result } = operation;
    const what = result.type === 'answered' ? `${result.status} ${result.body}` : 'unknown';
    digestIn(world.trace, `${client.name} ${number} ${what}`);
    tell(world.trace, world.now, client.name, () => `has ${showCall(operation)}: ${what}`);
    world.recording?.put({ type: 'ended', client: client.name, operation: number, ...recordedResult(result) });
  }
  world.agenda.put(client.readyAt, { type: 'client', client: client.name });
}

function waitingFor(world: World, id: number): Client | undefined {
  const number = Math.floor(id / 1_000);
  const operation = world.operations[number - 1];
  const client = operation === undefined ? undefined : world.clients.get(operation.client);
  return client?.attempt?.id === id ? client : undefined;
}

function isUnkeyedWrite({ call, key }: ClientOperation): boolean {
  return call.method === 'POST' && key === undefined;
}

function showCall({ call, key }: ClientOperation): string {
  const body = call.body === undefined ? '' : ` ${JSON.stringify(call.body)}`;
  return `${call.method} ${call.path}${body}${key === undefined ? '' : ` under ${key.slice(0, 8)}…${key.slice(-4)}`}`;
}
