import { errorCode } from '../../protocol/model/error-code.ts';

/**
 * A node cannot be started as asked. The message says why, for the operator or the calling program; nothing is broken.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Throws a file's or the system's error as a `StartError` with the same message; other errors as they are. */
export function throwAsStartError(error: unknown): never {
  const isOfSystem = errorCode(error) !== undefined;
  throw isOfSystem && error instanceof Error ? new StartError(error.message, { cause: error }) : error;
}
