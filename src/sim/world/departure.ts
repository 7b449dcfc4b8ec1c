import { frontEndStatus } from '../../frontend/front-end.ts';
import { isReachable } from '../../gossip/state.ts';
import type { Host } from '../../host/host.ts';
import { memberOf, voterOf } from '../../protocol/model/configuration.ts';
import { tell } from '../base/trace.ts';
import { millisOf } from './clock.ts';
import { crash, lookLater } from './lifecycle.ts';
import { feed } from './process.ts';
import { type SimNode, takeNote, type World } from './world.ts';

/*
 * A process that ends in good order, as a live one does on SIGTERM (`away`), when its node leaves (`removed`), or when others
 * have removed it (`dismissed`): it says so, others take over its leads and votes, it answers what it has taken, and ends; after
 * some time in any case.
 */

/** How long others have to take over, what was asked may still wait, and clients are told to go elsewhere, in microseconds. */
const WITHIN = { away: 5_000_000, removed: 15_000_000, dismissed: 15_000_000 } as const;
const ANSWERED_WITHIN = 10_000_000;
const TELLS_FOR = 300_000;

/** Begins to end the process. `removed` goes beyond `away`, and nothing takes either back. */
export function leaveForNow(world: World, node: SimNode, standing: 'away' | 'removed'): void {
  const { host, departing } = node;
  if (host === undefined || node.isPaused) return;
  if (departing?.standing === standing || (departing !== undefined && departing.standing !== 'away')) return;
  node.departing = { standing, since: world.now };
  tell(world.trace, world.now, node.id, () => (standing === 'away' ? 'is to stop' : 'is to leave for good'));
  feed(world, node, { type: 'order', order: { type: 'stand', standing } });
  if (departing === undefined) lookLater(world, node);
}

/** Ends the process if nothing keeps it any more. */
export function lookAtDeparture(world: World, node: SimNode, life: number): void {
  const { host, departing } = node;
  if (host === undefined || departing === undefined || node.life !== life) return;
  if (!mayEnd(world, node, host, departing)) return lookLater(world, node);
  if (departing.standing !== 'dismissed') {
    takeNote(world, node.id, 'process', departing.standing === 'away' ? 'stopped' : 'left');
  }
  crash(world, node);
}

function mayEnd(
  world: World,
  node: SimNode,
  host: Host,
  { standing, since }: NonNullable<SimNode['departing']>,
): boolean {
  const waited = world.now - since;
  if (standing === 'dismissed') return !isTied(host, standing) || waited >= WITHIN.dismissed;
  const isFree = !isTied(host, standing) || (standing === 'away' && !hasDeputy(world, node, host));
  if (waited < TELLS_FOR || (!isFree && waited < WITHIN[standing])) return false;
  const held = host.frontEnd === undefined ? 0 : frontEndStatus(host.frontEnd).held;
  return held === 0 || waited >= WITHIN[standing] + ANSWERED_WITHIN;
}

/**
 * Whoever leaves for good waits until no group names it, whoever was dismissed until none counts its vote; whoever comes back
 * need only lead nothing and stall no write.
 */
function isTied({ nodeId, slots, gossip }: Host, standing: NonNullable<SimNode['departing']>['standing']): boolean {
  return gossip.groups.some(({ group, configuration }) => {
    if (slots[group]?.replica.leading !== undefined) return true;
    if (standing === 'removed') return memberOf(configuration, nodeId) !== undefined;
    const votes = voterOf(configuration, nodeId) !== undefined;
    return votes && (standing === 'dismissed' || gossip.fixed.self.kind === 'server');
  });
}

/** Whether another node of its kind is there and stays. */
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
