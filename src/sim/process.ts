import type { Moment } from '../protocol/effects.ts';
import type { GroupName } from '../protocol/app.ts';
import { unreachable } from '../protocol/assert.ts';
import { decodeEnvelope, decodeSnapshot, encodeEnvelope, encodeSnapshot } from '../protocol/codec.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Snapshot } from '../protocol/machine.ts';
import type { Envelope } from '../protocol/messages.ts';
import { createHost, hostWakeAt, stepHost } from '../host/host.ts';
import type { HostAction, HostInput } from '../host/host-io.ts';
import { noteLine } from '../host/note-line.ts';
import { momentOf, whenShown } from './clock.ts';
import { crashDisk, recordsUnderWay, storedOn } from './disk.ts';
import { deepFreeze } from './freeze.ts';
import { arrivalOf, fateOf, isCut } from './network.ts';
import type { Attempt } from './history.ts';
import { choose, drawAt, streamOf } from './random.ts';
import { showMessage } from './show-message.ts';
import { digestIn, tell } from './trace.ts';
import { replicasIn } from './view.ts';
import { condemn, type Happening, nodeNamed, type SimNode, takeNote, type World } from './world.ts';

/** Starts the process of `node` on what its disks hold. Its incarnation is raised and durable before anything else. */
export function start(world: World, node: SimNode): void {
  if (node.host !== undefined) return;
  const { topology, settings, planted, workload } = world;
  node.life += 1;
  node.isPaused = false;
  node.fuse = undefined;
  node.wakeAt = undefined;
  node.host = createHost({ topology, nodeId: node.id, service: workload.service, settings, planted });
  tell(world.trace, world.now, node.id, () => `starts life ${node.life}`);
  for (const [group, disk] of node.disks) {
    const stored = storedOn(disk, node.life);
    const snapshot = stored.snapshot === undefined ? undefined : reread(world, stored.snapshot);
    feed(world, node, { type: 'recovered', unit: group, stored: deepFreeze({ ...stored, snapshot }) });
  }
  wakeLater(world, node);
}

/** The process dies at once; its disks keep what is durable and, perhaps, some of what was on its way. */
export function crash(world: World, node: SimNode): void {
  if (node.host === undefined) return;
  tell(world.trace, world.now, node.id, () => 'crashes');
  digestIn(world.trace, `${node.id} crashes`);
  node.host = undefined;
  node.isPaused = false;
  node.missed.length = 0;
  node.fuse = undefined;
  node.wakeAt = undefined;
  node.seen.clear();
  for (const [group, disk] of node.disks) {
    const stream = streamOf(world.plan.seed, `crash ${node.id} ${group}`);
    const kept = drawAt(stream, node.life * 2, recordsUnderWay(disk) + 1);
    const savedToo = drawAt(stream, node.life * 2 + 1, 2) === 0;
    const wrong = crashDisk(disk, kept, savedToo);
    if (wrong !== undefined) condemn(world, 'readable-log', `${node.id}, ${group}: ${wrong}`);
    diskChanged(world, node.id, group);
  }
  for (const attempt of world.attempts.values()) {
    if (attempt.frontEnd !== node.id || attempt.takenBy === undefined) continue;
    world.attempts.delete(attempt.id);
    reset(world, attempt);
  }
}

