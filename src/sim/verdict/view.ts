import type { ReplicaSlot } from '../../host/host.ts';
import type { Unit } from '../../protocol/model/address.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import type { DiskOperation } from '../../protocol/model/effects.ts';
import { type NodeId, showEpoch } from '../../protocol/model/epoch.ts';
import { deepFreeze } from '../../protocol/model/freeze.ts';
import { entriesBetween, lastIndex } from '../../protocol/model/log.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { type Role, roleOf } from '../../protocol/replica/replica.ts';
import { type Plain, plainOf } from '../base/plain.ts';
import type { SimDisk } from '../disk/disk.ts';
import { lastOn } from '../world/record-world.ts';
import { showMessage } from '../world/show-message.ts';
import type { SimNode, World } from '../world/world.ts';

/** The state of every node at one instant of a run. */
export interface RunView {
  /** The number of the last event, and its time in microseconds. */
  readonly event: number;
  readonly at: number;
  /** In the order in which they joined. */
  readonly nodes: readonly NodeView[];
  /** What nodes sent each other in the last event. */
  readonly sent: readonly SentView[];
}

/** A message, with what it carries. `text` is that of its recording. */
export interface SentView {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly fromUnit: Unit;
  readonly unit: Unit;
  readonly text: string;
  readonly payload: Plain;
}

export interface NodeView {
  readonly node: NodeId;
  readonly kind: 'server' | 'front end';
  readonly state: 'runs' | 'is paused' | 'is down' | 'has lost its disk';
  /** Starts so far. */
  readonly life: number;
  /** Of a process that is down: what its disk still has. */
  readonly groups: readonly ReplicaView[];
}

/** A replica, or what is on the disk of one that is down. */
export interface ReplicaView {
  readonly group: GroupName;
  /** Undefined while the process is down. */
  readonly role: Role | undefined;
  readonly primary: NodeId | undefined;
  readonly promised: string;
  /** The last index in memory, on disk, known to agree with the primary's log, safe (at a primary) and visible. */
  readonly last: number;
  readonly durable: number;
  readonly agreed: number | undefined;
  readonly safe: number | undefined;
  readonly visible: number | undefined;
  /** The newest entries of the log, oldest first. */
  readonly log: readonly EntryView[];
  /** The changes being written, and those that wait for the disk, with what waits for them. */
  readonly outbox: Plain;
  /** The application's state after the entries up to `visible`; undefined at a witness. */
  readonly state: Plain | undefined;
  /** What else the machine remembers: results of requests, calls between groups. */
  readonly memory: Plain | undefined;
  readonly election: Plain | undefined;
}

export interface EntryView {
  readonly index: number;
  readonly epoch: string;
  readonly type: string;
  readonly content: Plain;
}

/** As many entries of a log are shown. */
const ENTRIES = 40;

export function viewOf(world: World): RunView {
  return deepFreeze({
    event: world.trace.events,
    at: world.now,
    nodes: [...world.nodes.values()].map(nodeView),
    sent: world.sent.map(sentView),
  });
}

export function sentView({ from, to, message }: Envelope): SentView {
  return {
    from: from.node,
    to: to.node,
    fromUnit: from.unit,
    unit: to.unit,
    text: showMessage(message),
    payload: plainOf(message),
  };
}

function nodeView(node: SimNode): NodeView {
  const { id, host, isLost, isPaused, life, kind } = node;
  const state = isLost ? 'has lost its disk' : host === undefined ? 'is down' : isPaused ? 'is paused' : 'runs';
  const groups = [...node.disks].map(([group, disk]) => {
    const slot = host?.slots[group];
    return slot === undefined
      ? diskView(group, disk)
      : replicaView(group, slot, { durable: lastOn(disk), writing: disk.writing });
  });
  return { node: id, kind: kind === 'server' ? 'server' : 'front end', state, life, groups };
}

/** A running replica, and its disk: the index at which the log on it ends, and the write under way. */
export function replicaView(
  group: GroupName,
  { replica, outbox }: ReplicaSlot,
  { durable, writing }: { readonly durable: number; readonly writing: readonly DiskOperation[] | undefined },
): ReplicaView {
  const { log, machine, election, leading } = replica;
  const last = lastIndex(log);
  const { state, ...memory } = machine ?? { state: undefined };
  return {
    group,
    role: roleOf(replica),
    primary: election.primary,
    promised: showEpoch(replica.promised),
    last,
    durable,
    agreed: replica.agreed,
    safe: leading?.raftCommit,
    visible: replica.commit,
    log: entriesBetween(log, Math.max(log.base.index, last - ENTRIES) + 1, last).map(entryView),
    outbox: plainOf({ writing: writing ?? [], waiting: outbox.next.operations }, 5, 12),
    state: machine === undefined ? undefined : plainOf(state),
    memory: machine === undefined ? undefined : plainOf(memory),
    election: plainOf({ phase: election.phase, suspected: election.suspected, heardAt: election.heardAt }),
  };
}

function diskView(group: GroupName, disk: SimDisk): ReplicaView {
  const last = lastOn(disk);
  return {
    group,
    role: undefined,
    primary: undefined,
    promised: showEpoch(disk.promised),
    last,
    durable: last,
    agreed: undefined,
    safe: undefined,
    visible: undefined,
    log: disk.entries.slice(-ENTRIES).map(entryView),
    outbox: plainOf({ writing: disk.writing ?? [], waiting: [] }, 5, 12),
    state: undefined,
    memory: undefined,
    election: undefined,
  };
}

function entryView({ index, epoch, body }: ReturnType<typeof entriesBetween>[number]): EntryView {
  const { type, ...content } = body;
  return { index, epoch: showEpoch(epoch), type, content: plainOf(content, 4) };
}
