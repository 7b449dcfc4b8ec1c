import { join } from 'node:path';
import type { GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { StorageError } from '../storage/storage-error.ts';
import { openStore } from '../storage/store.ts';
import type { FoundLog } from './decide/recovered-logs.ts';

export interface FoundDisks {
  readonly logs: readonly FoundLog[];
  /** Why a disk cannot be read; the next process on it would not start. */
  readonly damage: readonly string[];
}

/** Reads the disks of these nodes as a starting process would. Their processes must have ended. */
export async function readDisks(
  nodes: readonly NodeId[],
  groups: readonly GroupName[],
  folder: (node: NodeId) => string,
): Promise<FoundDisks> {
  const logs: FoundLog[] = [];
  const damage: string[] = [];
  for (const node of nodes) {
    for (const group of groups) {
      try {
        const store = await openStore(join(folder(node), group), 0);
        await store.close();
        const { snapshot, entries } = store.stored;
        logs.push({ node, group, snapshot, entries });
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        damage.push(error.message);
      }
    }
  }
  return { logs, damage };
}
