import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UsageError } from '../shared/errors.ts';

/** The record of one run of a node, with its files in order. */
export interface LifeFolder {
  readonly node: string;
  readonly life: number;
  readonly folder: string;
  readonly files: readonly string[];
}

/**
 * All runs recorded below a folder: of all nodes, of one node, or a single one. Throws a `UsageError` where there is
 * none.
 */
export async function livesIn(root: string): Promise<readonly LifeFolder[]> {
  if (!(await isFolder(root))) throw new UsageError(`there is no folder ${root}`);
  const found: LifeFolder[] = [];
  await search(root, 3, found);
  if (found.length === 0) throw new UsageError(`${root} holds no record of a process`);
  return found.sort((a, b) => (a.node === b.node ? a.life - b.life : a.node < b.node ? -1 : 1));
}

/**
 * The lines of a record, file by file. An incomplete last line is left out: a killed process may have written half of
 * it.
 */
export async function* linesOf({ files }: LifeFolder): AsyncGenerator<string> {
  let rest = '';
  for (const file of files) {
    const bytes = await readFile(file);
    const text = file.endsWith('.gz') ? (await promisify(gunzip)(bytes)).toString() : bytes.toString();
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function search(folder: string, depth: number, found: LifeFolder[]): Promise<void> {
  const names = await readdir(folder);
  const files = names.filter((name) => /^\d{5}\.jsonl(\.gz)?$/.test(name)).sort();
  // A process killed during a compression leaves both forms of a file; the plain one is whole.
  const whole = files.filter((name) => !(name.endsWith('.gz') && files.includes(name.slice(0, -'.gz'.length))));
  const [, node, life] = /([^/\\]+)[/\\]life-(\d+)$/.exec(folder) ?? [];
  if (whole.length > 0) {
    found.push({
      node: node ?? folder,
      life: Number(life ?? 1),
      folder,
      files: whole.map((name) => join(folder, name)),
    });
    return;
  }
  if (depth === 0) return;
  for (const name of names.sort()) {
    const path = join(folder, name);
    if (await isFolder(path)) await search(path, depth - 1, found);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
