import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Credentials } from '../../security/call-process.ts';
import { askDirectory, type Directory, type History } from './directory.ts';

/** A node that is refused asks why, but no oftener than this. In milliseconds. */
const ASK_EVERY = 2_000;

/** How long the other one may take to answer, in milliseconds. */
const ANSWER_WITHIN = 10_000;

/** How a node that others do not link to any more learns why: it was removed, or replaced, while it was away. */
export interface RefusalInquiry {
  /** `peer` has refused a link of this node. */
  refusedBy(peer: NodeId): void;
}

export interface RefusalInquiryOptions {
  readonly nodeId: NodeId;
  /** Nobody of another cluster or history is believed: whoever has taken a dead node's address may have its names, too. */
  readonly own: History;
  readonly credentials: Credentials;
  readonly addressOf: (peer: NodeId) => string | undefined;
  /** What a peer, who has proven the secret where there is one, has to say of this node, and of whether it is a member still. */
  readonly learned: (peer: NodeId, own: Directory) => void;
}

export function createRefusalInquiry({
  nodeId,
  own,
  credentials,
  addressOf,
  learned,
}: RefusalInquiryOptions): RefusalInquiry {
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
    const answer = await askDirectory(address, own, credentials, { within: ANSWER_WITHIN, to: peer });
    if (typeof answer === 'string') return;
    const entry = answer.services.find((one) => one.nodeId === nodeId);
    if (entry !== undefined) learned(peer, { services: [entry], groups: answer.groups });
  }
}
