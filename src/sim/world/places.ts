import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters } from '../../protocol/model/configuration.ts';
import { compareEpochs, type Epoch, type NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import * as plan from '../plan/fault-targets.ts';
import type { World } from './world.ts';

/** The nodes that a place in a fault means now (see `fault.ts`), in the order of the topology. */
export function nodesAt(world: World, place: string): readonly NodeId[] {
  return plan.nodesAt(faultTargets(world), place);
}

/** Both sides of a partition: `others` are all nodes that the other side does not name. */
export function sides(
  world: World,
  from: readonly string[],
  to: readonly string[],
): readonly [readonly NodeId[], readonly NodeId[]] {
  return plan.sides(faultTargets(world), from, to);
}

function faultTargets(world: World): plan.FaultTargets {
  const { servers, frontEnds } = world.roster;
  return {
    servers,
    frontEnds,
    clients: [...world.clients.keys()],
    nodes: [...world.nodes.keys()],
    isUp: (node) => world.nodes.get(node)?.host !== undefined,
    isPaused: (node) => world.nodes.get(node)?.isPaused === true,
    isLost: (node) => world.nodes.get(node)?.isLost === true,
    primaryOf: (group) => primaryOf(world, group),
    ranked: (group) => ranked(world, group),
  };
}

/** The primary of the newest epoch among running nodes, if any. */
function primaryOf(world: World, group: GroupName): NodeId | undefined {
  let found: { readonly node: NodeId; readonly epoch: Epoch } | undefined;
  for (const node of world.nodes.values()) {
    const leading = node.seen.get(group)?.leading;
    if (leading === undefined || (found !== undefined && compareEpochs(leading.epoch, found.epoch) < 0)) continue;
    found = { node: node.id, epoch: leading.epoch };
  }
  return found?.node;
}

function ranked(world: World, group: GroupName): readonly NodeId[] {
  const primary = primaryOf(world, group);
  const log = primary === undefined ? undefined : world.nodes.get(primary)?.seen.get(group)?.log;
  const configuration = log === undefined ? world.evidence.firstConfiguration(group) : configurationOfLog(log);
  return [...dataVoters(configuration)].sort((a, b) => b.rank - a.rank).map((voter) => voter.nodeId);
}
