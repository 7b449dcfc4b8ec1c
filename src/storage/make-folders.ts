import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../protocol/model/error-code.ts';

/**
 * Creates a folder, and those above it that are missing; one that is there already stays. Rejects with the error of the
 * system. `mkdir` with `recursive` would not: below /proc, which says of every new folder that there is none above it,
 * Node.js tries for ever.
 */
export async function makeFolders(folder: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    const code = errorCode(error);
    const above = dirname(folder);
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(above)) throw error;
    await makeFolders(above, mode);
    await mkdir(folder, { mode });
  }
}
