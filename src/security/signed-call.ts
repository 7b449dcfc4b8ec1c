import { createHash } from 'node:crypto';
import { isProven, type Key, KEY_ROLES, type KeyRole } from './secret.ts';

/** The header with the proof of the secret, in a call and in its answer. */
export const SIGNATURE_HEADER = 'understudy-signature';

/** Greatest difference between the caller's clock and this one, in milliseconds. */
export const SIGNED_WITHIN = 30_000;

/** What a signature covers: it is valid for this call alone. */
export interface SignedCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

/** The process that is called: no other one, and none before or after it on the same disk, takes the call. */
export interface Audience {
  readonly nodeId: string;
  readonly clusterId: string;
  /** The number of the start of the process on its disk. */
  readonly incarnation: number;
}

export interface Signature {
  /** The role whose key made the proof. */
  readonly role: KeyRole;
  /** The node that is called. */
  readonly to: string;
  readonly incarnation: number;
  readonly millis: number;
  /** 32 hexadecimal digits, used once. */
  readonly nonce: string;
  readonly proof: string;
}

/** The time and number of a call. */
export interface Stamp {
  readonly millis: number;
  readonly nonce: string;
}

/** The header of a call: `v2 operator s2 7 1790000000000 6f1c… a04b…`. */
export function signCall(key: Key, role: KeyRole, call: SignedCall, to: Audience, { millis, nonce }: Stamp): string {
  const { nodeId, incarnation } = to;
  return `v2 ${role} ${nodeId} ${incarnation} ${millis} ${nonce} ${key.prove(CALL, callParts(call, to, { millis, nonce }))}`;
}

/** Parses the header; undefined when it is no signature. */
export function readSignature(header: string): Signature | undefined {
  const found = /^v2 (server|frontend|operator) (\S{1,64}) (\d{1,16}) (\d{1,15}) ([0-9a-f]{32}) ([0-9a-f]{64})$/.exec(
    header,
  );
  if (found === null) return undefined;
  const [, named, to = '', incarnation = '', millis = '', nonce = '', proof = ''] = found;
  const role = KEY_ROLES.find((one) => one === named);
  if (role === undefined) return undefined;
  return { role, to, incarnation: Number(incarnation), millis: Number(millis), nonce, proof };
}

/** Whether `key` made the signature, for that process of the cluster `clusterId`. */
export function isSigned(key: Key, call: SignedCall, clusterId: string, signature: Signature): boolean {
  const { to, incarnation, proof } = signature;
  return isProven(key, CALL, callParts(call, { nodeId: to, clusterId, incarnation }, signature), proof);
}

/**
 * The header of the answer to the call with `nonce`: `v2 a04b…`. It proves that the answering process knows the key.
 */
export function signAnswer(
  key: Key,
  nonce: string,
  answer: { readonly status: number; readonly body: string },
): string {
  return `v2 ${key.prove(ANSWER, [nonce, answer.status, digest(answer.body)])}`;
}

export function isSignedAnswer(
  key: Key,
  nonce: string,
  answer: { readonly status: number; readonly body: string },
  header: string,
): boolean {
  if (!header.startsWith('v2 ')) return false;
  return isProven(key, ANSWER, [nonce, answer.status, digest(answer.body)], header.slice(3));
}

const CALL = 'understudy call 2';
const ANSWER = 'understudy answer 2';

function callParts(
  { method, path, body }: SignedCall,
  { nodeId, clusterId, incarnation }: Audience,
  { millis, nonce }: Stamp,
): (string | number)[] {
  return [nodeId, clusterId, incarnation, method, path, digest(body), millis, nonce];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
