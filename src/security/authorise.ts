import { createNonces } from './nonces.ts';
import type { Secret } from './secret.ts';
import { isSigned, readSignature, signAnswer, SIGNATURE_HEADER, SIGNED_WITHIN } from './signed-call.ts';

/** Signed calls that one process takes within the time they count; more are refused. */
const CALLS_AT_MOST = 10_000;

/** Who calls a signed path, as far as the server can tell. */
export interface OperatorCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it comes from this machine. */
  readonly isLocal: boolean;
  /** The caller's address, as a host stands before a port; undefined where there is none to see. */
  readonly from?: string | undefined;
}

/** Why the call of a signed path is refused, or what proves to the caller that the answer is this process's own. */
export type Authorised =
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'granted'; sign(answer: PlainAnswer): Readonly<Record<string, string>> };

/** Judges each call of a signed path, once. */
export type Authorise = (call: OperatorCall) => Authorised;

/** An answer as it goes out. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where there is no secret: whoever is on this machine, but no page that a browser shows there. */
export function onlyLocal({ isLocal, headers }: OperatorCall): Authorised {
  if (!isLocal) return refused('this cluster has no secret, so it takes this call from its own machine only');
  // A page of anybody's makes a browser on this machine call any port of it. What is no browser sends neither of these.
  if (headers['origin'] !== undefined || headers['sec-fetch-site'] !== undefined)
    return refused('this call is not taken from a browser');
  return { type: 'granted', sign: () => ({}) };
}

/** Where there is one: whoever proves the secret with a call made for this node, this path and body, now and once. */
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
    // From here on the caller is known to be one of ours, and may be told why.
    if (to !== nodeId) return refused(`the signature is for ${to}, and this is ${nodeId}`);
    const now = wallClock();
    if (Math.abs(now - millis) > SIGNED_WITHIN)
      return refused(`the signature is ${Math.abs(now - millis)} ms off this clock, and may be ${SIGNED_WITHIN}`);
    // What was used before this process was started is not remembered.
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
