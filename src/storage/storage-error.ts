import { errorCode } from '../protocol/model/error-code.ts';

/**
 * A data folder that cannot be used as it is: damaged, in use, of another node, or of another format. The message is
 * for the operator: it names the file and says what to do. It is no bug of the program, and nothing on disk was changed
 * before it.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/**
 * Advice for a disk that lost data. A replica that forgot a promise must not vote again under the same disk id. With an
 * empty folder the node joins under a new one, which has promised nothing.
 */
export const LOST_DISK =
  'The cluster goes on without this disk. Let the node join anew with an empty folder: --join ADDRESS --node ID (docs/operating/membership.md).';

/*
 * Advice for errors of the disk itself. No operation is retried: after a failed write the contents of the disk are
 * unknown. So the process ends, and the next one reads what is there.
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

/**
 * An error of the disk as a StorageError that names the folder and says what to do. Any other error is returned
 * unchanged.
 */
export function explainDisk(folder: string, error: unknown): unknown {
  const advice = ADVICE[errorCode(error) ?? ''];
  if (advice === undefined || !(error instanceof Error)) return error;
  return new StorageError(`${folder} cannot be written (${error.message}). ${advice}`, { cause: error });
}
