import { join } from 'node:path';
import type { Entry } from '../protocol/model/entry.ts';
import type { Snapshot } from '../protocol/model/machine.ts';
import { readWhole } from './log-file.ts';
import { replayLog } from './log-replay.ts';
import { openChain } from './snapshot-chain.ts';
import { entriesBehind, isStore, LOG } from './store.ts';
import { explainDisk, StorageError } from './storage-error.ts';

/** What a replica's store holds: the entries behind the snapshot, all of them where there is none. */
export interface ReadStore {
  readonly snapshot: Snapshot | undefined;
  readonly entries: readonly Entry[];
}

/**
 * Reads the store in `folder` and changes nothing: what a start would cut off or finish is passed over. No process may
 * have it open. Rejects with a StorageError when the disk cannot be trusted.
 */
export async function readStore(folder: string): Promise<ReadStore> {
  if (!isStore(folder)) throw new StorageError(`${folder} is missing, or holds no log.`);
  try {
    const snapshot = (await openChain(folder)).read?.snapshot;
    const file = join(folder, LOG);
    const entries = entriesBehind(snapshot, replayLog(await readWhole(file), file), file);
    // A log keeps entries in front of its snapshot, too (`keepEntries`).
    return { snapshot, entries: entries.filter(({ index }) => index > (snapshot?.base.index ?? 0)) };
  } catch (error) {
    throw explainDisk(folder, error);
  }
}
