import { z } from 'zod';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { callProcess, type Credentials } from '../../security/call-process.ts';
import { askDirectory } from './directory.ts';

/** How a process gets to know another one of its cluster of which it has been told no more than an address. */
export interface PeerIntroduction {
  /**
   * Asks the process at `address` for its directory and takes it in. Resolves to why that cannot be; to nothing when it has
   * been done. It admits nobody: whoever is not of this cluster, or cannot prove its secret, is not listened to.
   */
  meet(address: string, kind: ServiceEntry['kind']): Promise<string | undefined>;
}

export interface PeerIntroductionOptions {
  readonly clusterId: string;
  readonly historyId: string;
  readonly credentials: Credentials;
  /** What the process `from`, which has proven the secret where there is one, knows. */
  readonly learned: (from: NodeId, services: readonly ServiceEntry[]) => void;
}

/** How long the other one may take to answer, in milliseconds. */
const ANSWER_WITHIN = 2_000;

const WHAT: Readonly<Record<ServiceEntry['kind'], string>> = { server: 'data server', frontend: 'front end' };

const said = z.object({
  node: z.string(),
  kind: z.enum(['server', 'frontend']),
  clusterId: z.string(),
  historyId: z.string(),
});

export function createPeerIntroduction({
  clusterId,
  historyId,
  credentials,
  learned,
}: PeerIntroductionOptions): PeerIntroduction {
  return {
    async meet(address, kind) {
      try {
        const found = z.parse(said, JSON.parse(await askStatus(address)));
        if (found.clusterId !== clusterId || found.historyId !== historyId) return `${address} is of another cluster`;
        if (found.kind !== kind) return `${found.node} at ${address} is no ${WHAT[kind]}`;
        // What was found so far, nobody has proven.
        const asked = { within: ANSWER_WITHIN, to: found.node };
        const answer = await askDirectory(address, { clusterId, historyId }, credentials, asked);
        if (answer === 'refused') return `${address} does not let itself be asked`;
        if (answer === 'foreign') return `${address} is of another cluster`;
        learned(found.node, answer.services);
        return undefined;
      } catch (error) {
        return error instanceof z.ZodError || error instanceof SyntaxError
          ? `what answers at ${address} is no process of understudy`
          : `${address} does not answer: ${error instanceof Error ? error.message : String(error)}`;
      }
    },
  };

  async function askStatus(address: string): Promise<string> {
    const call = { method: 'GET', path: '/status', within: ANSWER_WITHIN } as const;
    return (await callProcess(address, call, credentials)).body;
  }
}
