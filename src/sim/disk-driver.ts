import type { GroupName } from '../protocol/app.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { HostAction } from '../host/host-io.ts';
import { crashDisk, recordsUnderWay } from './disk.ts';
import { choose, drawAt, streamOf } from './random.ts';
import { digestIn } from './trace.ts';
import { condemn, type SimNode, type World } from './world.ts';

/** Gives the disk a write, and says when it is durable. */
export function write(world: World, node: SimNode, { unit, operations }: Extract<HostAction, { type: 'write' }>): void {
  const disk = node.disks.get(unit);
  if (disk === undefined || disk.writing !== undefined) {
    return condemn(world, 'one-write', `${node.id} began a write of ${unit} while another was under way`);
  }
  disk.writing = operations;
  world.tape?.put({ type: 'writes', node: node.id, group: unit, records: operations.length });
  node.writes += 1;
  const { syncMicros } = world.plan.disk;
  const draw = drawAt(streamOf(world.plan.seed, `sync ${node.id}`), node.writes, syncMicros.length);
  const takes = node.slowSync ?? choose(syncMicros, draw, 0);
  digestIn(world.trace, `${node.id} writes ${operations.length} of ${unit}`);
  world.agenda.put(world.now + takes, { type: 'written', node: node.id, life: node.life, group: unit });
}

/** Gives the disk a snapshot to write beside the log. */
export function save(world: World, node: SimNode, { unit, snapshot }: Extract<HostAction, { type: 'save' }>): void {
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

/** A crash takes what was not yet durable, or some of it. */
export function loseUnwritten(world: World, node: SimNode): void {
  for (const [group, disk] of node.disks) {
    const stream = streamOf(world.plan.seed, `crash ${node.id} ${group}`);
    const kept = drawAt(stream, node.life * 2, recordsUnderWay(disk) + 1);
    const savedToo = drawAt(stream, node.life * 2 + 1, 2) === 0;
    const wrong = crashDisk(disk, kept, savedToo);
    if (wrong !== undefined) condemn(world, 'readable-log', `${node.id}, ${group}: ${wrong}`);
    diskChanged(world, node.id, group);
  }
}

/** Tells the judges that a disk has changed. */
export function diskChanged(world: World, node: NodeId, group: GroupName): void {
  for (const judge of world.judges) {
    const reason = judge.wrote?.(node, group);
    if (reason !== undefined) condemn(world, judge.name, reason);
  }
}
