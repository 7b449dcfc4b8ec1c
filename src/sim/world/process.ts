import type { Dismissal, Lives } from '../../gossip/gossip-io.ts';
import type { HostAction, HostInput, HostNote } from '../../host/host-io.ts';
import { createHost, type Host, hostWakeAt, stepHost } from '../../host/host.ts';
import { noteLine } from '../../host/note-line.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { Moment } from '../../protocol/model/effects.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import type { Service } from '../../service/service.ts';
import { tell } from '../base/trace.ts';
import { storedOn } from '../disk/disk.ts';
import { strayingService } from './astray.ts';
import { serviceOfBuild } from './builds.ts';
import { readClocksOf, whenShown } from './clock.ts';
import { obstacleOf, readDisk, save, write } from './disk-driver.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import { deepFreeze } from '../../protocol/model/freeze.ts';
import { beDismissed, crash, resume } from './lifecycle.ts';
import { keepBusy, measured, watchMigrations } from './migrations.ts';
import { recordedStep } from './record-world.ts';
import { cutOff, respond, send, sendPart } from './wire.ts';
import { addressOf, fail, type SimNode, takeNote, type World } from './world.ts';

/**
 * Starts the process of `node` on its disks. Its incarnation is raised and durable first, so a full disk stops it and a
 * stuck one lets it wait. A disk that is not trustworthy is refused (PROTOCOL §2.4).
 */
export function start(world: World, node: SimNode): void {
  if (node.host !== undefined) return;
  const obstacle = obstacleOf(node);
  if (obstacle !== undefined) {
    takeNote(world, node.id, 'disk', 'refuses-to-start');
    tell(world.trace, world.now, node.id, () => `does not start: ${obstacle}`);
    world.recording?.put({ type: 'stayed-down', node: node.id, reason: obstacle });
    return;
  }
  node.isStarting = node.isStuck;
  if (node.isStarting) return;
  const { topology, settings, planted } = world;
  node.ranNewest = Math.max(node.ranNewest, node.build.newest);
  node.life += 1;
  node.incarnation += 1;
  node.isPaused = false;
  node.fuse = undefined;
  node.wakeAt = undefined;
  node.busyUntil = world.now;
  node.host = createHost({
    topology,
    self: {
      nodeId: node.id,
      kind: node.kind,
      address: addressOf(node.id),
      diskId: node.diskId,
      generation: node.generation,
      historyId: topology.clusterId,
    },
    service: serviceFor(world, node),
    settings,
    planted,
  });
  tell(world.trace, world.now, node.id, () => `starts life ${node.life}`);
  world.recording?.put({ type: 'started', node: node.id, life: node.life });
  const incarnation = planted.has('reuses-incarnation-after-restart') ? 1 : node.incarnation;
  feed(world, node, {
    type: 'started',
    incarnation,
    services: node.services,
    lives: livesOf(node.diskId, incarnation),
  });
  for (const [group, disk] of node.disks) {
    readDisk(world, node, group, disk);
    const stored = storedOn(disk, incarnation);
    node.isMisled ||= stored.wall !== undefined && node.offsets.get(stored.wall) !== node.clock.wallMillis;
    feed(world, node, { type: 'recovered', unit: group, stored: world.isStrict ? deepFreeze(stored) : stored });
  }
  if (node.isShort) feed(world, node, { type: 'short', of: ['disk'] });
  wakeLater(world, node);
}

/** The service as the node's build has it; front ends run the newest. */
function serviceFor({ plain, workload, plan }: World, node: SimNode): Service {
  const { kind, build, id } = node;
  const { astray } = plan;
  if (kind !== 'server') return workload.service;
  const service = measured(serviceOfBuild(plain, build), plan, node);
  return astray === undefined ? service : strayingService(service, id === astray.server ? astray : undefined);
}

/** Proofs of starts of a disk. What hostile nodes of a plan say never has them. */
export function livesOf(diskId: string, incarnation: number): Lives {
  const proofOf = (life: number): string => `start ${life} of ${diskId}`;
  return { own: proofOf(incarnation), later: [1, 2, 3, 4].map((more) => proofOf(incarnation + more)) };
}

/** Gives the host one input and carries out its actions. A process that is down, or in a migration without end, gets nothing. */
export function feed(world: World, node: SimNode, input: HostInput): void {
  const { host } = node;
  if (host === undefined || node.migrating?.isEndless === true || world.verdict !== undefined) return;
  const migrations = watchMigrations(world, node);
  const actions = advance(world, node, input, readClocksOf(node.clock, world.now));
  const busy = migrations.isBusyFor();
  if (busy === 'for ever') node.host = host;
  else judgeStep(world, node);
  if (node.migrating === undefined && busy === undefined) return perform(world, node, actions);
  if (world.verdict === undefined) keepBusy(world, node, busy, actions);
}

/** The migration has ended: the step that it was part of does the rest, and what came meanwhile comes now. */
export function endMigration(world: World, node: SimNode, life: number): void {
  if (node.life !== life || node.migrating === undefined) return;
  const { actions } = node.migrating;
  node.migrating = undefined;
  resume(world, node);
  perform(world, node, actions);
}

function perform(world: World, node: SimNode, actions: readonly HostAction[]): void {
  for (const action of actions) {
    if (node.fuse !== undefined) {
      if (node.fuse === 0) {
        takeNote(world, node.id, 'process', 'dies-between-effects');
        crash(world, node);
        return;
      }
      node.fuse -= 1;
    }
    carryOut(world, node, action);
    if (world.verdict !== undefined) return;
  }
  wakeLater(world, node);
}

