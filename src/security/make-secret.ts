import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

/** Makes a secret in `file`, which its owner alone may read; one that is there stays. */
export async function makeSecret(file: string): Promise<void> {
  if (existsSync(file)) return;
  await writeFile(`${file}.tmp`, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.tmp`, file);
}
