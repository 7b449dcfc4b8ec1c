/** Errors that a network and restarting processes cause all the time. */
const ORDINARY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * Whether waiting may mend the error of a dialled link. A peer that does not trust this node's certificate hangs up:
 * over TLS, that counts as ordinary only where the link has been open.
 */
export function isOrdinary(code: string | undefined, isTls: boolean, wasOpen: boolean): boolean {
  return ORDINARY.has(code ?? '') && (code !== 'ECONNRESET' || !isTls || wasOpen);
}
