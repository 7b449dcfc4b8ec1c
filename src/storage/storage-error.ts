/**
 * A data folder that cannot be used as it is: damaged, in use, somebody else's, or of another format. The message is for
 * the operator: it names the file and says what to do. Not a bug of ours, and nothing is changed on disk before it.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}
