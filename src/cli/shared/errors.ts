/** What whoever typed the command can mend: printed as its message alone, without a stack, and the command exits 1. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** The command was wrong, or a file it names is not what it should be: the same, and the command exits 2. */
export class UsageError extends UserError {
  override readonly name = 'UsageError';
}
