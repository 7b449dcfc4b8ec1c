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

/*
 * What an operator is told when the disk itself refuses something. Nothing here is tried again: after a failed write nobody
 * knows what the disk has of it, so the process ends, and the next one finds out by reading.
 */

const KEPT = 'Nothing that was acknowledged is lost.';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: `The disk is full. ${KEPT} Make room and start the node again.`,
  EDQUOT: `The quota of this user is used up. ${KEPT} Make room and start the node again.`,
  EFBIG: `A file may not grow as large here (see ulimit -f). ${KEPT} Raise that limit and start the node again.`,
  EROFS: `The file system is read-only. ${KEPT} Make it writable, or find out why the system made it read-only: a disk that fails is one reason.`,
  EACCES: `This user may not write there. Give the folder to the user that runs the node, or start the node as its owner.`,
  EPERM: `This user may not write there. Give the folder to the user that runs the node, or start the node as its owner.`,
  EMFILE: `This process has too many files open (see ulimit -n). ${KEPT} Raise that limit and start the node again.`,
  EIO: `The disk reports an error. Look into the disk before the node is started again; where it must be replaced, let the node join anew with an empty folder (docs/operating/membership.md).`,
};

/** An error of the disk as a StorageError that names the folder and says what to do; any other error as it is. */
export function explainDisk(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const advice = ADVICE[error.code];
  if (advice === undefined) return error;
  return new StorageError(`${folder} cannot be written (${error.message}). ${advice}`, { cause: error });
}
