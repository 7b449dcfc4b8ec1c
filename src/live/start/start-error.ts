/** A node cannot be started as asked for. The message says why, and is for whoever starts it; nothing is broken. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
