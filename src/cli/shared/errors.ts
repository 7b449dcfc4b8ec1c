/** An error that the user can mend: printed as its message alone, without a stack. The command exits 1. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** A wrong command line, or a file that is not as it should be: printed the same way. The command exits 2. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';
}
