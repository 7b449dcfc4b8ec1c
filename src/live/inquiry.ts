import { z } from 'zod';
import type { NodeId } from '../protocol/epoch.ts';
import type { ServiceEntry } from '../protocol/services.ts';
import { callSigned, type Credentials } from '../security/call-process.ts';
import { directoryAnswer, SERVICES_PATH } from './admission.ts';

/** A node that is refused asks why, but no oftener than this. In milliseconds. */
const ASK_EVERY = 2_000;

/** How a node that others do not link to any more learns why: it was removed, or replaced, while it was away. */
export interface Inquiry {
  /** `peer` has refused a link of this node. */
  refusedBy(peer: NodeId): void;
}

export interface InquiryOptions {
  readonly nodeId: NodeId;
  readonly credentials: Credentials;
  readonly addressOf: (peer: NodeId) => string | undefined;
  /** What a peer, who has proven the secret where there is one, has to say of this node. */
  readonly learned: (peer: NodeId, own: ServiceEntry) => void;
}

export function createInquiry({ nodeId, credentials, addressOf, learned }: InquiryOptions): Inquiry {
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    refusedBy(peer) {
      const address = addressOf(peer);
      if (address === undefined || performance.now() - askedAt < ASK_EVERY) return;
      askedAt = performance.now();
      // Where there is no answer, or no sense in it, nothing is learned; the next refusal asks again.
      void ask(peer, address).catch(() => undefined);
    },
  };

  async function ask(peer: NodeId, address: string): Promise<void> {
    const { status, body } = await callSigned(address, { method: 'GET', path: SERVICES_PATH }, credentials);
    if (status !== 200) return;
    const { services } = z.parse(directoryAnswer, JSON.parse(body));
    const own = services.find((entry) => entry.nodeId === nodeId);
    if (own !== undefined) learned(peer, own);
  }
}
