import { existsSync } from 'node:fs';
import { secretIn, startsBySecret } from '../../live/start/own-secret.ts';
import type { Secret } from '../../security/secret.ts';
import { secretBeside } from '../cluster/cluster-file.ts';
import { type CredentialFlags, isSecretGiven, secretFrom } from '../shared/credentials.ts';
import { UsageError } from '../shared/errors.ts';

/** How the secret of a node is given, for messages. */
export const SECRET_OPTION = '--secret-file FILE';

interface NodePlace extends CredentialFlags {
  readonly cluster?: string;
  readonly data?: string;
}

/** `flags` with the file that founding, or `up`, has made; as they are where the secret is given, or no such file is there. */
export function withOwnSecret<Flags extends NodePlace>(flags: Flags): Flags {
  if (isSecretGiven(flags)) return flags;
  const { cluster, data } = flags;
  const file = cluster === undefined ? (data === undefined ? undefined : secretIn(data)) : secretBeside(cluster);
  return file !== undefined && existsSync(file) ? { ...flags, secretFile: file } : flags;
}

/** The secret of the node of a folder or cluster file (`where`). Rejects with a `UsageError` where there is none. */
export async function secretOfNode(nodeId: string, where: string, flags: NodePlace): Promise<Secret> {
  const secret = await secretFrom(withOwnSecret(flags));
  if (secret === undefined) throw new UsageError(startsBySecret(nodeId, where, SECRET_OPTION));
  return secret;
}
