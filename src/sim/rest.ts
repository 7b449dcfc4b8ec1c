import type { GroupName } from '../protocol/app.ts';
import { dataVoters } from '../protocol/configuration.ts';
import { sameEpoch } from '../protocol/epoch.ts';
import { configurationOfLog } from '../protocol/log.ts';
import { hashValue } from '../protocol/value-hash.ts';
import { addClient } from './clients.ts';
import { happenNext } from './events.ts';
import { letGo, resume } from './faults.ts';
import { heal } from './network.ts';
import { start } from './process.ts';
import { tell } from './trace.ts';
import { condemn, type World } from './world.ts';

/** How often it is looked whether the cluster has come to rest, in microseconds. */
const LOOK_EVERY = 100_000;

/**
 * The end of a run: everything is healed and started again, clients begin nothing new, and within the plan's time the
 * cluster must come to rest, serve a write and a read through each front end, and come to rest again. A cluster that
 * stays safe and never works again has failed as well.
 */
export function comeToRest(world: World): void {
  world.isEnding = true;
  tell(world.trace, world.now, '***', () => 'everything is healed and started again');
  world.tape?.put({ type: 'healed' });
  heal(world.network, undefined);
  letGo(world, undefined);
  world.network.isCalm = true;
  for (const node of world.nodes.values()) {
    node.slowSync = undefined;
    node.fuse = undefined;
    resume(world, node);
    start(world, node);
  }
  waitForRest(world);
  probe(world);
  waitForRest(world);
}

function waitForRest(world: World): void {
  const until = world.now + world.plan.restWithin * 1_000;
  let reason = unrest(world);
  while (reason !== undefined && world.verdict === undefined) {
    if (world.now >= until) return condemn(world, 'rest', reason);
    const next = world.now + LOOK_EVERY;
    while (world.verdict === undefined && happenNext(world, next));
    world.now = next;
    reason = unrest(world);
  }
}

/** Through each front end: one write and one read, by clients that have not been there before. */
function probe(world: World): void {
  if (world.verdict !== undefined) return;
  world.topology.frontEnds.forEach((_, place) => {
    const name = `p${place + 1}`;
    const client = addClient(world, name, { isKeyed: true, hasToken: false, place, choices: 0 });
    for (const call of world.workload.probes) {
      client.script.push({ at: world.now, call, isKeyed: true, through: undefined, expect: call.expect ?? 200 });
    }
    world.agenda.put(world.now, { type: 'client', client: name });
  });
}

/** Why the cluster is not at rest, or nothing. */
function unrest(world: World): string | undefined {
  for (const client of world.clients.values()) {
    if (client.current !== undefined || client.script.length > 0) {
      return `${client.name} still waits: ${client.current?.operation.call.path ?? 'its script is not over'}`;
    }
  }
  const states: Record<GroupName, unknown> = {};
  for (const group of world.topology.groups) {
    const reason = unrestOf(world, group, states);
    if (reason !== undefined) return `${group}: ${reason}`;
  }
  return world.workload.atRest(states);
}

function unrestOf(world: World, group: GroupName, states: Record<GroupName, unknown>): string | undefined {
  const replicas = [...world.nodes.values()].flatMap((node) => {
    const replica = node.seen.get(group);
    return replica === undefined ? [] : [{ node: node.id, replica }];
  });
  const primaries = replicas.filter(({ replica }) => replica.tenure !== undefined);
  const [primary] = primaries;
  if (primary === undefined || primaries.length > 1) {
    return primary === undefined ? 'there is no primary' : `${primaries.map(({ node }) => node).join(' and ')} lead`;
  }
  const voters = dataVoters(configurationOfLog(primary.replica.log)).map((voter) => voter.nodeId);
  const { last } = world.bench.record.group(group);
  for (const { node, replica } of replicas) {
    if (replica.election.primary !== primary.node || !sameEpoch(replica.promised, primary.replica.promised)) {
      return `${node} does not follow ${primary.node}`;
    }
    if (replica.machine === undefined) continue;
    if (!voters.includes(node)) return `${node} is not back in the configuration`;
    if (replica.machine.at.index < last) return `${node} has applied ${replica.machine.at.index} of ${last} entries`;
    if (hashValue(replica.machine.state) !== hashValue(primary.replica.machine?.state))
      return `${node} has another state`;
    const [called] = replica.machine.outgoing.filter((calls) => calls.pending.size > 0).keys();
    if (called !== undefined) return `calls to ${called} have no outcome at ${node}`;
  }
  states[group] = primary.replica.machine?.state;
  return undefined;
}
