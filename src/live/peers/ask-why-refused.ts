import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Credentials } from '../../security/call-process.ts';
import { askDirectory, type Directory, type History } from './directory.ts';
import { createQuestionLimit } from './question-limit.ts';

/** Timeout of the other node's answer, in milliseconds. */
const ANSWER_WITHIN = 10_000;

/** Asks why links are refused: the node was removed, or replaced, while it was away. */
export interface RefusalInquiry {
  /** `peer` has refused a link of this node. To be called each time: one question may be lost, or asked in vain. */
  refusedBy(peer: NodeId): void;
}

export interface RefusalInquiryOptions {
  readonly nodeId: NodeId;
  /**
   * Answers from another cluster or history are ignored: a process at a dead node's address may have the same names.
   */
  readonly own: History;
  readonly credentials: Credentials;
  /** Undefined: not to be asked, as a front end, whose word removes no other node (PROTOCOL §5.8). */
  readonly addressOf: (peer: NodeId) => string | undefined;
  /**
   * A directory in which a peer says whether this node is still a member. The peer has proven the secret, if there is
   * one.
   */
  readonly learned: (peer: NodeId, own: Directory) => void;
}

export function createRefusalInquiry({
  nodeId,
  own,
  credentials,
  addressOf,
  learned,
}: RefusalInquiryOptions): RefusalInquiry {
  const limit = createQuestionLimit();
  return {
    refusedBy(peer) {
      const address = addressOf(peer);
      if (address === undefined || !limit.passes(peer, performance.now())) return;
      // Without a sensible answer nothing is learned; the next refusal asks again.
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
