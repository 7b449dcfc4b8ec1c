import { spawnSync } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { formatNodeFolder, openNodeFolder } from '../../src/storage/node-folder.ts';
import { nodeRecord } from '../support/storage/node-record.ts';
import { newFolder } from '../support/storage/stores.ts';

/** Whether this machine lets a test have a disk of its own: Linux, and the right to mount in a namespace. */
const canMount = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

/** Whether a test may be another user, and that user may read this folder. */
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const canBeNobody =
  spawnSync('setpriv', [...AS_NOBODY.slice(1), 'test', '-r', fileURLToPath(import.meta.url)]).status === 0;

const FILL = fileURLToPath(new URL('../support/storage/fill-disk.ts', import.meta.url));
const HOLD = fileURLToPath(new URL('../support/storage/hold-folder.ts', import.meta.url));
const NODE = `"${process.execPath}" --import tsx`;

/** What fill-disk.ts prints. */
const outcome = z.object({
  last: z.number(),
  error: z.string(),
  whileFull: z.string().optional(),
  afterwards: z.number().optional(),
});

/** What a shell command prints; `$1` and so on are the further arguments. */
function shell(command: string, args: readonly string[], wrapper: readonly string[] = []): string {
  const [program = 'sh', ...rest] = [...wrapper, 'sh', '-c', command, 'sh', ...args];
  const { stdout, stderr, status } = spawnSync(program, rest, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trim();
}

describe.skipIf(!canMount)('a disk that is full', () => {
  test.each(['write', 'save'])('ends the process at its %s, which says so, and loses nothing', async (what) => {
    const parent = await newFolder();
    const command = `mount -t tmpfs -o size=700k none "$1" && exec ${NODE} "$2" "$1/s1" ${what} 300000`;
    const said = shell(command, [parent, FILL], ['unshare', '-m']);
    const { last, error, whileFull, afterwards } = outcome.parse(JSON.parse(said));
    const isFull = /cannot be written \(ENOSPC: no space left on device, \w+.*\)\. The disk is full\. Nothing/;
    expect(error).toMatch(isFull);
    expect(whileFull).toMatch(isFull);
    expect(last).toBeGreaterThan(40);
    // With a snapshot that came to nothing, the entries it was of are there.
    expect([last, last + 40]).toContain(afterwards);
  });
});

describe.skipIf(!canMount)('a read-only folder', () => {
  test('is not opened, and the message says why', async () => {
    const folder = join(await newFolder(), 's1');
    await formatNodeFolder(folder, nodeRecord());
    const command = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec ${NODE} "$2" "$1"`;
    const said = shell(command, [folder, HOLD], ['unshare', '-m']);
    expect(said).toMatch(/^refused: .*s1 cannot be written \(.*EROFS.*\)\. The file system is read-only\./);
    const opened = await openNodeFolder(folder);
    expect(opened.incarnation).toBe(1);
    await opened.close();
  });

  test('is not formatted either', async () => {
    const folder = await newFolder();
    const command = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec ${NODE} "$2" "$1"`;
    const said = shell(command, [folder, HOLD], ['unshare', '-m']);
    expect(said).toMatch(/^refused: .* cannot be written \(.*EROFS.*\)\. The file system is read-only\./);
  });
});

describe.skipIf(!canBeNobody)('a folder of another user', () => {
  test('is not opened, and the message says why', async () => {
    const parent = await newFolder();
    await chmod(parent, 0o755);
    const folder = join(parent, 's1');
    await formatNodeFolder(folder, nodeRecord());
    const said = shell(`exec ${NODE} "$1" "$2"`, [HOLD, folder], AS_NOBODY);
    expect(said).toMatch(/^refused: .*s1 cannot be written \(.*EACCES.*\)\. This user may not write there\./);
  });
});

test('a file that may not grow ends the process, which says so, and loses nothing', async () => {
  const folder = join(await newFolder(), 's1');
  await mkdir(join(folder, '..'), { recursive: true });
  // In blocks of 512 bytes.
  const said = shell(`ulimit -f 100; exec ${NODE} "$1" "$2" write`, [FILL, folder]);
  const { last, error } = outcome.parse(JSON.parse(said));
  expect(error).toMatch(/cannot be written \(EFBIG: .*\)\. A file may not grow as large here/);
  expect(last).toBeGreaterThan(40);
  const opened = await openNodeFolder(folder);
  const store = await opened.openStore('events');
  expect(store.stored.entries.at(-1)?.index).toBe(last);
  await store.close();
  await opened.close();
});
