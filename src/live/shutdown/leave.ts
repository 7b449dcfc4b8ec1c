import { frontEndStatus } from '../../frontend/front-end.ts';
import type { Order } from '../../host/host-io.ts';
import type { Host } from '../../host/host.ts';
import { criticalDutiesOf, dutiesOf, type Duty, hasDeputy, showDuties } from './duties.ts';
import { waitUntil } from './wait-until.ts';

/** How long a node that stops for a while waits for others to take its leads and votes over. In milliseconds. */
const AWAY_WITHIN = 5_000;

/** How long one that has neither leads nor votes any more waits for every group to forget its name. In milliseconds. */
const DROPPED_WITHIN = 10_000;

/** How long a node that was removed while it lives helps its groups to let it go. In milliseconds. */
const LET_GO_WITHIN = 15_000;

/** How long requests that were taken may still wait for their answer. In milliseconds. */
const ANSWERED_WITHIN = 10_000;

/** How long clients are still told to go elsewhere, before they find nobody here. In milliseconds. */
const TELLS_FOR = 300;

export interface LeavingNode {
  readonly host: () => Host;
  readonly feed: (order: Order) => void;
}

/**
 * Gives up, for a while, what this node leads and, where it is a data server, votes for: else it would stall writes. Answers
 * what it was asked, and resolves when its process may end: to what it had to leave unfinished, if anything.
 */
export async function leaveForNow({ host, feed }: LeavingNode): Promise<string | undefined> {
  const begunAt = performance.now();
  feed({ type: 'stand', standing: 'away' });
  const left = (): readonly Duty[] => criticalDutiesOf(host(), host().nodeId).filter((duty) => isLeft(duty, host()));
  await waitUntil(() => left().length === 0 || !hasDeputy(host(), performance.now()), AWAY_WITHIN);
  return farewell(host, begunAt, left);
}

/**
 * Gives everything up for good, and resolves when the process may end: to what it had to leave unfinished, if anything. As long
 * as this node leads or votes somewhere, that is not so, however long it takes: without it the group may have no majority, and
 * what it has may be nowhere else. Resolves early, and in vain, once it is `stopped`.
 */
export async function leaveForever({ host, feed }: LeavingNode, stopped: () => boolean): Promise<string | undefined> {
  const begunAt = performance.now();
  const isFree = (): boolean => criticalDutiesOf(host(), host().nodeId).length === 0 || stopped();
  // `removed` can never be taken back. A data server says it when nothing depends on it any more; until then, it is called off
  // by starting the process again. A witness says it at once, since one that is away keeps what nobody else is to have.
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
 * Resolves when the process of a node that was removed while it lives may end. A group that has not let it go yet may need
 * its vote to do so; or has long since done so, and does not speak to it any more, so that the wait is bounded.
 */
export async function whenLetGo(host: () => Host, stopped: () => boolean): Promise<void> {
  await waitUntil(() => criticalDutiesOf(host(), host().nodeId).length === 0 || stopped(), LET_GO_WITHIN);
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

/** Whether an office must be given up first. A witness that is away keeps its votes where nobody else is to have them. */
function isLeft({ as }: Duty, { gossip }: Host): boolean {
  return as === 'primary' || gossip.fixed.self.kind === 'server';
}

function heldBy({ frontEnd }: Host): number {
  return frontEnd === undefined ? 0 : frontEndStatus(frontEnd).held;
}
