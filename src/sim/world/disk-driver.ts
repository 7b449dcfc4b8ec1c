import type { HostAction } from '../../host/host-io.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { choose, drawAt, streamOf } from '../base/random.ts';
import { digestIn, tell } from '../base/trace.ts';
import { acceptTail, crashDisk, cutTail, type DiskStep, stepsUnderWay, type Wreck } from '../disk/disk-crash.ts';
import { beginBase, type RecordFate, reopenFiles, type SimDisk } from '../disk/disk.ts';
import { fail, type SimNode, takeNote, type World } from './world.ts';

/** Begins a write, and schedules its completion. */
export function write(world: World, node: SimNode, { unit, operations }: Extract<HostAction, { type: 'write' }>): void {
  const disk = node.disks.get(unit);
  if (disk === undefined || disk.writing !== undefined) {
    return fail(world, 'one-write', `${node.id} began a write of ${unit} while another was under way`);
  }
  disk.writing = operations;
  if (disk.consolidating !== undefined && operations.some(({ type }) => type === 'install')) {
    takeNote(world, node.id, unit, 'installs-beside-base');
  }
  for (const operation of operations) {
    if ('wall' in operation && operation.wall !== undefined) node.offsets.set(operation.wall, node.clock.wallMillis);
  }
  world.recording?.put({ type: 'writes', node: node.id, group: unit, records: operations.length });
  disk.writes += 1;
  const { syncMicros } = world.plan.disk;
  const draw = drawAt(streamOf(world.plan.seed, `sync ${node.id} ${unit}`), disk.writes, syncMicros.length);
  const takes = node.slowSync ?? choose(syncMicros, draw, 0);
  digestIn(world.trace, `${node.id} writes ${operations.length} of ${unit}`);
  world.agenda.put(world.now + takes, { type: 'written', node: node.id, life: node.life, group: unit });
}

/** Begins to save a snapshot beside the log. */
export function save(world: World, node: SimNode, { unit, snapshot }: Extract<HostAction, { type: 'save' }>): void {
  const disk = node.disks.get(unit);
  if (disk === undefined || disk.saving !== undefined) {
    return fail(world, 'one-write', `${node.id} began to save ${unit} while another snapshot was under way`);
  }
  disk.saving = snapshot;
  disk.saves += 1;
  const { saveMicros } = world.plan.disk;
  const draw = drawAt(streamOf(world.plan.seed, `save ${node.id} ${unit}`), disk.saves, saveMicros.length);
  digestIn(world.trace, `${node.id} saves ${unit} at ${snapshot.base.index}`);
  const at = world.now + choose(saveMicros, draw, 0);
  world.agenda.put(at, { type: 'saved', node: node.id, life: node.life, group: unit });
}

/** Begins to write a base beside the links of a snapshot, if it is time. */
export function writeBaseBeside(world: World, node: SimNode, group: GroupName): void {
  const disk = node.disks.get(group);
  if (disk === undefined || !beginBase(disk)) return;
  disk.baseWrites += 1;
  const { saveMicros } = world.plan.disk;
  const draw = drawAt(streamOf(world.plan.seed, `base ${node.id} ${group}`), disk.baseWrites, saveMicros.length);
  // As large as all records: it takes longer than a few changes.
  const at = world.now + 2 * choose(saveMicros, draw, 0);
  world.agenda.put(at, { type: 'base-written', node: node.id, life: node.life, group });
}

/** A crash loses what was not durable, or some of it. */
export function loseUnwritten(world: World, node: SimNode): void {
  for (const [group, disk] of node.disks) {
    if (disk.consolidating !== undefined) takeNote(world, node.id, group, 'dies-beside-base');
    const steps = stepsUnderWay(disk, world.plan.disk.recordsPerFrame);
    const wrong = crashDisk(disk, steps, wreckOf(world, node, group, steps));
    if (wrong !== undefined) fail(world, 'readable-log', `${node.id}, ${group}: ${wrong}`);
    diskChanged(world, node.id, group);
  }
}

/** A new process reads the disk: a torn tail is cut off. */
export function readDisk(world: World, node: SimNode, group: GroupName, disk: SimDisk): void {
  const wrong = world.planted.has('accepts-torn-log-tail') ? acceptTail(disk) : undefined;
  if (wrong !== undefined) fail(world, 'readable-log', `${node.id}, ${group}: ${wrong}`);
  const unreadable = reopenFiles(disk);
  if (disk.files.links.length >= 3) takeNote(world, node.id, group, 'recovers-from-changes');
  if (unreadable !== undefined) fail(world, 'codec', `${node.id}, ${group}: ${unreadable}`);
  if (!cutTail(disk)) return;
  takeNote(world, node.id, group, 'cuts-torn-tail');
  tell(world.trace, world.now, node.id, () => `${group}: cuts off a torn write`);
}

/** The reason why a completing write or snapshot fails, if it does. */
export function failureOf(node: SimNode): 'disk-full' | 'sync-failed' | undefined {
  if (node.isFull) return 'disk-full';
  if (!node.failsSync) return undefined;
  node.failsSync = false;
  return 'sync-failed';
}

/** The reason why no process can start on the node's disks, if any. */
export function obstacleOf(node: SimNode): string | undefined {
  if (node.isLost) return 'what its disk held is lost';
  return node.isFull ? 'its disk is full' : undefined;
}

/**
 * The outcome of the crash that ends this life: of the buffered records all are found, or none, or the first ones, or
 * each at random.
 */
function wreckOf(world: World, node: SimNode, group: GroupName, steps: readonly DiskStep[]): Wreck {
  const stream = streamOf(world.plan.seed, `crash ${node.id} ${group}`);
  const draw = (place: number, bound: number): number => drawAt(stream, node.life * 8 + place, bound);
  const done = draw(0, steps.length + 1);
  const broken = steps[done];
  const records = broken?.type === 'frame' ? broken.records.length : 0;
  const mood = choose(MOODS, draw(2, MOODS.length), 'mixed');
  const first = draw(3, records + 1);
  const each = streamOf(world.plan.seed, `crash ${node.id} ${group} ${node.life}`);
  const fateOf = (place: number): RecordFate => {
    if (mood === 'all') return 'kept';
    if (mood === 'first') return place < first ? 'kept' : place === first ? 'torn' : 'lost';
    return choose(FATES, drawAt(each, place, FATES.length), 'lost');
  };
  // The records that the system had buffered; more often than not all of them.
  const taken = mood === 'none' ? 0 : draw(4, 2) === 0 ? records : draw(1, records + 1);
  const based = draw(6, 4);
  return { done, taken, fateOf, saved: draw(5, 2) === 0, based: based === 0 ? undefined : BASES_LEFT[based - 1] };
}

/** How many of the files that a base replaces are gone. */
const BASES_LEFT = [0, 1, Infinity] as const;
const MOODS = ['all', 'none', 'first', 'mixed'] as const;
const FATES: readonly RecordFate[] = ['lost', 'kept', 'torn'];

/** Shows a changed disk to the judges. */
export function diskChanged(world: World, node: NodeId, group: GroupName): void {
  for (const judge of world.judges) {
    const reason = judge.wrote?.(node, group);
    if (reason !== undefined) fail(world, judge.name, reason);
  }
}
