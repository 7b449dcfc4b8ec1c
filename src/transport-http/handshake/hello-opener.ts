import { unreachable } from '../../protocol/model/assert.ts';
import type { Secret } from '../../security/secret.ts';
import type { Build } from './build.ts';
import { isHelloProven, proveHello, type Transcript } from './hello-proof.ts';
import { decodeHelloAnswer, type Hello, type HelloProof, quote, type Refusal, type RefusalKind } from './hello.ts';

/** Characters of a refusal's reason that are passed on. */
const REASON_AT_MOST = 200;

/** State of the handshake on the opening side, after its hello. The last two are final. */
export type Opening =
  | { readonly type: 'expecting-answer' }
  | { readonly type: 'expecting-welcome'; readonly transcript: Transcript }
  /** `peer`: the build of the accepting side. */
  | { readonly type: 'open'; readonly peer: Build }
  | ({ readonly type: 'refused' } & Refusal);

export interface Opener {
  readonly hello: Hello;
  readonly secret: Secret;
}

/**
 * Takes the next frame of the accepting side, and returns what to send, if anything. An accepting side that does not
 * prove the secret is refused.
 */
export function openHello(
  state: Extract<Opening, { readonly type: 'expecting-answer' | 'expecting-welcome' }>,
  text: string,
  { hello, secret }: Opener,
): readonly [Opening, HelloProof | undefined] {
  const decoded = decodeHelloAnswer(text);
  if (decoded.type === 'rejected') return refused(decoded.reason);
  const answer = decoded.value;
  if (answer.type === 'refused') {
    return refused(`it refuses this node: ${quote(answer.reason, REASON_AT_MOST)}`, answer.kind);
  }
  if (answer.nodeId !== hello.to) return refused(`at its address there is ${quote(answer.nodeId)}`);
  switch (state.type) {
    case 'expecting-answer': {
      if (answer.type === 'welcome') return refused('it asks for no proof of the secret');
      const { type: _, ...challenge } = answer;
      const transcript = { hello, challenge };
      const key = secret.key(hello.key);
      if (key === undefined) return refused(`this node has no key of a ${hello.key}`);
      const proof = { type: 'proof', proof: proveHello(key, 'opener', transcript) } as const;
      return [{ type: 'expecting-welcome', transcript }, proof];
    }
    case 'expecting-welcome': {
      if (answer.type === 'challenge') return refused('it asks for a second proof');
      const key = secret.key(hello.key);
      const isKnown = key !== undefined && isHelloProven(key, 'acceptor', state.transcript, answer.proof);
      const { understudy, oldest, build } = state.transcript.challenge;
      return isKnown
        ? [{ type: 'open', peer: { understudy, oldest, build } }, undefined]
        : refused("it does not prove the cluster's secret");
    }
    default:
      return unreachable(state);
  }
}

function refused(reason: string, kind?: RefusalKind): readonly [Opening, undefined] {
  return [{ type: 'refused', reason, kind }, undefined];
}
