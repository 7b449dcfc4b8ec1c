import { consentToName } from '../../host/consent.ts';
import { dataVoters } from '../../protocol/model/configuration.ts';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { choose, drawAt, streamOf } from '../base/random.ts';
import { tell } from '../base/trace.ts';
import { durableConfiguration, formatDisk } from '../disk/disk.ts';
import type { Fault } from '../plan/fault.ts';
import { millisOf } from './clock.ts';
import { crash } from './lifecycle.ts';
import { createNode, type Place, saveRulesOf } from './node.ts';
import { nodesAt } from './places.ts';
import { feed, start } from './process.ts';
import { keepDisk, nodeNamed, type SimNode, takeNote, type World } from './world.ts';

/* Nodes that join, rejoin on another disk, or are removed, and the contact that is asked for it. */

/** The delay after which a refused rejoin is tried again (the old process seems alive), in microseconds. */
const ASKS_AGAIN_AFTER = 500_000;

/** A new node is admitted by a running one, and starts. */
export function join(world: World, kind: 'server' | 'front end'): void {
  const contact = contactFor(world, undefined);
  if (contact === undefined) return;
  const [letter, list] =
    kind === 'server' ? (['s', world.roster.servers] as const) : (['f', world.roster.frontEnds] as const);
  const id = `${letter}${list.length + 1}`;
  const place: Place = {
    id,
    kind: kind === 'server' ? 'server' : 'frontend',
    diskId: diskIdOf(world, id, 1),
    generation: 1,
  };
  const node = createNode(world.plan, world.planted, world.topology.groups, place, servicesOf(contact));
  world.nodes.set(id, node);
  list.push(id);
  keepDisk(world.disks, node);
  tell(world.trace, world.now, id, () => `joins by way of ${contact.id}`);
  start(world, node);
}

/**
 * A node that has lost its disk rejoins under its old name, on a new one, with the consent of the groups as far as its
 * contact knows them (`consentToName`). While that is lacking it asks again.
 */
export function rejoin(world: World, node: SimNode, unasked = false): void {
  if (!node.isLost || node.host !== undefined) return;
  const contact = contactFor(world, node.id);
  const host = contact?.host;
  if (contact === undefined || host === undefined) return;
  const before = host.gossip.services.find(({ nodeId }) => nodeId === node.id);
  const consent = consentToName(host, node.id, millisOf(contact.clock, world.now));
  const isUnasked = unasked && consent.type !== 'lives' && !isOnlyVoter(world, node);
  if (consent.type !== 'free' && !isUnasked) {
    takeNote(world, node.id, 'process', `refused-${consent.type}`);
    if (consent.type === 'named') orderRemoval(world, contact, node.id);
    if (!world.isInLivenessPhase) {
      const again: Fault = { type: 'rejoin', at: 0, node: node.id, ...(unasked ? { unasked } : {}) };
      world.agenda.put(world.now + ASKS_AGAIN_AFTER, { type: 'fault', fault: again });
    }
    return;
  }
  node.generation = (before?.generation ?? 1) + 1;
  node.diskId = diskIdOf(world, node.id, node.generation);
  node.incarnation = 0;
  node.disks = new Map(
    world.topology.groups.map((group) => [group, formatDisk(saveRulesOf(world.plan, world.planted))]),
  );
  node.services = servicesOf(contact);
  node.isLost = false;
  node.isRotten = false;
  node.isFull = false;
  node.isShort = false;
  node.failsSync = false;
  node.isStuck = false;
  node.isStarting = false;
  node.heldUp.length = 0;
  keepDisk(world.disks, node);
  takeNote(world, node.id, 'process', 'rejoins');
  tell(world.trace, world.now, node.id, () => `joins again by way of ${contact.id}, on disk ${node.diskId}`);
  start(world, node);
}

/** Whether any disk has a configuration with no other data voter than this node. */
function isOnlyVoter(world: World, { id }: SimNode): boolean {
  return [...world.disks.values()].some((disks) =>
    [...disks].some(([group, disk]) => {
      const [only, ...others] = dataVoters(durableConfiguration(disk, world.evidence.firstConfiguration(group)));
      return only?.nodeId === id && others.length === 0;
    }),
  );
}

/** The node starts with an empty disk in place of its own, which is set aside, and asks to join (PROTOCOL §5.9). */
export function replaceDisk(world: World, node: SimNode): void {
  if (node.isLost || node.isRotten || node.aside !== undefined) return;
  crash(world, node);
  const { diskId, generation, incarnation, disks, services, isRotten } = node;
  node.aside = { diskId, generation, incarnation, disks, services, isRotten };
  node.isLost = true;
  tell(world.trace, world.now, node.id, () => `has its disk ${diskId} set aside`);
  rejoin(world, node);
}

/** The disk that was set aside comes back, and starts. One that has been used in its place is lost. */
export function putBack(world: World, node: SimNode): void {
  if (node.aside === undefined) return;
  crash(world, node);
  Object.assign(node, node.aside);
  node.aside = undefined;
  node.isLost = false;
  tell(world.trace, world.now, node.id, () => `has its disk ${node.diskId} back`);
  start(world, node);
}

/** A running node is told that the node is removed. */
export function remove(world: World, id: NodeId): void {
  const contact = contactFor(world, id) ?? contactFor(world, undefined);
  if (contact !== undefined) orderRemoval(world, contact, id);
}

/** A front end refers the operator to a data server: its own word removes no node (PROTOCOL §5.8). */
function orderRemoval(world: World, asked: SimNode, nodeId: NodeId): void {
  const contact = asked.kind === 'server' ? asked : referredTo(world, nodeId);
  if (contact === undefined) return;
  world.removals.add(nodeId);
  feed(world, contact, { type: 'order', order: { type: 'remove', nodeId } });
}

/** The primary of the group is told to hand over. */
export function transfer(world: World, { group, to }: Extract<Fault, { type: 'transfer' }>): void {
  const [next] = to === undefined ? [] : nodesAt(world, to);
  for (const id of nodesAt(world, `primary of ${group}`)) {
    const node = nodeNamed(world, id);
    if (node.isPaused || (to !== undefined && next === undefined)) continue;
    const order = { type: 'transfer', group, ...(next === undefined ? {} : { to: next }) } as const;
    feed(world, node, { type: 'order', order });
  }
}

function referredTo(world: World, except: NodeId): SimNode | undefined {
  return stayingNodes(world, except).findLast(({ kind }) => kind === 'server');
}

/** A running node that stays, other than `except`. */
function contactFor(world: World, except: NodeId | undefined): SimNode | undefined {
  const running = stayingNodes(world, except);
  world.asked += 1;
  return choose<SimNode | undefined>(
    running,
    drawAt(streamOf(world.plan.seed, 'contact'), world.asked, running.length || 1),
    undefined,
  );
}

function servicesOf({ host }: SimNode): readonly ServiceEntry[] {
  return host?.gossip.services ?? [];
}

/** An unused disk id. */
function diskIdOf({ topology, plan, disks }: World, id: NodeId, generation: number): string {
  const unique = drawAt(streamOf(plan.seed, `disk ${id}`), disks.size, 0x4000_0000).toString(16);
  return `${topology.clusterId}/${id}/${generation}-${unique}`;
}

function stayingNodes(world: World, except: NodeId | undefined): readonly SimNode[] {
  return [...world.nodes.values()].filter(
    ({ id, host, isPaused, departing }) =>
      id !== except && host?.gossip.incarnation !== undefined && !isPaused && departing === undefined,
  );
}
