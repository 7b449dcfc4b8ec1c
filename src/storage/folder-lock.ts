import { existsSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { platform } from 'node:os';
import { join, relative } from 'node:path';
import { closeFile, openFile } from './files.ts';
import { explainDisk, StorageError } from './storage-error.ts';

/** A data folder that this process alone may use, until it releases it or dies, however it dies. */
export interface FolderLock {
  release(): Promise<void>;
}

const NAME = /^lock\.(\d+)\.[0-9a-z]+$/;

/** Longest name of a socket that every system takes (macOS: 104 bytes with the zero behind it). */
const SOCKET_PATH_BYTES_AT_MOST = 103;

/**
 * Locks a folder, or rejects with a StorageError that names the process which has it.
 *
 * A lock is a Unix socket in the folder that its owner listens on. The kernel stops listening when the owner dies, by
 * kill -9 too, so there is no stale lock to guess about: no process id that another process has by now, none that
 * means nothing in this container. A stopped process still listens, and still holds its lock.
 *
 * Two starters cannot both win. Each first listens on a socket of its own, under a name nobody else ever uses, and only then
 * tries every other one in the folder. Of two, the later to listen finds the earlier one listening and gives up (both
 * may give up; nobody waits). A socket that nobody listens on is removed; should that hit a starter that had its name
 * but did not listen yet, then whoever removed it was listening before that starter looked around, so that one finds it
 * alive, or finds its own name gone, and gives up.
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

/** The process id in the name of another socket in the folder that somebody listens on. */
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
    // A lock keeps nobody alive.
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
      // Only a refusal or a name that is gone says that nobody listens; a full backlog, say, does not.
      connection.once('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
      );
    });
  });
}

/** Socket names are short. A long folder is reached from the working directory, or on Linux by an open handle. */
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

/** The name goes first: closing the server removes only a name that still leads to it, and a long one may not. */
async function stop(server: Server, path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