/** Gives the host one input and does what it wants done. A process that is down or paused gets nothing. */
export function feed(world: World, node: SimNode, input: HostInput): void {
  if (node.host === undefined || world.verdict !== undefined) return;
  const now = momentOf(node.clock, world.now);
  const actions = advance(world, node, input, now);
  judgeStep(world, node);
  for (const action of actions) {
    if (node.fuse !== undefined) {
      if (node.fuse === 0) {
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

/** Tells the judges that a disk has changed. */
export function diskChanged(world: World, node: NodeId, group: GroupName): void {
  for (const judge of world.judges) {
    const reason = judge.wrote?.(node, group);
    if (reason !== undefined) condemn(world, judge.name, reason);
  }
}

/** The connection of an attempt breaks, and its client learns of it. */
export function reset(world: World, { id, frontEnd, operation: { client } }: Attempt): void {
  if (!world.plan.network.refusals || isCut(world.network, frontEnd, client)) return;
  world.agenda.put(arrivalOf(world.network, frontEnd, client, 'reset', world.now), { type: 'reset', attempt: id });
}

function advance(world: World, node: SimNode, input: HostInput, now: Moment): readonly HostAction[] {
  if (node.host === undefined) return [];
  try {
    const [host, actions] = stepHost(node.host, input, now);
    node.host = deepFreeze(host);
    return deepFreeze(actions);
  } catch (error) {
    // A broken invariant ends a live process; here it ends the run, and is what the run found.
    const reason = error instanceof Error ? `${node.id}: ${error.name}: ${error.message}` : `${node.id} threw`;
    condemn(world, 'assertion', reason);
    return [];
  }
}

function judgeStep(world: World, node: SimNode): void {
  if (node.host === undefined || world.verdict !== undefined) return;
  for (const [group, after] of replicasIn(node.host)) {
    const before = node.seen.get(group);
    if (before === after || after.incarnation === 0) continue;
    node.seen.set(group, after);
    for (const judge of world.judges) {
      const reason = judge.stepped?.({ node: node.id, group, before, after });
      if (reason !== undefined) {
        condemn(world, judge.name, reason);
        return;
      }
    }
  }
}

function carryOut(world: World, node: SimNode, action: HostAction): void {
  switch (action.type) {
    case 'write':
      return write(world, node, action);
    case 'save':
      return save(world, node, action);
    case 'send':
      return send(world, node, action.envelope);
    case 'respond':
      return respond(world, node, action);
    case 'note': {
      const { unit, note } = action;
      takeNote(world, node.id, unit, note.type);
      tell(world.trace, world.now, node.id, () => noteLine(unit, note).line);
      return;
    }
    default:
      return unreachable(action);
  }
}

function write(world: World, node: SimNode, { unit, operations }: Extract<HostAction, { type: 'write' }>): void {
  const disk = node.disks.get(unit);
  if (disk === undefined || disk.writing !== undefined) {
    return condemn(world, 'one-write', `${node.id} began a write of ${unit} while another was under way`);
  }
  disk.writing = operations;
  node.writes += 1;
  const { syncMicros } = world.plan.disk;
  const draw = drawAt(streamOf(world.plan.seed, `sync ${node.id}`), node.writes, syncMicros.length);
  const takes = node.slowSync ?? choose(syncMicros, draw, 0);
  digestIn(world.trace, `${node.id} writes ${operations.length} of ${unit}`);
  world.agenda.put(world.now + takes, { type: 'written', node: node.id, life: node.life, group: unit });
}

function save(world: World, node: SimNode, { unit, snapshot }: Extract<HostAction, { type: 'save' }>): void {
  const disk = node.disks.get(unit);
  if (disk === undefined || disk.saving !== undefined) {
    return condemn(world, 'one-write', `${node.id} began to save ${unit} while another snapshot was under way`);
  }
  disk.saving = snapshot;
  node.writes += 1;
  const { saveMicros } = world.plan.disk;
  const draw = drawAt(streamOf(world.plan.seed, `save ${node.id}`), node.writes, saveMicros.length);
  digestIn(world.trace, `${node.id} saves ${unit} at ${snapshot.base.index}`);
  const at = world.now + choose(saveMicros, draw, 0);
  world.agenda.put(at, { type: 'saved', node: node.id, life: node.life, group: unit });
}

function send(world: World, node: SimNode, envelope: Envelope): void {
  const { to, message } = envelope;
  for (const judge of world.judges) {
    const reason = judge.sent?.(envelope);
    if (reason !== undefined) return condemn(world, judge.name, reason);
  }
  const text = encodeEnvelope(envelope);
  digestIn(world.trace, text);
  const happening: Happening = { type: 'message', from: node.id, to: to.node, text };
  const fate = fateOf(world.network, node.id, to.node, message.type, world.now);
  tell(world.trace, world.now, node.id, () => {
    const lost = fate.type === 'arrives' ? (fate.at.length > 1 ? ' (twice)' : '') : ` (${fate.type})`;
    return `→ ${to.node} ${to.unit}: ${showMessage(message)}${lost}`;
  });
  if (fate.type === 'arrives') for (const at of fate.at) world.agenda.put(at, happening);
  if (fate.type === 'waits') world.waiting.push({ from: node.id, to: to.node, kind: message.type, happening });
}

function respond(world: World, node: SimNode, { id, response }: Extract<HostAction, { type: 'respond' }>): void {
  const attempt = world.attempts.get(id);
  if (attempt === undefined)
    return condemn(world, 'one-answer', `${node.id} answered request ${id}, which is not open`);
  const { client } = attempt.operation;
  digestIn(world.trace, `${node.id} answers ${id} ${response.status} ${response.body}`);
  tell(world.trace, world.now, node.id, () => `→ ${client} ${response.status} ${response.body}`);
  world.attempts.delete(id);
  const happening: Happening = { type: 'response', attempt: id, response };
  const fate = fateOf(world.network, node.id, client, 'response', world.now);
  // A connection delivers once or not at all, so of two copies only the first counts.
  const [at] = fate.type === 'arrives' ? fate.at : [];
  if (at !== undefined) world.agenda.put(at, happening);
  if (fate.type === 'waits') world.waiting.push({ from: node.id, to: client, kind: 'response', happening });
}

/** When the host wants to be woken, in simulated time; perhaps that is past. */
export function dueAt(node: SimNode): number | undefined {
  const wanted = node.host === undefined ? undefined : hostWakeAt(node.host);
  return wanted === undefined ? undefined : whenShown(node.clock, wanted);
}

/** Sees to it that the host is woken when it wants to be. An agenda entry that comes too early puts in the next one. */
export function wakeLater(world: World, node: SimNode): void {
  const due = dueAt(node);
  if (due === undefined) return;
  const at = Math.max(world.now, due);
  if (node.wakeAt !== undefined && node.wakeAt <= at) return;
  node.wakeAt = at;
  world.agenda.put(at, { type: 'wake', node: node.id, life: node.life, at });
}

/** A snapshot as it comes back from a disk: through the codec, so that what it cannot carry is found out. */
function reread(world: World, snapshot: Snapshot): Snapshot | undefined {
  const decoded = decodeSnapshot(encodeSnapshot(snapshot));
  if (decoded.type === 'decoded') return decoded.value;
  condemn(world, 'codec', `a snapshot does not survive its disk: ${decoded.reason}`);
  return undefined;
}

/** A message as it comes in: through the codec, frozen. */
export function receive(world: World, text: string): Envelope | undefined {
  const decoded = decodeEnvelope(text);
  if (decoded.type === 'decoded') return deepFreeze(decoded.value);
  condemn(world, 'codec', `a message does not survive the wire: ${decoded.reason}`);
  return undefined;
}

/** Tells `to` that `by` refuses connections, at most ten times a second. */
export function refuse(world: World, to: NodeId, by: NodeId): void {
  if (!world.plan.network.refusals || isCut(world.network, by, to)) return;
  const key = `${to} ${by}`;
  const last = world.hinted.get(key);
  if (last !== undefined && world.now - last < 100_000) return;
  world.hinted.set(key, world.now);
  const happening: Happening = { type: 'refused', node: nodeNamed(world, to).id, by };
  world.agenda.put(arrivalOf(world.network, by, to, 'refused', world.now), happening);
}
