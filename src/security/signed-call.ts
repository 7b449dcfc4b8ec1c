import { createHash } from 'node:crypto';
import { isProven, type Secret } from './secret.ts';

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

export interface Signature {
  /** The node that is called. */
  readonly to: string;
  readonly millis: number;
  /** 32 hexadecimal digits, used once. */
  readonly nonce: string;
  readonly proof: string;
}

/** The header of a call: `v1 s2 1790000000000 6f1c… a04b…`. */
export function signCall(secret: Secret, call: SignedCall, { to, millis, nonce }: Omit<Signature, 'proof'>): string {
  return `v1 ${to} ${millis} ${nonce} ${secret.prove(CALL, callParts(call, to, millis, nonce))}`;
}

/** Parses the header; undefined when it is no signature. */
export function readSignature(header: string): Signature | undefined {
  const found = /^v1 (\S{1,64}) (\d{1,15}) ([0-9a-f]{32}) ([0-9a-f]{64})$/.exec(header);
  if (found === null) return undefined;
  const [, to = '', millis = '', nonce = '', proof = ''] = found;
  return { to, millis: Number(millis), nonce, proof };
}

export function isSigned(secret: Secret, call: SignedCall, { to, millis, nonce, proof }: Signature): boolean {
  return isProven(secret, CALL, callParts(call, to, millis, nonce), proof);
}

/**
 * The header of the answer to the call with `nonce`: `v1 a04b…`. It proves that the answering process knows the secret.
 */
export function signAnswer(
  secret: Secret,
  nonce: string,
  answer: { readonly status: number; readonly body: string },
): string {
  return `v1 ${secret.prove(ANSWER, [nonce, answer.status, digest(answer.body)])}`;
}

export function isSignedAnswer(
  secret: Secret,
  nonce: string,
  answer: { readonly status: number; readonly body: string },
  header: string,
): boolean {
  if (!header.startsWith('v1 ')) return false;
  return isProven(secret, ANSWER, [nonce, answer.status, digest(answer.body)], header.slice(3));
}

const CALL = 'understudy call 1';
const ANSWER = 'understudy answer 1';

function callParts({ method, path, body }: SignedCall, to: string, millis: number, nonce: string): (string | number)[] {
  return [to, method, path, digest(body), millis, nonce];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
