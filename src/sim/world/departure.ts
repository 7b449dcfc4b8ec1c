import { frontEndStatus } from '../../frontend/front-end.ts';
import { isReachable } from '../../gossip/state.ts';
import { groupsNamingOwnDisk } from '../../host/consent.ts';
import type { Host } from '../../host/host.ts';
import { memberOf, voterOf } from '../../protocol/model/configuration.ts';
import { tell } from '../base/trace.ts';
import { millisOf } from './clock.ts';
import { crash, lookLater } from './lifecycle.ts';
import { feed } from './process.ts';
import { fail, type SimNode, takeNote, type World } from './world.ts';

/*
 * Graceful shutdown of a process: on SIGTERM (`away`), when its node leaves (`removed`), or when others have removed it
 * (`dismissed`). It announces its departure, hands over its groups and votes, answers what is pending, and ends.
 */

/** Timeouts for handing over, for being dropped, for pending requests, and for clients, in microseconds. */
const WITHIN = { away: 5_000_000, removed: 10_000_000 } as const;
const ANSWERED_WITHIN = 10_000_000;
const TELLS_FOR = 300_000;

/** Begins a shutdown: it stops for a while. */
export function leaveForNow(world: World, node: SimNode): void {
  if (node.host === undefined || node.isPaused || node.departing !== undefined) return;
  node.departing = { standing: 'away', since: world.now };
  tell(world.trace, world.now, node.id, () => 'is to stop');
  feed(world, node, { type: 'order', order: { type: 'stand', standing: 'away' } });
  lookLater(world, node);
}

/**
 * The node leaves. `removed` is final: a server enters it once no group has it as primary or voter, and stands `away`
 * until then, however long that takes; the last one stays. A front end enters it at once (`live/shutdown/leave.ts`).
 */
export function leaveForever(world: World, node: SimNode): void {
  const { host, departing } = node;
  if (host === undefined || node.isPaused || (departing !== undefined && departing.standing !== 'away')) return;
  const isServer = host.gossip.fixed.self.kind === 'server';
  world.removals.add(node.id);
  node.departing = { standing: isServer ? 'leaving' : 'removed', since: world.now };
  tell(world.trace, world.now, node.id, () => 'is to leave');
  feed(world, node, { type: 'order', order: { type: 'stand', standing: isServer ? 'away' : 'removed' } });
  if (departing === undefined) lookLater(world, node);
}

/** Ends the process if it has no duties left. */
export function lookAtDeparture(world: World, node: SimNode, life: number): void {
  const { host, departing } = node;
  if (host === undefined || departing === undefined || node.life !== life) return;
  if (departing.standing === 'leaving') {
    if (!isCritical(host)) {
      node.departing = { standing: 'removed', since: world.now };
      feed(world, node, { type: 'order', order: { type: 'stand', standing: 'removed' } });
    }
    return lookLater(world, node);
  }
  if (!mayEnd(world, node, host, departing)) return lookLater(world, node);
  if (departing.standing === 'dismissed') judgeRetired(world, node);
  else takeNote(world, node.id, 'process', departing.standing === 'away' ? 'stopped' : 'left');
  if (host.gossip.dismissed === 'replaced') node.isLost = true;
  crash(world, node);
}

function mayEnd(
  world: World,
  node: SimNode,
  host: Host,
  { standing, since }: NonNullable<SimNode['departing']>,
): boolean {
  if (standing === 'dismissed') return groupsNamingOwnDisk(host).length === 0;
  if (standing === 'leaving' || (standing === 'removed' && isCritical(host))) return false;
  const waited = world.now - since;
  const isFree = !isTied(host, standing) || (standing === 'away' && !hasDeputy(world, node, host));
  if (waited < TELLS_FOR || (!isFree && waited < WITHIN[standing])) return false;
  const held = host.frontEnd === undefined ? 0 : frontEndStatus(host.frontEnd).held;
  return held === 0 || waited >= WITHIN[standing] + ANSWERED_WITHIN;
}

/** The node is told that nothing of its disk is needed any more. */
function judgeRetired(world: World, { id, diskId }: SimNode): void {
  for (const judge of world.judges) {
    const reason = judge.retired?.(id, diskId);
    if (reason !== undefined) fail(world, judge.name, reason);
  }
}

/**
 * Duties that keep a departing process: a removed one waits until no group names it; one that returns need only be no
 * primary and stall no write.
 */
function isTied({ nodeId, slots, gossip }: Host, standing: 'away' | 'removed'): boolean {
  return gossip.groups.some(({ group, configuration }) => {
    if (slots[group]?.replica.leading !== undefined) return true;
    if (standing === 'removed') return memberOf(configuration, nodeId) !== undefined;
    return voterOf(configuration, nodeId) !== undefined && gossip.fixed.self.kind === 'server';
  });
}

/** Whether the node is primary or voter of a group: that one may need its vote, and its data may be nowhere else. */
function isCritical({ nodeId, slots, gossip }: Host): boolean {
  return gossip.groups.some(
    ({ group, configuration }) =>
      slots[group]?.replica.leading !== undefined || voterOf(configuration, nodeId) !== undefined,
  );
}

/** Whether another node of its kind is up and stays. */
function hasDeputy(world: World, { clock }: SimNode, { nodeId, gossip }: Host): boolean {
  const millis = millisOf(clock, world.now);
  return gossip.services.some(
    (entry) =>
      entry.nodeId !== nodeId &&
      entry.kind === gossip.fixed.self.kind &&
      entry.standing === 'member' &&
      isReachable(gossip, entry.nodeId, millis),
  );
}
