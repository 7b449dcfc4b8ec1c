/**
 * A data folder that cannot be used as it is: damaged, in use, somebody else's, or of another format. The message is for
 * the operator: it names the file and says what to do. Not a bug of ours, and nothing is changed on disk before it.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/**
 * What to do about a disk that lost something. A replica that forgot a promise must not vote again as the one that made
 * it, and replacing a voter's disk is not built yet.
 */
export const LOST_DISK =
  'Do not start it empty: it would vote against its own promises. The cluster goes on without this node; replacing its disk is not possible in this version.';
