import { unreachable } from '../../protocol/model/assert.ts';
import { encodeSnapshot } from '../../protocol/wire/codec.ts';
import { requestOf } from '../base/request.ts';
import { digestIn } from '../base/trace.ts';
import { completeBase, completeSave, completeWrite } from '../disk/disk.ts';
import { onlyDeletes } from '../disk/snapshot-files.ts';
import type { Arrival } from '../recording/recording.ts';
import { act, hear, isAwaited, lose } from './clients.ts';
import { isBrokenOff } from './core.ts';
import { lookAtDeparture } from './departure.ts';
import { diskChanged, failureOf, writeBaseBeside } from './disk-driver.ts';
import { inject, suspect } from './faults.ts';
import { changeFlappingLinks } from './flapping-links.ts';
import { stopFor } from './lifecycle.ts';
import { takeTurn, waitsItsTurn } from './pace.ts';
import { dueAt, endMigration, feed, wakeLater } from './process.ts';
import { lastOn } from './record-world.ts';
import { describeEvent } from './sim-event.ts';
import { receive, refuse, reset } from './wire.ts';
import { fail, nodeNamed, type SimEvent, type SimNode, takeNote, type World } from './world.ts';

/** Runs the next event due by `until`; false when there is none. */
export function runNextEvent(world: World, until: number): boolean {
  const due = world.agenda.take(until);
  if (due === undefined) return false;
  world.now = due.at;
  world.trace.events += 1;
  world.sent = [];
  world.what = describeEvent(due.item);
  digestIn(world.trace, `${due.at} ${world.what}`);
  happen(world, due.item);
  reportEvent(world);
  return true;
}

/** Reports the current event, with all its effects, to `watch`. */
export function reportEvent({ watch, trace, now, what }: World): void {
  watch?.({ number: trace.events, at: now, what, digest: trace.digest });
}

function happen(world: World, simEvent: SimEvent): void {
  const node = nodeOf(world, simEvent);
  if (node?.isPaused === true) {
    // A paused process takes no input; the machine under it goes on, and keeps its input.
    node.missed.push(simEvent);
    world.recording?.arrived(simEvent, 'paused');
    return;
  }
  if (node !== undefined && waitsItsTurn(world, node, simEvent)) return;
  handle(world, node, simEvent);
}

function handle(world: World, node: SimNode | undefined, simEvent: SimEvent): void {
  world.recording?.arrived(simEvent, outcomeOf(world, node, simEvent));
  switch (simEvent.type) {
    case 'message': {
      // What a node outside the core sent before the liveness phase is lost, too, or the core would not be alone.
      if (isBrokenOff(world.core, simEvent.from, simEvent.to)) return;
      if (node?.host === undefined) return refuse(world, simEvent.from, simEvent.to);
      const envelope = receive(world, simEvent.carried);
      if (envelope === undefined) return undefined;
      for (const judge of world.judges) judge.received?.(envelope);
      return feed(world, node, { type: 'envelope', envelope });
    }
    case 'refused':
      return node === undefined ? undefined : suspect(world, node, simEvent.by);
    case 'wake':
      return wake(world, node, simEvent);
    case 'written':
      return written(world, node, simEvent);
    case 'saved':
      return saved(world, node, simEvent);
    case 'base-written':
      return baseWritten(world, node, simEvent);
    case 'hashed':
      return hashed(world, node, simEvent);
    case 'turn':
      return turn(world, node, simEvent.life);
    case 'migrated':
      return endMigration(world, nodeNamed(world, simEvent.node), simEvent.life);
    case 'departure':
      return node === undefined ? undefined : lookAtDeparture(world, node, simEvent.life);
    case 'flap':
      return changeFlappingLinks(world, simEvent.name, simEvent.number);
    case 'fault':
      return inject(world, simEvent.fault);
    case 'request':
      return request(world, node, simEvent.attempt);
    case 'gone':
      return node?.life === simEvent.life ? feed(world, node, { type: 'gone', id: simEvent.attempt }) : undefined;
    case 'taken':
      return node?.life === simEvent.life ? feed(world, node, { type: 'taken', id: simEvent.attempt }) : undefined;
    case 'response':
      return hear(world, simEvent.attempt, simEvent.response);
    case 'reset':
    case 'hang-up':
      return lose(world, simEvent.attempt);
    case 'client': {
      const client = world.clients.get(simEvent.client);
      return client === undefined ? undefined : act(world, client);
    }
    default:
      return unreachable(simEvent);
  }
}

function wake(world: World, node: SimNode | undefined, { life, at }: Extract<SimEvent, { type: 'wake' }>): void {
  if (node === undefined || node.life !== life || node.wakeAt !== at) return;
  node.wakeAt = undefined;
  const due = dueAt(node);
  if (due === undefined || due > world.now) return wakeLater(world, node);
  node.wakes = node.wokenAt === world.now ? node.wakes + 1 : 1;
  node.wokenAt = world.now;
  if (node.wakes > WAKES_AT_ONCE) return fail(world, 'progress', `${node.id} wants to be woken again and again`);
  feed(world, node, { type: 'wake' });
}

/** A host that is woken so often in one microsecond makes no progress. */
const WAKES_AT_ONCE = 100;

function turn(world: World, node: SimNode | undefined, life: number): void {
  const next = node === undefined ? undefined : takeTurn(world, node, life);
  if (next !== undefined) handle(world, node, next);
}

