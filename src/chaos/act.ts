import { setTimeout as pause } from 'node:timers/promises';
import type { ClientCall } from '../sim/base/history.ts';
import { type Crowd, type CrowdClient, hear, takeTurn } from '../sim/clients/client.ts';
import { createHttpClient } from './http-client.ts';
import type { Links } from './network/links.ts';

/** What a client acts in. */
export interface Surroundings {
  readonly crowd: Crowd;
  readonly links: Links;
  /** The headers by which a front end knows that an operator asks, where only an operator may. */
  readonly prove: (frontEnd: string, call: ClientCall) => Readonly<Record<string, string>>;
  /** Microseconds since the clients began. */
  readonly now: () => number;
  readonly cancelled: () => boolean;
}

/** Longest wait before a client looks up, in milliseconds: the run may be over. */
const LOOK_EVERY = 100;

/** Lets a client ask over real connections until it has nothing left to ask. */
export async function act({ crowd, links, prove, now, cancelled }: Surroundings, client: CrowdClient): Promise<void> {
  const http = createHttpClient();
  try {
    while (!cancelled()) {
      const deed = takeTurn(crowd, client, now(), Date.now());
      if (deed.type === 'rests' || isDone(crowd, client)) return;
      if (deed.type === 'waits') {
        await pause(Math.min(Math.max(0, deed.until - now()) / 1_000, LOOK_EVERY));
        continue;
      }
      const { operation, frontEnd = '' } = deed;
      const address = links.address(client.name, frontEnd);
      const proof = prove(frontEnd, operation.call);
      hear(crowd, client, await http.ask(address, operation, crowd.plan.workload.attemptFor, proof), now());
    }
  } finally {
    http.close();
  }
}

/** At the end nobody begins anything: a client that only thinks is done. */
function isDone({ isInLivenessPhase }: Crowd, { current, script }: CrowdClient): boolean {
  return isInLivenessPhase && current === undefined && script.length === 0;
}
