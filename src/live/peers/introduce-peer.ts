import * as z from 'zod';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { type Credentials, statusAt } from '../../security/call-process.ts';
import { askDirectory } from './directory.ts';

/** Introduces a process to another one of its cluster of which only the address is known. */
export interface PeerIntroduction {
  /**
   * Asks the process at `address` for its directory and merges it. Resolves to the reason where that cannot be, else to
   * undefined. It admits no node: a process of another cluster, or without its secret, is ignored.
   */
  meet(address: string, kind: ServiceEntry['kind']): Promise<string | undefined>;
}

export interface PeerIntroductionOptions {
  readonly clusterId: string;
  readonly historyId: string;
  readonly credentials: Credentials;
  /** Nodes known to the process `from`, which has proven the secret, if there is one. */
  readonly learned: (from: NodeId, services: readonly ServiceEntry[]) => void;
}

/** Timeout of the other process's answer, in milliseconds. */
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
        const found = z.parse(said, await statusAt(address, credentials, ANSWER_WITHIN));
        if (found.clusterId !== clusterId || found.historyId !== historyId) return `${address} is of another cluster`;
        if (found.kind !== kind) return `${found.node} at ${address} is no ${WHAT[kind]}`;
        // The answer so far is unproven.
        const asked = { within: ANSWER_WITHIN, to: found.node };
        const answer = await askDirectory(address, { clusterId, historyId }, credentials, asked);
        if (answer === 'refused') return `${address} refuses to be asked`;
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
}
