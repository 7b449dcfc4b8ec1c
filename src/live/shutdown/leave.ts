import { frontEndStatus } from '../../frontend/front-end.ts';
import { groupsNamingOwnDisk } from '../../host/consent.ts';
import type { Order } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import { criticalDutiesOf, dutiesOf, type Duty, hasDeputy, showDuties } from './duties.ts';
import { waitUntil } from './wait-until.ts';

/** Time for others to take over from a node that stops for a while, in milliseconds. */
const AWAY_WITHIN = 5_000;

/** Time for every group to drop a node without leadership or votes, in milliseconds. */
const DROPPED_WITHIN = 10_000;

/** Time for pending requests to be answered, in milliseconds. */
const ANSWERED_WITHIN = 10_000;

/** Time that clients are still sent to other nodes, before the port closes. In milliseconds. */
const TELLS_FOR = 300;

export interface LeavingNode {
  readonly host: () => Host;
  readonly feed: (order: Order) => void;
}

/**
 * Hands over leadership and, at a data server, votes, which would stall writes while it is away. Answers pending
 * requests. Resolves when the process may end: to the unfinished duties, if any.
 */
export async function leaveForNow({ host, feed }: LeavingNode): Promise<string | undefined> {
  const begunAt = performance.now();
  feed({ type: 'stand', standing: 'away' });
  const left = (): readonly Duty[] => criticalDutiesOf(host(), host().nodeId).filter((duty) => isLeft(duty, host()));
  await waitUntil(() => left().length === 0 || !hasDeputy(host(), performance.now()), AWAY_WITHIN);
  return farewell(host, begunAt, left);
}

/**
 * Leaves the cluster. Resolves when the process may end: to the unfinished duties, if any. While this node is primary
 * or voter of a group it does not resolve, however long that takes: the group may need its vote for a majority, and its
 * data may be nowhere else. Once `stopped`, it resolves early, without having left.
 */
export async function leaveForever({ host, feed }: LeavingNode, stopped: () => boolean): Promise<string | undefined> {
  const begunAt = performance.now();
  const isFree = (): boolean => criticalDutiesOf(host(), host().nodeId).length === 0 || stopped();
  // `removed` is final. A data server enters it when no group depends on it any more; until then a restart of the
  // process cancels the leave. A witness enters it at once, since one that is merely away keeps its votes where no
  // other node can have them.
  if (host().gossip.fixed.self.kind === 'server') {
    feed({ type: 'stand', standing: 'away' });
    await waitUntil(isFree, Infinity);
  }
  if (stopped()) return undefined;
  feed({ type: 'stand', standing: 'removed' });
  await waitUntil(isFree, Infinity);
  const left = (): readonly Duty[] => dutiesOf(host(), host().nodeId);
  await waitUntil(() => left().length === 0 || stopped(), DROPPED_WITHIN);
  return farewell(host, begunAt, left);
}

/**
 * Resolves when the process of a disk that was removed, or replaced, may end: once no group names that disk, however
 * long that takes, or once `stopped`. Until then a group may need its vote, or what it alone has.
 */
export async function whenLetGo(host: () => Host, stopped: () => boolean): Promise<void> {
  await waitUntil(() => stopped() || groupsNamingOwnDisk(host()).length === 0, Infinity);
}

async function farewell(host: () => Host, begunAt: number, left: () => readonly Duty[]): Promise<string | undefined> {
  const held = (): number => heldBy(host());
  await waitUntil(() => held() === 0, ANSWERED_WITHIN);
  await waitUntil(() => performance.now() - begunAt >= TELLS_FOR, TELLS_FOR);
  const unfinished = [
    ...(left().length === 0 ? [] : [`still ${showDuties(left())}`]),
    ...(held() === 0 ? [] : [`${held()} requests without an answer`]),
  ];
  return unfinished.length === 0 ? undefined : unfinished.join(', ');
}

/**
 * Whether a duty must be handed over first. A witness that is away keeps its votes where no other node can have them.
 */
function isLeft({ as }: Duty, { gossip }: Host): boolean {
  return as === 'primary' || gossip.fixed.self.kind === 'server';
}

function heldBy({ frontEnd }: Host): number {
  return frontEnd === undefined ? 0 : frontEndStatus(frontEnd).held;
}
