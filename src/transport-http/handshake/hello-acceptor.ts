import { unreachable } from '../../protocol/model/assert.ts';
import type { Secret } from '../../security/secret.ts';
import { type HelloPolicy, refusal } from './check-hello.ts';
import { ownBuild } from './build.ts';
import { isHelloProven, proveHello, type Transcript } from './hello-proof.ts';
import { decodeHello, decodeHelloProof, type Hello, type HelloAnswer, quote, type Refusal } from './hello.ts';

/** State of the handshake on the accepting side. The last two are final. */
export type Accepting =
  | { readonly type: 'expecting-hello' }
  | { readonly type: 'expecting-proof'; readonly transcript: Transcript }
  | { readonly type: 'welcomed'; readonly hello: Hello }
  | ({ readonly type: 'refused' } & Refusal);

export interface Acceptor {
  readonly policy: HelloPolicy;
  readonly secret: Secret;
  /** 32 hexadecimal digits, new for each socket. */
  readonly nonce: string;
  /** The names in the certificate that the opener has shown; undefined where none is asked for. */
  readonly names?: readonly string[] | undefined;
}

/**
 * Takes the next frame of the opener, and returns the answer. The opener proves the secret first: a stranger gets
 * nothing to test guesses on.
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

function hearHello(text: string, { policy, nonce, names }: Acceptor): readonly [Accepting, HelloAnswer] {
  const decoded = decodeHello(text);
  if (decoded.type === 'rejected') return refuse({ reason: decoded.reason });
  const hello = decoded.value;
  const foreign = names?.includes(hello.nodeId) === false;
  const refused = foreign ? { reason: notInCertificate(hello.nodeId) } : refusal(hello, policy);
  if (refused !== undefined) return refuse(refused);
  const { nodeId, incarnation } = policy.self;
  const challenge = { nodeId, incarnation, nonce, ...ownBuild() };
  return [
    { type: 'expecting-proof', transcript: { hello, challenge } },
    { type: 'challenge', ...challenge },
  ];
}

function hearProof(transcript: Transcript, text: string, acceptor: Acceptor): readonly [Accepting, HelloAnswer] {
  const { policy, secret } = acceptor;
  const { hello, challenge } = transcript;
  const decoded = decodeHelloProof(text);
  if (decoded.type === 'rejected') return refuse({ reason: decoded.reason });
  const key = secret.keys(hello.key).find((one) => isHelloProven(one, 'opener', transcript, decoded.value.proof));
  if (key === undefined) return refuse({ reason: "this is no proof of this cluster's secret" });
  // Meanwhile others may have come in, a later life of the same node among them.
  const refused = refusal(hello, policy);
  if (refused !== undefined) return refuse(refused);
  const { nodeId, incarnation } = challenge;
  const proof = proveHello(key, 'acceptor', transcript);
  return [
    { type: 'welcomed', hello },
    { type: 'welcome', nodeId, incarnation, proof },
  ];
}

/** Why a node is refused whose certificate names others. */
export function notInCertificate(nodeId: string): string {
  return `the certificate shown is not one of ${quote(nodeId)}: neither its common name nor a DNS name of it`;
}

function refuse(why: Refusal): readonly [Accepting, HelloAnswer] {
  return [
    { type: 'refused', ...why },
    { type: 'refused', ...why },
  ];
}
