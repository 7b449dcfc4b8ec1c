import { existsSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { platform } from 'node:os';
import { join, relative } from 'node:path';
import { closeFile, openFile } from './files.ts';
import { explainDisk, StorageError } from './storage-error.ts';

/** An exclusive lock on a data folder. It ends with `release()` or with the process, however that dies. */
export interface FolderLock {
  release(): Promise<void>;
}

const NAME = /^lock\.(\d+)\.[0-9a-z]+$/;

/** Longest socket path that every system takes (macOS: 104 bytes with the terminating zero). */
const SOCKET_PATH_BYTES_AT_MOST = 103;

/**
 * Locks a folder, or rejects with a StorageError that names the owner's process.
 *
 * The lock is a Unix socket in the folder that its owner listens on. The kernel stops listening when the owner dies, by
 * kill -9 too. So no lock is stale, and no process id is compared that may have been reused or belong to another
 * container. A stopped process still listens and keeps its lock.
 *
 * Two starters cannot both win:
 *
 * - Each first listens on a socket under a unique name, and only then tries all others in the folder.
 * - Of two, the later to listen finds the earlier one listening and gives up. Both may give up; neither waits.
 * - A socket without a listener is removed. It may belong to a starter that has bound its name and does not listen yet.
 *   Then the remover listened before that starter looked around: the starter finds the remover alive, or its own name
 *   gone, and gives up.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const own = `lock.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const server = await listenIn(folder, own);
  const owner = await ownerBeside(folder, own);
  if (owner === undefined && existsSync(join(folder, own))) return { release: () => stop(server, join(folder, own)) };
  await stop(server, join(folder, own));
  throw new StorageError(
    owner === undefined
      ? `${folder}: another process is starting in this data folder.`
      : `${folder} is in use by process ${owner}: no two processes can open one data folder. Stop that one first.`,
  );
}

/** The id of the process that has the folder open; undefined for none. It changes nothing. */
export async function ownerOf(folder: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    const [, owner] = NAME.exec(name) ?? [];
    if (owner !== undefined && (await isListenedOn(folder, name))) return owner;
  }
  return undefined;
}

/** The process id in the name of another socket in the folder that has a listener. */
async function ownerBeside(folder: string, own: string): Promise<string | undefined> {
  for (const name of await readdir(folder)) {
    const [, owner] = NAME.exec(name) ?? [];
    if (owner === undefined || name === own) continue;
    if (await isListenedOn(folder, name)) return owner;
    await unlink(join(folder, name)).catch(ignoreMissing);
  }
  return undefined;
}

async function listenIn(folder: string, name: string): Promise<Server> {
  return withSocketPath(folder, name, (path) => {
    const server = createServer((connection) => connection.destroy());
    // The lock alone does not keep the process running.
    server.unref();
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const explained = explainDisk(folder, error);
        const message = `${folder} cannot be locked (${error.code}): it must be on a disk that holds Unix sockets.`;
        reject(explained instanceof StorageError ? explained : new StorageError(message));
      });
      server.listen(path, () => resolve(server));
    });
  });
}

async function isListenedOn(folder: string, name: string): Promise<boolean> {
  return withSocketPath(folder, name, (path) => {
    return new Promise((resolve) => {
      const connection = createConnection(path, () => {
        connection.destroy();
        resolve(true);
      });
      // Only a refusal or a missing name proves that there is no listener; a full backlog, for one, does not.
      connection.once('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
      );
    });
  });
}

/** Socket paths are short. A long folder is reached from the working directory, or on Linux by an open handle. */
async function withSocketPath<Result>(
  folder: string,
  name: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const short = [join(folder, name), relative(process.cwd(), join(folder, name))].find(
    (path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_AT_MOST,
  );
  if (short !== undefined) return use(short);
  if (platform() !== 'linux') {
    throw new StorageError(`${folder}: the path is too long for a lock in it. Start from a folder nearer to it.`);
  }
  const handle = await openFile(folder, 'r');
  try {
    return await use(`/proc/self/fd/${handle}/${name}`);
  } finally {
    await closeFile(handle);
  }
}

/**
 * Removes the name, then closes: closing removes only a name that still leads to the server, and a long one may not.
 */
async function stop(server: Server, path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
