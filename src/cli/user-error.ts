/** What whoever typed the command can mend: printed as its message alone, without a stack, and the command exits 1. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
