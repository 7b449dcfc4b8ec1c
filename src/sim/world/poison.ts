import { FRONT_END, GOSSIP, type Unit } from '../../protocol/model/address.ts';
import { memberOf } from '../../protocol/model/configuration.ts';
import { NO_EPOCH, type NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import type { Message } from '../../protocol/model/messages.ts';
import type { PrimaryState } from '../../protocol/replica/primary-state.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import type { Fault } from '../plan/fault.ts';
import { feed } from './process.ts';
import type { SimNode, World } from './world.ts';

/** A time that no clock shows: the last that a date can name. */
const FAR = 8_640_000_000_000_000;

type Poison = Extract<Fault, { type: 'poison' }>;

/** What a hostile or broken neighbour says: counters that no correct node has, in messages of the right shape. */
export function poison(world: World, node: SimNode, fault: Poison): void {
  if (node.host === undefined || node.isPaused || fault.by === node.id) return;
  for (const [group, { replica }] of Object.entries(node.host.slots)) {
    for (const message of toReplica(replica, fault)) say(world, node, group, group, fault, message);
    if (fault.what === 'lamport') {
      const requests: Message = {
        type: 'requests',
        epoch: NO_EPOCH,
        lamport: above(replica.lamport, fault),
        items: [],
      };
      say(world, node, FRONT_END, group, fault, requests);
    }
    if (fault.what === 'epoch') {
      const epoch = { counter: above(replica.election.counter, fault), nodeId: fault.by };
      say(world, node, FRONT_END, group, fault, { type: 'requests', epoch, lamport: 0, items: [] });
      say(world, node, group, FRONT_END, fault, { type: 'located', epoch, primary: fault.by, time: FAR });
    }
  }
  const gossip = toGossip(world, node, fault);
  if (gossip !== undefined) say(world, node, GOSSIP, GOSSIP, fault, gossip);
}

function toReplica(replica: Replica, fault: Poison): readonly Message[] {
  const { election, leading, identity } = replica;
  const { by } = fault;
  if (fault.what === 'beat' && leading !== undefined) {
    const incarnation = leading.progress[by]?.livesIn ?? 1;
    const diskId = leading.progress[by] === undefined ? 'none' : `${identity.clusterId}/${by}/1`;
    const beat = above(leading.beat, fault);
    return [{ type: 'heard', epoch: leading.epoch, beat, agreed: 0, diskId, incarnation, wall: FAR }];
  }
  if (fault.what === 'divergence') return leading === undefined ? [] : [wrongState(replica, leading, by)];
  if (fault.what !== 'epoch') return [];
  const promised = { counter: above(election.counter, fault), nodeId: by };
  return [
    { type: 'answer', round: 0, verdict: 'ok', promised },
    { type: 'voted', epoch: NO_EPOCH, granted: false, promised, diskId: 'none', time: FAR, wall: FAR },
    { type: 'outdated', promised },
    { type: 'campaign', epoch: promised, end: { epoch: promised, index: 2 ** 50 }, transfer: true },
    { type: 'heartbeat', epoch: promised, beat: 1, commit: 0, time: FAR, date: FAR },
  ];
}

/** An answer to the newest heartbeat like the last one, but for its state, which needs a full copy. */
function wrongState({ commit, log }: Replica, { epoch, progress }: PrimaryState, by: NodeId): Message {
  const { beat = 0, match = 0, livesIn = 0, code, wall } = progress[by] ?? {};
  const diskId = memberOf(configurationOfLog(log), by)?.diskId ?? 'none';
  const said = { beat, agreed: match, diskId, incarnation: livesIn, code, wall: wall?.wall };
  return { type: 'heard', epoch, ...said, diverged: commit };
}

function toGossip(world: World, node: SimNode, fault: Poison): Message | undefined {
  const gossip = node.host?.gossip;
  const own = gossip?.services.find(({ nodeId }) => nodeId === node.id);
  if (gossip === undefined || own === undefined) return undefined;
  if (fault.what === 'life') {
    const claim = { ...own, incarnation: above(own.incarnation, fault), beat: above(own.beat, fault), proof: 'none' };
    return { type: 'gossip', services: [claim], groups: [], isAnswer: true };
  }
  if (fault.what === 'other-life') {
    const others = [...world.nodes.values()].filter(({ id }) => id !== node.id && id !== fault.by);
    const claims = others.flatMap(({ id, host }) => host?.gossip.services.filter(({ nodeId }) => nodeId === id) ?? []);
    const services = claims.map((claim) => ({ ...claim, incarnation: above(claim.incarnation, fault), proof: 'none' }));
    return { type: 'gossip', services, groups: [], isAnswer: true };
  }
  if (fault.what === 'removal') {
    return { type: 'gossip', services: [{ ...own, standing: 'removed' }], groups: [], isAnswer: true };
  }
  if (fault.what !== 'view') return undefined;
  const groups = gossip.groups.map((view) => {
    const epoch = { counter: above(view.epoch.counter, fault), nodeId: fault.by };
    return { ...view, epoch, primary: fault.by, index: above(view.index, fault) };
  });
  return { type: 'gossip', services: [], groups, isAnswer: true };
}

function say(world: World, node: SimNode, unit: Unit, to: Unit, { by }: Poison, message: Message): void {
  const envelope = { from: { node: by, unit }, to: { node: node.id, unit: to }, message };
  for (const judge of world.judges) judge.received?.(envelope);
  feed(world, node, { type: 'envelope', envelope });
}

function above(known: number, { ahead }: Poison): number {
  return Math.min(known + ahead, Number.MAX_SAFE_INTEGER);
}
