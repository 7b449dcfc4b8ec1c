import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MAKE_A_SECRET } from '../../security/secret.ts';
import { SECRET_FILE } from '../../storage/node-folder.ts';

/** The file of the secret in the folder of a node: that of a founder has one. Undefined where there is none. */
export function secretIn(folder: string): string | undefined {
  const file = join(folder, SECRET_FILE);
  return existsSync(file) ? file : undefined;
}

/** Why a node does not join without a secret; `option` is what names the file. */
export function joinsBySecret(option: string): string {
  return `a node that joins needs the secret of its cluster: ${option}; a founder that was given none has made it in its data folder, DATA/${SECRET_FILE}`;
}

/** Why the node of a folder does not start without a secret. */
export function startsBySecret(nodeId: string, folder: string, option: string): string {
  return `${nodeId} in ${folder} needs the secret of its cluster: ${option}. Where the cluster has none, ${MAKE_A_SECRET} and start every node with it`;
}
