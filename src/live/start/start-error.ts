/**
 * A node cannot be started as asked. The message says why, for the operator or the calling program; nothing is broken.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Throws a file's or the system's error as a `StartError` with the same message; other errors as they are. */
export function throwAsStartError(error: unknown): never {
  const isOfSystem = error instanceof Error && 'code' in error && typeof error.code === 'string';
  throw isOfSystem ? new StartError(error.message, { cause: error }) : error;
}
