import type { NodeId } from '../../protocol/model/epoch.ts';
import { isProven, type Key } from '../../security/secret.ts';
import type { Build } from './build.ts';
import type { Hello } from './hello.ts';

/** What a proof of the secret covers: all that both sides have said, so that no proof fits another handshake. */
export interface Transcript {
  readonly hello: Hello;
  readonly challenge: { readonly nodeId: NodeId; readonly incarnation: number; readonly nonce: string } & Build;
}

/** Each side proves a text of its own, so that neither can send back what it received. */
export type Side = 'opener' | 'acceptor';

export function proveHello(key: Key, side: Side, transcript: Transcript): string {
  return key.prove(purposeOf(side), partsOf(transcript));
}

export function isHelloProven(key: Key, side: Side, transcript: Transcript, proof: string): boolean {
  return isProven(key, purposeOf(side), partsOf(transcript), proof);
}

function purposeOf(side: Side): string {
  return `understudy hello 3 ${side}`;
}

function partsOf({ hello, challenge }: Transcript): (string | number)[] {
  const { clusterId, historyId, nodeId, diskId, generation, incarnation, address, key, to, nonce } = hello;
  return [
    ...buildParts(hello),
    clusterId,
    historyId,
    nodeId,
    diskId,
    generation,
    incarnation,
    address,
    key,
    to,
    nonce,
    challenge.nodeId,
    challenge.incarnation,
    challenge.nonce,
    ...buildParts(challenge),
  ];
}

/** Covered, so that none between the two can have them speak an older version than they could. */
function buildParts({ understudy, oldest, build }: Build): (string | number)[] {
  return [understudy, oldest, build];
}
