import { createNonces } from './nonces.ts';
import type { Key, KeyRole, Secret } from './secret.ts';
import {
  type Audience,
  isSigned,
  readSignature,
  signAnswer,
  type Signature,
  SIGNATURE_HEADER,
  SIGNED_WITHIN,
} from './signed-call.ts';

/** Signed calls that one process accepts within `SIGNED_WITHIN`; more are refused. */
const CALLS_AT_MOST = 10_000;

/** A call of a signed path, as the server sees it. */
export interface OperatorCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's address as a host of `host:port`; undefined where it is unknown. */
  readonly from?: string | undefined;
}

/** The verdict on a call of a signed path: the reason of a refusal, or who called and how to sign the answer. */
export type Authorised =
  | { readonly type: 'refused'; readonly reason: string }
  | {
      readonly type: 'granted';
      /** The role whose key signed the call. */
      readonly by: KeyRole;
      sign(answer: PlainAnswer): Readonly<Record<string, string>>;
    };

/** Authorises each call of a signed path, once, for the roles that may make it. Default: operators. */
export type Authorise = (call: OperatorCall, roles?: readonly KeyRole[]) => Authorised;

/** An answer before it is signed. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Authorisation by a secret: the signature must be made for this process, this path and body, within `SIGNED_WITHIN`,
 * by the key of a role that may make the call, and be new.
 */
export function withSecret(secret: Secret, self: Audience, wallClock: () => number): Authorise {
  const nonces = createNonces(CALLS_AT_MOST);
  return (call, roles = ['operator']) => {
    const header = call.headers[SIGNATURE_HEADER];
    if (header === undefined) return refused(`this call needs a proof of the cluster's secret (${SIGNATURE_HEADER})`);
    const signature = readSignature(header);
    if (signature === undefined) return refused(`${SIGNATURE_HEADER} is not a signature`);
    const key = signerOf(secret, call, self, signature);
    if (key === undefined) return refused("the signature is not one of this call by the cluster's secret");
    // The caller has proven a key, so the reason may tell it more.
    const { role, to, incarnation, millis, nonce } = signature;
    if (!roles.includes(role)) return refused(`the key of a ${role} may not make this call`);
    if (to !== self.nodeId) return refused(`the signature is for ${to}, and this is ${self.nodeId}`);
    if (incarnation !== self.incarnation) return refused('the signature is for another start of this process');
    const now = wallClock();
    if (Math.abs(now - millis) > SIGNED_WITHIN)
      return refused(`the signature is ${Math.abs(now - millis)} ms off this clock, and may be ${SIGNED_WITHIN}`);
    const use = nonces.use(nonce, millis + SIGNED_WITHIN, now);
    if (use === 'used') return refused('the signature has been used');
    if (use === 'full') return refused(`more than ${CALLS_AT_MOST} signed calls within ${SIGNED_WITHIN} ms`);
    return {
      type: 'granted',
      by: role,
      sign: (answer) => ({ [SIGNATURE_HEADER]: signAnswer(key, nonce, answer) }),
    };
  };
}

/** The accepted key that made the signature. */
function signerOf(secret: Secret, call: OperatorCall, self: Audience, signature: Signature): Key | undefined {
  return secret.keys(signature.role).find((key) => isSigned(key, call, self.clusterId, signature));
}

function refused(reason: string): Authorised {
  return { type: 'refused', reason };
}
