import { unreachable } from '../../protocol/model/assert.ts';
import type { Secret } from '../../security/secret.ts';
import { type HelloPolicy, refusal } from './check-hello.ts';
import { isHelloProven, proveHello, type Transcript } from './hello-proof.ts';
import { decodeHello, decodeHelloProof, type Hello, type HelloAnswer } from './hello.ts';

/** State of the handshake on the accepting side. The last two are final. */
export type Accepting =
  | { readonly type: 'expecting-hello' }
  | { readonly type: 'expecting-proof'; readonly transcript: Transcript }
  | { readonly type: 'welcomed'; readonly hello: Hello }
  | { readonly type: 'refused'; readonly reason: string };

export interface Acceptor {
  readonly policy: HelloPolicy;
  /** Undefined: no proof is asked for. */
  readonly secret: Secret | undefined;
  /** 32 hexadecimal digits, new for each socket. */
  readonly nonce: string;
}

/**
 * Takes the next frame of the opener, and returns the answer. With a secret, the opener proves it first: a stranger
 * gets nothing to test guesses on.
 */
export function acceptHello(
  state: Extract<Accepting, { readonly type: 'expecting-hello' | 'expecting-proof' }>,
  text: string,
  acceptor: Acceptor,
): readonly [Accepting, HelloAnswer] {
  switch (state.type) {
    case 'expecting-hello':
      return hearHello(text, acceptor);
    case 'expecting-proof':
      return hearProof(state.transcript, text, acceptor);
    default:
      return unreachable(state);
  }
}

function hearHello(text: string, { policy, secret, nonce }: Acceptor): readonly [Accepting, HelloAnswer] {
  const decoded = decodeHello(text);
  if (decoded.type === 'rejected') return refuse(decoded.reason);
  const hello = decoded.value;
  const reason = refusal(hello, policy);
  if (reason !== undefined) return refuse(reason);
  const { nodeId, incarnation } = policy.self;
  if (secret === undefined)
    return [
      { type: 'welcomed', hello },
      { type: 'welcome', nodeId, incarnation },
    ];
  const challenge = { nodeId, incarnation, nonce };
  return [
    { type: 'expecting-proof', transcript: { hello, challenge } },
    { type: 'challenge', ...challenge },
  ];
}

function hearProof(transcript: Transcript, text: string, acceptor: Acceptor): readonly [Accepting, HelloAnswer] {
  const { policy, secret } = acceptor;
  const { hello, challenge } = transcript;
  const decoded = decodeHelloProof(text);
  if (decoded.type === 'rejected') return refuse(decoded.reason);
  if (secret === undefined || !isHelloProven(secret, 'opener', transcript, decoded.value.proof))
    return refuse("this is no proof of this cluster's secret");
  // Meanwhile others may have come in, a later life of the same node among them.
  const reason = refusal(hello, policy);
  if (reason !== undefined) return refuse(reason);
  const { nodeId, incarnation } = challenge;
  const proof = proveHello(secret, 'acceptor', transcript);
  return [
    { type: 'welcomed', hello },
    { type: 'welcome', nodeId, incarnation, proof },
  ];
}

function refuse(reason: string): readonly [Accepting, HelloAnswer] {
  return [
    { type: 'refused', reason },
    { type: 'refused', reason },
  ];
}
