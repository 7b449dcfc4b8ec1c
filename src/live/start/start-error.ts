/**
 * A node cannot be started as asked. The message says why, for the operator or the calling program; nothing is broken.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}
