import type { Gossip } from '../gossip/gossip.ts';
import { firsthand } from '../gossip/state.ts';
import { serversOf } from '../gossip/service-list.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { assert } from '../protocol/model/assert.ts';
import type { GroupView, ServiceEntry } from '../protocol/model/directory.ts';
import { sameEpoch } from '../protocol/model/epoch.ts';
import { configurationIndex, configurationOfLog, placeAt } from '../protocol/model/log.ts';
import type { Replica } from '../protocol/replica/replica.ts';
import type { HostTurn } from './turn.ts';

// Propagation between the units of a process; docs/internals/architecture.md has the picture.

/** Tells the front end and calling replicas of a group's primary, as its replica on this node has heard. */
export function propagatePrimary(turn: HostTurn, group: GroupName, before: Replica, after: Replica): void {
  const { primary } = after.election;
  const isNews = primary !== before.election.primary || !sameEpoch(before.promised, after.promised);
  if (primary === undefined || !isNews) return;
  const led = { type: 'led', group, primary, epoch: after.promised } as const;
  for (const unit of Object.keys(turn.host.slots)) {
    if (unit !== group) turn.localMessages.push({ to: 'replica', unit, input: led });
  }
  turn.localMessages.push({ to: 'front-end', input: led });
}

/** Tells gossip the primary and the configuration of a group, as its replica knows them. */
export function propagateView(turn: HostTurn, before: Replica, after: Replica): void {
  if (turn.host.gossip.incarnation === undefined || isSeenAlike(before, after)) return;
  turn.localMessages.push({ to: 'gossip', input: { type: 'sighted', view: groupViewOf(after) } });
}

/**
 * Tells replicas and the front end the directory, without names of which others have only told. A replica that has not
 * recovered is told when it does.
 */
export function propagateDirectory(turn: HostTurn): void {
  const input = { type: 'services', services: firsthand(turn.host.gossip) } as const;
  for (const [unit, { replica }] of Object.entries(turn.host.slots)) {
    if (replica.incarnation > 0) turn.localMessages.push({ to: 'replica', unit, input });
  }
  turn.localMessages.push({ to: 'front-end', input });
}

/** Tells the front end and calling replicas which servers each group has now. */
export function propagateServers(turn: HostTurn, before: Gossip, after: Gossip): void {
  if (before.groups === after.groups && isRemovedAlike(before.services, after.services)) return;
  for (const group of after.fixed.groups) {
    const servers = serversOf(after, group);
    if (isSameList(serversOf(before, group), servers)) continue;
    const input = { type: 'servers', group, servers } as const;
    for (const unit of Object.keys(turn.host.slots)) {
      if (unit !== group) turn.localMessages.push({ to: 'replica', unit, input });
    }
    turn.localMessages.push({ to: 'front-end', input });
  }
}

/**
 * A replica's view of its group: its newest configuration, under the epoch of the primary it follows if that primary
 * has the same. Otherwise under the epoch of the configuration's entry, whose author was elected in it.
 */
export function groupViewOf({ identity, leading, election, promised, agreed, log }: Replica): GroupView {
  const { group, nodeId } = identity;
  const [index, configuration] = [configurationIndex(log), configurationOfLog(log)];
  const followed = leading === undefined ? election.primary : nodeId;
  if (followed !== undefined && (leading !== undefined || agreed >= index)) {
    return { group, epoch: promised, primary: followed, index, configuration };
  }
  const place = placeAt(log, index);
  assert(place !== undefined, 'a log has its newest configuration');
  const primary = place.epoch.counter === 0 ? undefined : place.epoch.nodeId;
  return { group, epoch: place.epoch, primary, index, configuration };
}

/** Called for every message, so it builds nothing. */
function isSeenAlike(before: Replica, after: Replica): boolean {
  const index = configurationIndex(after.log);
  return (
    configurationOfLog(before.log) === configurationOfLog(after.log) &&
    before.election.primary === after.election.primary &&
    (before.leading === undefined) === (after.leading === undefined) &&
    before.agreed >= index === after.agreed >= index &&
    sameEpoch(before.promised, after.promised)
  );
}

/** Whether the same nodes are removed: what else the directory says of a node is no matter here. */
function isRemovedAlike(some: readonly ServiceEntry[], others: readonly ServiceEntry[]): boolean {
  if (some === others) return true;
  return (
    some.length === others.length &&
    some.every((entry, place) => {
      const other = others[place];
      return (
        entry === other ||
        (entry.nodeId === other?.nodeId && (entry.standing === 'removed') === (other.standing === 'removed'))
      );
    })
  );
}

function isSameList(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((item, place) => item === others[place]);
}