function advance(world: World, node: SimNode, input: HostInput, now: Moment): readonly HostAction[] {
  if (node.host === undefined) return [];
  try {
    const [host, actions] = stepHost(node.host, input, now);
    node.host = world.isStrict ? deepFreeze(host) : host;
    return world.isStrict ? deepFreeze(actions) : actions;
  } catch (error) {
    // A failed assertion ends a live process; here it ends the run, and is its verdict.
    const reason = error instanceof Error ? `${node.id}: ${error.name}: ${error.message}` : `${node.id} threw`;
    fail(world, 'assertion', reason);
    return [];
  }
}

function judgeStep(world: World, node: SimNode): void {
  if (node.host === undefined || world.verdict !== undefined) return;
  for (const [group, after] of replicasIn(node.host)) {
    const before = node.seen.get(group);
    if (before === after || after.incarnation === 0) continue;
    node.seen.set(group, after);
    if (world.recording !== undefined) recordedStep(world.recording, node.id, group, before, after);
    for (const judge of world.judges) {
      const reason = judge.stepped?.({ node: node.id, group, before, after });
      if (reason !== undefined) {
        fail(world, judge.name, reason);
        return;
      }
    }
  }
}

/** How long a hash takes, in microseconds. */
const HASH_MICROS = 300;

function hash(world: World, node: SimNode, { unit, index, machine }: Extract<HostAction, { type: 'hash' }>): void {
  const { version, state } = machine;
  const { id, life } = node;
  const hashed = { index, version, hash: hashValue(state) };
  world.agenda.put(world.now + HASH_MICROS, { type: 'hashed', node: id, life, group: unit, ...hashed });
}

function carryOut(world: World, node: SimNode, action: HostAction): void {
  switch (action.type) {
    case 'write':
      return write(world, node, action);
    case 'save':
      return save(world, node, action);
    case 'hash':
      return hash(world, node, action);
    case 'send':
      return send(world, node, action.envelope);
    case 'respond':
      return respond(world, node, action);
    case 'part':
      return sendPart(world, node, action);
    case 'abort':
      return cutOff(world, node, action.id);
    case 'note': {
      const { unit, note } = action;
      takeNote(world, node.id, unit, note.type, note);
      if (note.type === 'contradicts-visible')
        fail(world, 'committed-immutable', `${node.id}: ${noteLine(unit, note).line}`);
      const failure = failureIn(unit, note);
      const isMeant = world.plan.astray?.failsMigration === true && world.plan.astray.server === node.id;
      if (failure !== undefined && world.workload.mayFail !== true && !isMeant)
        fail(world, 'service-code', `${node.id}: ${failure}`);
      if (note.type === 'proposes') takeNote(world, node.id, unit, `proposes to ${note.change}`);
      tell(world.trace, world.now, node.id, () => noteLine(unit, note).line);
      world.recording?.put({ type: 'note', node: node.id, unit, note: note.type, text: noteLine(unit, note).line });
      return;
    }
    case 'known':
      node.services = action.services;
      return;
    case 'claimed':
      node.incarnation = Math.max(node.incarnation, action.incarnation);
      return;
    case 'dismissed':
      return dismiss(world, node, action.reason);
    default:
      return unreachable(action);
  }
}

/**
 * What the service's own code threw, and where: to its author a mistake in the service, though the cluster lives with
 * it (PROTOCOL §7.9).
 */
function failureIn(unit: string, note: HostNote): string | undefined {
  if (!('thrown' in note)) return undefined;
  const stack = note.thrown.stack ?? '';
  const frames = stack
    .slice(stack.indexOf('\n    at '))
    .split('\n')
    .filter((line) => line.startsWith('    at '));
  return [noteLine(unit, note).line, ...frames.slice(0, FRAMES_SHOWN)].join('\n');
}

/** The innermost calls, which are the service's. */
const FRAMES_SHOWN = 4;

/** The process is to end, a removed or replaced disk once no group names it. */
function dismiss(world: World, node: SimNode, reason: Dismissal): void {
  takeNote(world, node.id, 'process', `dismissed-${reason}`);
  tell(world.trace, world.now, node.id, () => `is to end, because it was ${reason}`);
  if (reason === 'removed' && !world.removals.has(node.id)) {
    fail(world, 'last-life', `${node.id} ends as removed, and no order has removed it`);
    return;
  }
  if (reason !== 'overtaken') return beDismissed(world, node);
  if (node.host?.gossip.incarnation === node.incarnation) {
    fail(world, 'last-life', `${node.id} ends because of a later start of its disk, and there is none`);
    return;
  }
  crash(world, node);
}

/** The time at which the host wants to be woken, in simulated time; it may have passed. */
export function dueAt(node: SimNode): number | undefined {
  const wanted = node.host === undefined ? undefined : hostWakeAt(node.host);
  return wanted === undefined ? undefined : whenShown(node.clock, wanted);
}

/** Schedules the host's next wake-up. An agenda entry that comes too early schedules the next one. */
export function wakeLater(world: World, node: SimNode): void {
  const due = dueAt(node);
  if (due === undefined) return;
  const at = Math.max(world.now, due);
  if (node.wakeAt !== undefined && node.wakeAt <= at) return;
  node.wakeAt = at;
  world.agenda.put(at, { type: 'wake', node: node.id, life: node.life, at });
}

/** The replicas of a host by group: the one place where judges reach into a process. */
function replicasIn(host: Host): readonly (readonly [GroupName, Replica])[] {
  return Object.entries(host.slots).map(([group, slot]) => [group, slot.replica]);
}
