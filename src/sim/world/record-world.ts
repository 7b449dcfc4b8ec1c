import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { type NodeId, sameEpoch, showEpoch } from '../../protocol/model/epoch.ts';
import { logEnd } from '../../protocol/model/log.ts';
import { type Replica, roleOf } from '../../protocol/replica/replica.ts';
import type { OperationResult } from '../base/history.ts';
import { showDigest } from '../base/trace.ts';
import type { SimDisk } from '../disk/disk.ts';
import type { Fault } from '../plan/fault.ts';
import type { RecordedFact, RecordedFate, Recorder, Recording } from '../recording/recording.ts';
import type { Fate } from './network.ts';
import { nodesAt, sides } from './places.ts';
import type { World } from './world.ts';

/** The recording of a finished run; undefined if none was asked for. */
export function recordingOf(world: World): Recording | undefined {
  const { plan, topology, recording } = world;
  if (recording === undefined) return undefined;
  return {
    version: 1,
    name: plan.name,
    seed: plan.seed,
    digest: showDigest(world.trace.digest),
    servers: world.roster.servers,
    frontEnds: world.roster.frontEnds,
    clients: [...world.clients.keys()],
    groups: topology.groups,
    endedAt: world.now,
    events: recording.events,
  };
}

/** Records a step's changes of a replica's role, epoch, primary, end of log, safe and commit index. */
export function recordedStep(
  recording: Recorder,
  node: NodeId,
  group: GroupName,
  before: Replica | undefined,
  after: Replica,
): void {
  const role = roleOf(after);
  const { promised, commit } = after;
  const { primary } = after.election;
  const same =
    before !== undefined &&
    roleOf(before) === role &&
    before.election.primary === primary &&
    sameEpoch(before.promised, promised);
  if (!same) recording.put({ type: 'role', node, group, role, epoch: showEpoch(promised), primary });
  const end = logEnd(after.log);
  const ended = before === undefined ? undefined : logEnd(before.log);
  if (ended === undefined || ended.index !== end.index || !sameEpoch(ended.epoch, end.epoch))
    recording.put({ type: 'logged', node, group, last: end.index, epoch: showEpoch(end.epoch) });
  const safe = after.leading?.raftCommit;
  if (safe !== undefined && safe > 0 && safe !== before?.leading?.raftCommit)
    recording.put({ type: 'safe', node, group, index: safe });
  if (before?.commit !== commit && commit > 0) recording.put({ type: 'committed', node, group, index: commit });
}

/** The index at which the log on a disk ends. */
export function lastOn({ entries, snapshot, base }: SimDisk): number {
  return entries.at(-1)?.index ?? Math.max(base, snapshot?.base.index ?? 0);
}

/** Records a fault, with the nodes it means now; to be called just before it is injected. */
export function recordedFault(world: World, fault: Fault): void {
  if (world.recording === undefined) return;
  const [nodes, others] =
    'from' in fault ? sides(world, fault.from, fault.to) : ['node' in fault ? nodesAt(world, fault.node) : [], []];
  world.recording.put({
    type: 'fault',
    fault: fault.type,
    name: 'name' in fault ? fault.name : undefined,
    nodes,
    others,
    oneWay: 'oneWay' in fault && fault.oneWay,
    text: JSON.stringify(fault),
  });
}

/** A message's fate, as in a recording. */
export function recordedFate(fate: Fate): RecordedFate {
  switch (fate.type) {
    case 'arrives':
      return fate.at.length > 1 ? 'twice' : 'once';
    case 'lost':
      return fate.why;
    case 'waits':
      return 'waits';
    default:
      return unreachable(fate);
  }
}

/** The end of an operation, as in a recording. */
export function recordedResult(
  result: OperationResult,
): Pick<Extract<RecordedFact, { type: 'ended' }>, 'outcome' | 'text'> {
  if (result.type === 'unknown') return { outcome: 'unknown', text: 'no answer in time' };
  return { outcome: result.status < 400 ? 'ok' : 'refused', text: `${result.status} ${result.body}` };
}