function written(world: World, node: SimNode | undefined, event: Extract<SimEvent, { type: 'written' }>): void {
  const disk = node?.disks.get(event.group);
  if (node === undefined || disk === undefined || node.life !== event.life || isHeldUp(world, node, event)) return;
  const wrong = completeWrite(disk);
  if (wrong !== undefined) return fail(world, 'readable-log', `${node.id}, ${event.group}: ${wrong}`);
  world.recording?.put({ type: 'written', node: node.id, group: event.group, index: lastOn(disk) });
  diskChanged(world, node.id, event.group);
  feed(world, node, { type: 'written', unit: event.group });
}

function saved(world: World, node: SimNode | undefined, event: Extract<SimEvent, { type: 'saved' }>): void {
  const disk = node?.disks.get(event.group);
  if (node === undefined || disk === undefined || node.life !== event.life || isHeldUp(world, node, event)) return;
  const before = disk.files.links.length;
  const done = completeSave(disk);
  if (done === undefined) return;
  const { index, wrong } = done;
  if (wrong !== undefined) return fail(world, 'codec', `a snapshot does not survive its disk: ${wrong}`);
  const link = disk.files.links.length > before ? disk.files.links.at(-1) : undefined;
  if (link !== undefined) takeNote(world, node.id, event.group, 'saves-changes');
  if (link !== undefined && onlyDeletes(link)) takeNote(world, node.id, event.group, 'saves-deletions');
  world.recording?.put({ type: 'saved', node: node.id, group: event.group, index });
  diskChanged(world, node.id, event.group);
  const size =
    world.plan.settings.stateSizeAtMost !== undefined && disk.snapshot !== undefined
      ? encodeSnapshot(disk.snapshot).length
      : undefined;
  feed(world, node, { type: 'saved', unit: event.group, index, size });
  writeBaseBeside(world, node, event.group);
}

function baseWritten(
  world: World,
  node: SimNode | undefined,
  event: Extract<SimEvent, { type: 'base-written' }>,
): void {
  const disk = node?.disks.get(event.group);
  if (node === undefined || disk === undefined || node.life !== event.life || isHeldUp(world, node, event)) return;
  const wrong = completeBase(disk);
  if (wrong !== undefined) return fail(world, 'codec', `a snapshot does not survive its disk: ${wrong}`);
  diskChanged(world, node.id, event.group);
}

function hashed(world: World, node: SimNode | undefined, event: Extract<SimEvent, { type: 'hashed' }>): void {
  if (node === undefined || node.life !== event.life) return;
  const { group: unit, index, version, hash } = event;
  feed(world, node, { type: 'hashed', unit, index, version, hash });
}

/** Whether a write does not complete, because the disk is stuck, or fails, which ends the process. */
function isHeldUp(
  world: World,
  node: SimNode,
  event: Extract<SimEvent, { type: 'written' | 'saved' | 'base-written' }>,
): boolean {
  if (node.isStuck) {
    node.heldUp.push(event);
    return true;
  }
  const failure = failureOf(node);
  if (failure !== undefined) stopFor(world, node, failure);
  return failure !== undefined;
}

function request(world: World, node: SimNode | undefined, id: number): void {
  const attempt = world.attempts.get(id);
  if (attempt === undefined || node === undefined) return;
  if (node.host === undefined) {
    world.attempts.delete(id);
    reset(world, attempt);
    return;
  }
  attempt.takenBy = node.life;
  const { operation, uuid } = attempt;
  feed(world, node, { type: 'requests', requests: [requestOf(operation.call, operation, id, uuid)] });
}

/** The fate of a message at its destination. */
function outcomeOf(world: World, node: SimNode | undefined, simEvent: SimEvent): Arrival {
  switch (simEvent.type) {
    case 'response':
    case 'reset':
      return isAwaited(world, simEvent.attempt) ? 'taken' : 'ignored';
    case 'request':
      if (node === undefined) return 'ignored';
      return node.host === undefined ? 'refused' : 'taken';
    case 'gone':
    case 'taken':
      return node?.life === simEvent.life && node.host !== undefined ? 'taken' : 'ignored';
    case 'message':
      if (isBrokenOff(world.core, simEvent.from, simEvent.to)) return 'lost';
      return node?.host === undefined ? 'refused' : 'taken';
    case 'refused':
    case 'wake':
    case 'written':
    case 'saved':
    case 'base-written':
    case 'hashed':
    case 'turn':
    case 'migrated':
    case 'departure':
    case 'flap':
    case 'fault':
    case 'hang-up':
    case 'client':
      return node?.host === undefined ? 'refused' : 'taken';
    default:
      return unreachable(simEvent);
  }
}

function nodeOf(world: World, simEvent: SimEvent): SimNode | undefined {
  switch (simEvent.type) {
    case 'message':
      return nodeNamed(world, simEvent.to);
    case 'refused':
    case 'wake':
    case 'written':
    case 'saved':
    case 'base-written':
    case 'hashed':
    case 'gone':
    case 'taken':
    case 'turn':
    case 'departure':
      return nodeNamed(world, simEvent.node);
    case 'request': {
      const attempt = world.attempts.get(simEvent.attempt);
      return attempt === undefined ? undefined : nodeNamed(world, attempt.frontEnd);
    }
    case 'migrated':
    case 'fault':
    case 'flap':
    case 'response':
    case 'reset':
    case 'hang-up':
    case 'client':
      return undefined;
    default:
      return unreachable(simEvent);
  }
}
