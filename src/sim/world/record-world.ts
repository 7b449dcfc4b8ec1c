import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { type NodeId, sameEpoch, showEpoch } from '../../protocol/model/epoch.ts';
import { type Replica, roleOf } from '../../protocol/replica/replica.ts';
import type { Fault } from '../plan/fault.ts';
import type { OperationResult } from '../base/history.ts';
import type { Fate } from './network.ts';
import { nodesAt, sides } from './places.ts';
import type { Recorder, Tape, TapeFact, TapeFate } from '../recording/recording.ts';
import { showDigest } from '../base/trace.ts';
import type { World } from './world.ts';

/** The tape of a run that is over; undefined if none was asked for. */
export function tapeOf(world: World): Tape | undefined {
  const { plan, topology, tape } = world;
  if (tape === undefined) return undefined;
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
    events: tape.events,
  };
}

/** Records what a step has changed of a replica's role, epoch, primary and commit index. */
export function tapeStep(
  tape: Recorder,
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
  if (!same) tape.put({ type: 'role', node, group, role, epoch: showEpoch(promised), primary });
  if (before?.commit !== commit && commit > 0) tape.put({ type: 'committed', node, group, index: commit });
}

/** Records a fault, with the nodes it means now; to be called just before it is done. */
export function tapeFault(world: World, fault: Fault): void {
  if (world.tape === undefined) return;
  const [nodes, others] =
    'from' in fault ? sides(world, fault.from, fault.to) : ['node' in fault ? nodesAt(world, fault.node) : [], []];
  world.tape.put({
    type: 'fault',
    fault: fault.type,
    name: 'name' in fault ? fault.name : undefined,
    nodes,
    others,
    oneWay: 'oneWay' in fault && fault.oneWay,
    text: JSON.stringify(fault),
  });
}

/** What a tape says of a message's fate. */
export function tapeFate(fate: Fate): TapeFate {
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

/** What a tape says of how an operation ended. */
export function tapeResult(result: OperationResult): Pick<Extract<TapeFact, { type: 'ended' }>, 'outcome' | 'text'> {
  if (result.type === 'unknown') return { outcome: 'unknown', text: 'no answer in time' };
  return { outcome: result.status < 400 ? 'ok' : 'refused', text: `${result.status} ${result.body}` };
}
