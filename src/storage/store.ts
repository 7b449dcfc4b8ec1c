import { existsSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../protocol/model/assert.ts';
import type { DiskOperation, Stored } from '../protocol/model/effects.ts';
import type { Snapshot } from '../protocol/model/machine.ts';
import { syncFolder, unfinished } from './files.ts';
import { createLog, type LogFile, openLog } from './log-file.ts';
import type { LoggedOperation } from './log-index.ts';
import type { ReplayedLog } from './log-replay.ts';
import { listSnapshots, readSnapshot, removeSnapshot, writeSnapshot } from './snapshot-file.ts';
import { explainDisk, LOST_DISK, StorageError } from './storage-error.ts';

/** What one replica has on disk: a log and, from the first one on, a snapshot. */
export interface Store {
  /** What the disk held when it was opened. */
  readonly stored: Stored;
  /**
   * Makes operations durable, in order. One call at a time (asserted). Rejects on any error of the disk, and then the
   * process must end: what an fsync that failed has left on disk, nobody knows, and trying again would hide it.
   */
  write(operations: readonly DiskOperation[]): Promise<void>;
  /** Makes a snapshot durable beside the log while writes go on, then removes the older one. Rejects like `write`. */
  save(snapshot: Snapshot): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** How snapshots are cut into slices. Only tests need others than the defaults. */
export interface StoreOptions {
  /** Lists and Maps with more items than this are written in slices of their own. */
  readonly itemsAtMost: number;
  /** Characters of JSON in a slice: about a millisecond of work. */
  readonly charactersAtMost: number;
}

const DEFAULT_OPTIONS: StoreOptions = { itemsAtMost: 256, charactersAtMost: 65_536 };

const LOG = 'log';

/** Makes an empty store in an existing folder, unless there is one. */
export async function formatStore(folder: string): Promise<void> {
  if (!isStore(folder)) await createLog(join(folder, LOG));
}

/** Whether a folder holds what `formatStore` made. */
export function isStore(folder: string): boolean {
  return existsSync(join(folder, LOG));
}

/**
 * Opens a replica's store. The node's folder must be open, that is locked, and its incarnation raised (node-folder.ts).
 * Rejects with a StorageError when the disk cannot be trusted; a torn last write is cut off, and a full copy that a crash
 * interrupted is finished or was never there.
 */
export async function openStore(folder: string, incarnation: number, options = DEFAULT_OPTIONS): Promise<Store> {
  await removeUnfinished(folder);
  // A name that was given just before a crash may be there and not yet durable.
  await syncFolder(folder);
  const indexes = await listSnapshots(folder);
  const newest = indexes.at(-1);
  const snapshot = newest === undefined ? undefined : await readSnapshot(folder, newest);
  const { log, replayed } = await openLog(join(folder, LOG));
  const entries = entriesBehind(snapshot, replayed, join(folder, LOG));
  if (entries.length < replayed.entries.length) await log.rewrite(log.last(0) + 1, snapshot?.base.index ?? 0);
  await removeOlder(folder, newest ?? 0);
  return store(folder, log, { incarnation, promised: replayed.index.promised, snapshot, entries }, options);
}

function store(folder: string, log: LogFile, stored: Stored, options: StoreOptions): Store {
  let writing = false;
  let failed = false;
  let covered = stored.snapshot?.base.index ?? 0;
  // Snapshots are written one after the other: an older one under way must not end up as the newer file.
  let snapshots: Promise<void> = Promise.resolve();

  function putSnapshot(snapshot: Snapshot): Promise<void> {
    snapshots = snapshots.then(async () => {
      const { index } = snapshot.base;
      if (index <= covered) return;
      await writeSnapshot(folder, snapshot, options);
      covered = index;
      await removeOlder(folder, index);
    });
    return snapshots;
  }

  async function carryOut(operation: Exclude<DiskOperation, LoggedOperation>): Promise<void> {
    if (operation.type === 'install') {
      assert(operation.snapshot.base.index >= covered, 'a full copy is not older than the snapshot it replaces');
      // The snapshot first. After a crash in between, the log is found to stop short of it or to contradict it, and goes.
      await putSnapshot(operation.snapshot);
      await log.rewrite(log.last(0) + 1, operation.snapshot.base.index);
      return;
    }
    assert(operation.through <= covered, 'the log is compacted only behind a durable snapshot');
    await log.rewrite(operation.through + 1, operation.through);
  }

  async function writeInOrder(operations: readonly DiskOperation[]): Promise<void> {
    let logged: LoggedOperation[] = [];
    for (const operation of operations) {
      if (operation.type === 'install' || operation.type === 'compact') {
        await log.append(logged);
        logged = [];
        await carryOut(operation);
      } else {
        logged.push(operation);
      }
    }
    await log.append(logged);
  }

  return {
    stored,
    async write(operations) {
      assert(!writing, 'a replica makes one write at a time');
      assert(!failed, 'nothing is written after a write that failed');
      writing = true;
      try {
        await writeInOrder(operations);
      } catch (error) {
        failed = true;
        throw explainDisk(folder, error);
      } finally {
        writing = false;
      }
    },
    save: (snapshot) =>
      putSnapshot(snapshot).catch((error: unknown) => {
        throw explainDisk(folder, error);
      }),
    async close() {
      assert(!writing, 'a store is closed when nothing is being written');
      await snapshots;
      await log.close();
    },
  };
}

/**
 * The entries that count, next to the snapshot. None do when the log does not reach the snapshot or contradicts it there:
 * that log was being replaced by a full copy, or by a snapshot of what had been applied ahead of the disk.
 */
function entriesBehind(
  snapshot: Snapshot | undefined,
  { entries, index }: ReplayedLog,
  file: string,
): ReplayedLog['entries'] {
  const [first] = entries;
  const base = snapshot?.base;
  if (index.dropped > (base?.index ?? 0)) {
    throw new StorageError(
      `${file} begins behind entry ${index.dropped}, and the snapshot beside it ends at ${base?.index ?? 0}: entries are missing. ` +
        LOST_DISK,
    );
  }
  if (first === undefined) return entries;
  if (first.index > (base?.index ?? 0) + 1) {
    throw new StorageError(
      `${file} begins at entry ${first.index}, and the snapshot beside it ends at ${base?.index ?? 0}: entries are missing. ` +
        LOST_DISK,
    );
  }
  if (base === undefined) return entries;
  if (first.index === base.index + 1) {
    if (first.previousHash === base.hash) return entries;
    throw new StorageError(`${file} does not continue the snapshot at entry ${base.index} beside it. ${LOST_DISK}`);
  }
  return entries[base.index - first.index]?.hash === base.hash ? entries : [];
}

/** What a crash left half written under names that nothing reads. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names) {
    if (name.endsWith(unfinished(''))) await unlink(join(folder, name));
  }
}

async function removeOlder(folder: string, than: number): Promise<void> {
  for (const index of await listSnapshots(folder)) {
    if (index < than) await removeSnapshot(folder, index);
  }
}
