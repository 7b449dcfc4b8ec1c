import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../protocol/model/error-code.ts';
import { UserError } from '../shared/errors.ts';

const PAGE = 'index.html';

/**
 * Copies the page into a folder: a new one, an empty one, or one that has an earlier copy, which is replaced. Rejects with
 * a `UserError` where the folder has files and no such copy, or cannot be written.
 */
export async function writeSite(site: string, folder: string): Promise<void> {
  const isFree = (await namesIn(folder)).length === 0 || (await isPage(site, folder));
  if (!isFree) throw new UserError(`${folder} is not empty and holds no playground: choose another --out`);
  await cp(site, folder, { recursive: true }).catch((error: unknown) => {
    throw new UserError(`${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** The names in a folder; none where there is no such folder yet. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && folder !== '') return [];
    if (errorCode(error) === 'ENOTDIR') throw new UserError(`${folder} is no folder: choose another --out`);
    throw new UserError(`--out ${JSON.stringify(folder)} cannot be used: ${errorCode(error) ?? String(error)}`);
  }
}

/** Whether the page of `folder` is one of these: it has the same title. */
async function isPage(site: string, folder: string): Promise<boolean> {
  const asked = await titleIn(folder).catch(() => undefined);
  return asked !== undefined && asked === (await titleIn(site));
}

async function titleIn(folder: string): Promise<string | undefined> {
  return /<title>[^<]*<\/title>/.exec(await readFile(join(folder, PAGE), 'utf8'))?.[0];
}
