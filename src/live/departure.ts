import { frontEndStatus } from '../frontend/front-end.ts';
import type { Host } from '../host/host.ts';
import type { Order } from '../host/host-io.ts';
import { hasDeputy, showTies, type Tie, tiesOf } from './ties.ts';
import { until } from './until.ts';

/** How long a node that stops for a while waits for others to take its leads and votes over. In milliseconds. */
const AWAY_WITHIN = 5_000;

/** The same of one that leaves for good: until no group names it any more. */
const LEFT_WITHIN = 15_000;

/** How long requests that were taken may still wait for their answer. In milliseconds. */
const ANSWERED_WITHIN = 10_000;

/** How long clients are still told to go elsewhere, before they find nobody here. In milliseconds. */
const TELLS_FOR = 300;

export interface Departing {
  readonly host: () => Host;
  readonly feed: (order: Order) => void;
}

/**
 * Gives up what this node leads and votes for, answers what it was asked, and resolves when its process may end: to what it
 * had to leave unfinished, if anything. `away`: it comes back, so that it need only lead nothing and, as a data server,
 * stall no write. `removed`: for good.
 */
export async function depart(standing: 'away' | 'removed', { host, feed }: Departing): Promise<string | undefined> {
  const begunAt = performance.now();
  feed({ type: 'stand', standing });
  const left = (): readonly Tie[] => tiesOf(host(), host().nodeId).filter((tie) => isLeft(tie, standing, host()));
  const isAlone = (): boolean => standing === 'away' && !hasDeputy(host(), performance.now());
  await until(() => left().length === 0 || isAlone(), standing === 'away' ? AWAY_WITHIN : LEFT_WITHIN);
  const held = (): number => heldBy(host());
  await until(() => held() === 0, ANSWERED_WITHIN);
  await until(() => performance.now() - begunAt >= TELLS_FOR, TELLS_FOR);
  const unfinished = [
    ...(left().length === 0 ? [] : [`still ${showTies(left())}`]),
    ...(held() === 0 ? [] : [`${held()} requests without an answer`]),
  ];
  return unfinished.length === 0 ? undefined : unfinished.join(', ');
}

/** Whether a tie must be cut first. A witness that is away for a while keeps its votes where nobody else is to have them. */
function isLeft({ as }: Tie, standing: 'away' | 'removed', { gossip }: Host): boolean {
  if (standing === 'removed') return true;
  return as === 'primary' || (as === 'voter' && gossip.fixed.self.kind === 'server');
}

function heldBy({ frontEnd }: Host): number {
  return frontEnd === undefined ? 0 : frontEndStatus(frontEnd).held;
}
