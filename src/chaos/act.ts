import { setTimeout as pause } from 'node:timers/promises';
import type { ClientCall } from '../sim/base/history.ts';
import { type ClientPool, hear, type PoolClient, takeTurn } from '../sim/clients/client.ts';
import { createHttpClient } from './http-client.ts';
import type { Links } from './network/links.ts';

/** The surroundings of a client. */
export interface Surroundings {
  readonly pool: ClientPool;
  readonly links: Links;
  /** Headers that prove an operator's call, for paths that need it. */
  readonly prove: (frontEnd: string, call: ClientCall) => Readonly<Record<string, string>>;
  /** Microseconds since the clients began. */
  readonly now: () => number;
  readonly cancelled: () => boolean;
}

/** Longest wait between two checks for cancellation, in milliseconds. */
const LOOK_EVERY = 100;

/** Runs one client over real connections until its script ends. */
export async function act({ pool, links, prove, now, cancelled }: Surroundings, client: PoolClient): Promise<void> {
  const http = createHttpClient();
  try {
    while (!cancelled()) {
      const deed = takeTurn(pool, client, now(), Date.now());
      if (deed.type === 'rests' || isDone(pool, client)) return;
      if (deed.type === 'waits') {
        await pause(Math.min(Math.max(0, deed.until - now()) / 1_000, LOOK_EVERY));
        continue;
      }
      const { operation, frontEnd = '' } = deed;
      const address = links.address(client.name, frontEnd);
      const proof = prove(frontEnd, operation.call);
      hear(pool, client, await http.ask(address, operation, pool.plan.workload.attemptFor, proof), now());
    }
  } finally {
    http.close();
  }
}

/** In the liveness phase no client begins a new operation: one that only thinks is done. */
function isDone({ isInLivenessPhase }: ClientPool, { current, script }: PoolClient): boolean {
  return isInLivenessPhase && current === undefined && script.length === 0;
}
