import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { Epoch, LogEnd } from '../../protocol/model/epoch.ts';
import { chain, configurationOfLog, placeAt, tail } from '../../protocol/model/log.ts';
import type { Message } from '../../protocol/model/messages.ts';
import type { Replica } from '../../protocol/replica/replica.ts';
import { FRONT_END } from '../../protocol/model/address.ts';
import { FORGED_COUNTER } from '../judges/strangers.ts';
import type { Fault } from '../plan/fault.ts';
import { nodesAt } from './places.ts';
import { feed } from './process.ts';
import type { World } from './world.ts';

type Forgery = Extract<Fault, { type: 'forge' }>;

/** Delivers the forged message to each of its receivers that runs. It fits the receiver's log as well as one can. */
export function forge(world: World, { as, to, group, says }: Forgery): void {
  for (const id of to.flatMap((place) => nodesAt(world, place))) {
    const node = world.nodes.get(id);
    const replica = node?.host?.slots[group]?.replica;
    if (node === undefined || replica === undefined || id === as || node.isPaused) continue;
    const unit = says === 'located' ? FRONT_END : group;
    const envelope = {
      from: { node: as, unit: group },
      to: { node: id, unit },
      message: forged(as, says, group, replica),
    };
    feed(world, node, { type: 'envelope', envelope });
  }
}

function forged(as: string, says: Forgery['says'], group: GroupName, replica: Replica): Message {
  const { log, commit, machine } = replica;
  const epoch: Epoch = { counter: FORGED_COUNTER, nodeId: as };
  const last = tail(log);
  const end: LogEnd = { epoch, index: last.index + 1_000 };
  switch (says) {
    case 'append': {
      const before = placeAt(log, commit) ?? last;
      const entries = [chain(before, epoch, { lamport: replica.lamport, wall: before.wall }, { type: 'noop' })];
      return {
        type: 'append',
        epoch,
        previousIndex: before.index,
        previousHash: before.hash,
        entries,
        commit: before.index + 1,
      };
    }
    case 'install': {
      const base = { index: end.index, epoch, hash: 7, lamport: last.lamport + 1, wall: last.wall };
      const copy = machine === undefined ? undefined : { ...machine, at: base };
      return { type: 'install', epoch, snapshot: { base, configuration: configurationOfLog(log), machine: copy } };
    }
    case 'heartbeat':
      return { type: 'heartbeat', epoch, beat: 1, commit: last.index };
    case 'campaign':
      return { type: 'campaign', epoch, end, transfer: true };
    case 'answer':
      return { type: 'answer', round: replica.election.round, verdict: 'ok', promised: epoch };
    case 'voted':
      return { type: 'voted', epoch: replica.promised, granted: true, promised: epoch, diskId: 'x' };
    case 'outdated':
      return { type: 'outdated', promised: epoch };
    case 'located':
      return { type: 'located', epoch, primary: as };
    default:
      return unreachable(says);
  }
}
