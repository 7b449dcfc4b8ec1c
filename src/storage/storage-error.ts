/**
 * A data folder that cannot be used as it is: damaged, in use, somebody else's, or of another format. The message is for
 * the operator: it names the file and says what to do. Not a bug of ours, and nothing is changed on disk before it.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/**
 * What to do about a disk that lost something. A replica that forgot a promise must not vote again as the one that made
 * it; with an empty folder the node joins as one with another disk, which has promised nothing.
 */
export const LOST_DISK =
  'The cluster goes on without this disk. Let the node join anew with an empty folder: --join ADDRESS --node ID (docs/operating/membership.md).';
