import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters } from '../../protocol/model/configuration.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import { sameEpoch, showEpoch } from '../../protocol/model/epoch.ts';
import { configurationOfLog, lastIndex } from '../../protocol/model/log.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import type { Pending } from '../world/core.ts';
import { nodeNamed, type World } from '../world/world.ts';

/**
 * What is pending before the cluster is quiescent; empty when it is. At the end of a run only the nodes of its core
 * count.
 *
 * - Clients are answered.
 * - Each group has one primary that all replicas follow.
 * - Every data server is in the configuration and has applied what is committed.
 * - Every call has an outcome.
 * - All directories agree.
 */
export function pending(world: World): readonly Pending[] {
  const states: Record<GroupName, unknown> = {};
  const found = [
    ...pendingClients(world),
    ...world.topology.groups.flatMap((group) => pendingIn(world, group, states)),
    ...pendingDirectories(world),
  ];
  if (found.length > 0) return found;
  const why = world.workload.atRest(states);
  return why === undefined ? [] : [{ where: 'service', why }];
}

/** The reasons in one line. */
export function showPending(reasons: readonly Pending[]): string {
  return reasons.map(({ where, why }) => `${where}: ${why}`).join('; ');
}

function pendingClients(world: World): readonly Pending[] {
  const waiting = [...world.clients.values()].filter(
    ({ current, script }) => current !== undefined || script.length > 0,
  );
  return waiting.map(({ name, current }) => {
    const call = current?.call;
    const why = call === undefined ? 'has more to ask' : `waits for ${call.method} ${call.path}`;
    return { where: name, why };
  });
}

/**
 * Nodes whose directory differs from that of the first server, beats aside: those advance for ever. A front end may know
 * that a node has left, was removed or has another disk where no server of the core knows it: its word of that is not
 * taken (PROTOCOL §5.8).
 */
function pendingDirectories({ nodes, core }: World): readonly Pending[] {
  const told = [...nodes.values()].flatMap(({ id, kind, host }) => {
    const counts = host !== undefined && (core === undefined || core.nodes.includes(id));
    return counts ? [{ id, kind, services: host.gossip.services }] : [];
  });
  const first = told.find(({ kind }) => kind === 'server') ?? told[0];
  if (first === undefined) return [];
  const expected = new Map(first.services.map((entry) => [entry.nodeId, entry]));
  return told.flatMap(({ id, kind, services }) => {
    const knows = services.map((entry) => {
      const known = expected.get(entry.nodeId);
      const mayDiffer = kind === 'frontend' && known !== undefined && isFinal(entry, known);
      return mayDiffer ? known : entry;
    });
    return showDirectory(knows) === showDirectory(first.services)
      ? []
      : [{ where: id, why: `knows of other nodes than ${first.id}` }];
  });
}

/** Whether the one tells an end of what the other knows of the node. */
function isFinal({ standing, diskId, generation }: ServiceEntry, known: ServiceEntry): boolean {
  return diskId === known.diskId
    ? standing !== known.standing && standing !== 'member'
    : generation >= known.generation;
}

function showDirectory(services: readonly ServiceEntry[]): string {
  return JSON.stringify(services.map(({ beat: _, ...entry }) => entry));
}

interface Seen {
  readonly node: string;
  readonly replica: Replica;
}

function pendingIn(world: World, group: GroupName, states: Record<GroupName, unknown>): readonly Pending[] {
  const seen: readonly Seen[] = [...world.nodes.values()].flatMap((node) => {
    const replica = node.seen.get(group);
    const counts = world.core === undefined || world.core.nodes.includes(node.id);
    return replica === undefined || !counts ? [] : [{ node: node.id, replica }];
  });
  const primaries = seen.filter(({ replica }) => replica.leading !== undefined);
  const [primary] = primaries;
  if (primary === undefined) {
    return [{ where: group, why: `there is no primary (${seen.map(showElection).join(', ')})` }];
  }
  if (primaries.length > 1) {
    return [{ where: group, why: `${primaries.map(({ node }) => node).join(' and ')} are primary` }];
  }
  states[group] = primary.replica.machine?.state;
  const { last } = world.evidence.record.group(group);
  return seen.flatMap((one) => {
    const why = reasonOf(one, primary, last, lacksCode(world, one.node, group));
    return why === undefined ? [] : [{ where: `${group} at ${one.node}`, why }];
  });
}

/** Whether the node's build is without the code of the group's version in force: its replica stays mute. */
export function lacksCode(world: World, node: string, group: GroupName): boolean {
  const record = world.evidence.record.group(group);
  const version = record.machineAt(record.last)?.version ?? 1;
  const { build } = nodeNamed(world, node);
  const place = version + 1 - (world.topology.versions?.[group] ?? 1);
  return place < build.oldest || place > build.newest;
}

function reasonOf({ node, replica }: Seen, primary: Seen, last: number, mayLag: boolean): string | undefined {
  if (replica.election.primary !== primary.node || !sameEpoch(replica.promised, primary.replica.promised)) {
    return `does not follow ${primary.node}`;
  }
  if (replica.machine === undefined) return undefined;
  if (mayLag && node !== primary.node) {
    return lastIndex(replica.log) < last ? `has ${lastIndex(replica.log)} of ${last} entries` : undefined;
  }
  const voters = dataVoters(configurationOfLog(primary.replica.log));
  const { diskId } = replica.identity;
  if (!voters.some((voter) => voter.nodeId === node && voter.diskId === diskId))
    return 'is not back in the configuration';
  if (replica.machine.at.index < last) return `has applied ${replica.machine.at.index} of ${last} entries`;
  if (hashValue(replica.machine.state) !== hashValue(primary.replica.machine?.state)) return 'has another state';
  const [called] = replica.machine.outgoing.filter((calls) => calls.pending.size > 0).keys();
  return called === undefined ? undefined : `calls to ${called} have no outcome`;
}

function showElection({ node, replica: { election, promised, log } }: Seen): string {
  const { type } = election.phase;
  const hears = election.primary === undefined ? '' : `, hears ${election.primary}`;
  return `${node} is ${type} in ${showEpoch(promised)} with ${lastIndex(log)} entries${hears}`;
}
