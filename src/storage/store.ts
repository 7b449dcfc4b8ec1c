import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../protocol/model/assert.ts';
import type { DiskOperation, Stored } from '../protocol/model/effects.ts';
import type { Snapshot } from '../protocol/model/machine.ts';
import { removeFile, syncFolder, unfinished } from './files.ts';
import { createLog, type LogFile, openLog } from './log-file.ts';
import type { LoggedOperation } from './log-index.ts';
import type { ReplayedLog } from './log-replay.ts';
import { CHAIN_RULES } from '../protocol/model/snapshot-chain.ts';
import { type ChainOptions, createChain, dropOthers, openChain, type SnapshotChain } from './snapshot-chain.ts';
import { explainDisk, LOST_DISK, StorageError } from './storage-error.ts';

/** The disk of one replica: a log and, from the first one on, a snapshot. */
export interface Store {
  /** The contents of the disk when it was opened. */
  readonly stored: Stored;
  /**
   * Makes operations durable, in order. One call at a time (asserted). Rejects on any error of the disk, and then the
   * process must end: after a failed fsync the contents are unknown, and a retry would hide that.
   */
  write(operations: readonly DiskOperation[]): Promise<void>;
  /**
   * Makes a snapshot durable beside the log while writes go on: whole, or as the changes since the last one. Rejects as
   * `write` does, also for a base that was written in the background.
   */
  save(snapshot: Snapshot): Promise<void>;
  /** Bytes of the newest durable snapshot, about, were it written whole; 0 before the first one. */
  snapshotSize(): number;
  /** Waits for writes under way, and closes the files. */
  close(): Promise<void>;
}

/** How snapshots are written. Only tests change the defaults. */
export type StoreOptions = Partial<ChainOptions>;

/** Slices are about a millisecond of work. */
const DEFAULT_OPTIONS: ChainOptions = {
  itemsAtMost: 256,
  charactersAtMost: 65_536,
  valuesAtMost: 256,
  ...CHAIN_RULES,
};

/** The name of its log in a store's folder. */
export const LOG = 'log';

/** Creates an empty store in an existing folder, unless there is one. */
export async function formatStore(folder: string): Promise<void> {
  if (!isStore(folder)) await createLog(join(folder, LOG));
}

/** Whether a folder has a store. */
export function isStore(folder: string): boolean {
  return existsSync(join(folder, LOG));
}

/**
 * Opens a replica's store. The node's folder must be open, that is locked, and its incarnation raised (node-folder.ts).
 * A torn last write is cut off. A full copy that a crash interrupted is finished or undone. Rejects with a StorageError
 * when the disk cannot be trusted.
 */
export async function openStore(
  folder: string,
  incarnation: number,
  options: StoreOptions = {},
  beforeLinks: () => Promise<void> = () => Promise.resolve(),
): Promise<Store> {
  await removeUnfinished(folder);
  // A file renamed just before a crash may have a name that is not durable yet.
  await syncFolder(folder);
  const opened = await openChain(folder);
  const { snapshot, size: snapshotSize = 0 } = opened.read ?? {};
  const { log, replayed } = await openLog(join(folder, LOG));
  const entries = entriesBehind(snapshot, replayed, join(folder, LOG));
  if (entries.length < replayed.entries.length) await log.rewrite(log.last(0) + 1, snapshot?.base.index ?? 0);
  await dropOthers(folder, opened);
  const { promised, wall } = replayed.index;
  const snapshots = createChain(folder, opened, { ...DEFAULT_OPTIONS, ...options }, beforeLinks);
  return store(folder, log, { incarnation, promised, snapshot, snapshotSize, entries, wall }, snapshots);
}

function store(folder: string, log: LogFile, stored: Stored, snapshots: SnapshotChain): Store {
  let writing = false;
  let failed = false;

  async function carryOut(operation: Exclude<DiskOperation, LoggedOperation>): Promise<void> {
    if (operation.type === 'install') {
      const { index } = operation.snapshot.base;
      assert(index >= snapshots.covered(), 'a full copy is not older than the snapshot it replaces');
      // The snapshot first. After a crash in between, the log stops short of it or contradicts it, and is dropped.
      await snapshots.install(operation.snapshot);
      await log.rewrite(log.last(0) + 1, index, operation.wall);
      await snapshots.dropOlder();
      return;
    }
    assert(operation.through <= snapshots.covered(), 'the log is compacted only behind a durable snapshot');
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
        snapshots.check();
        await writeInOrder(operations);
      } catch (error) {
        failed = true;
        throw explainDisk(folder, error);
      } finally {
        writing = false;
      }
    },
    async save(snapshot) {
      try {
        snapshots.check();
        await snapshots.save(snapshot);
      } catch (error) {
        throw explainDisk(folder, error);
      }
    },
    snapshotSize: () => snapshots.size(),
    async close() {
      assert(!writing, 'a store is closed when nothing is being written');
      await snapshots.close();
      await log.close();
    },
  };
}

/**
 * Entries that continue the snapshot. There are none when the log does not reach the snapshot or contradicts it there:
 * a full copy was replacing that log, or a snapshot of what was applied ahead of the disk.
 */
export function entriesBehind(
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

/** Removes half-written files under temporary names. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder);
  for (const name of names) {
    if (name.endsWith(unfinished(''))) await removeFile(join(folder, name));
  }
}
