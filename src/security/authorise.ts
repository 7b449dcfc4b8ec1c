import { createNonces } from './nonces.ts';
import type { Secret } from './secret.ts';
import { isSigned, readSignature, signAnswer, SIGNATURE_HEADER, SIGNED_WITHIN } from './signed-call.ts';

/** Signed calls that one process accepts within `SIGNED_WITHIN`; more are refused. */
const CALLS_AT_MOST = 10_000;

/** A call of a signed path, as the server sees it. */
export interface OperatorCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it comes from this machine. */
  readonly isLocal: boolean;
  /** The caller's address as a host of `host:port`; undefined where it is unknown. */
  readonly from?: string | undefined;
}

/** The verdict on a call of a signed path: the reason of a refusal, or how to sign the answer. */
export type Authorised =
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'granted'; sign(answer: PlainAnswer): Readonly<Record<string, string>> };

/** Authorises each call of a signed path, once. */
export type Authorise = (call: OperatorCall) => Authorised;

/** An answer before it is signed. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Authorisation without a secret: any program on this machine, except a page in a browser. */
export function onlyLocal({ isLocal, headers }: OperatorCall): Authorised {
  if (!isLocal) return refused('this cluster has no secret, so it takes this call from its own machine only');
  // Any web page can make a browser on this machine call any port of it. Other programs send neither header.
  if (headers['origin'] !== undefined || headers['sec-fetch-site'] !== undefined)
    return refused('this call is not taken from a browser');
  return { type: 'granted', sign: () => ({}) };
}

/**
 * Authorisation with a secret: the signature must be made for this node, this path and body, within `SIGNED_WITHIN`,
 * and be new.
 */
export function withSecret(secret: Secret, nodeId: string, wallClock: () => number): Authorise {
  const nonces = createNonces(CALLS_AT_MOST);
  const startedAt = wallClock();
  return (call) => {
    const header = call.headers[SIGNATURE_HEADER];
    if (header === undefined) return refused(`this call needs a proof of the cluster's secret (${SIGNATURE_HEADER})`);
    const signature = readSignature(header);
    if (signature === undefined) return refused(`${SIGNATURE_HEADER} is not a signature`);
    const { to, millis, nonce } = signature;
    if (!isSigned(secret, call, signature))
      return refused("the signature is not one of this call by the cluster's secret");
    // The caller has proven the secret, so the reason may tell it more.
    if (to !== nodeId) return refused(`the signature is for ${to}, and this is ${nodeId}`);
    const now = wallClock();
    if (Math.abs(now - millis) > SIGNED_WITHIN)
      return refused(`the signature is ${Math.abs(now - millis)} ms off this clock, and may be ${SIGNED_WITHIN}`);
    // Nonces used before this process was started are not remembered.
    if (millis < startedAt) return refused('the signature is older than this process');
    const use = nonces.use(nonce, millis + SIGNED_WITHIN, now);
    if (use === 'used') return refused('the signature has been used');
    if (use === 'full') return refused(`more than ${CALLS_AT_MOST} signed calls within ${SIGNED_WITHIN} ms`);
    return { type: 'granted', sign: (answer) => ({ [SIGNATURE_HEADER]: signAnswer(secret, nonce, answer) }) };
  };
}

function refused(reason: string): Authorised {
  return { type: 'refused', reason };
}
