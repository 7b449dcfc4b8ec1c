import { join } from 'node:path';
import type { GroupName } from '../protocol/app.ts';
import type { NodeId } from '../protocol/epoch.ts';
import { openStore } from '../storage/store.ts';
import type { FoundLog } from './decide/truth.ts';

/** What the disks of these nodes hold, as a process that starts would find it. Their processes must be gone. */
export async function readDisks(
  nodes: readonly NodeId[],
  groups: readonly GroupName[],
  folder: (node: NodeId) => string,
): Promise<readonly FoundLog[]> {
  const found: FoundLog[] = [];
  for (const node of nodes) {
    for (const group of groups) {
      const store = await openStore(join(folder(node), group), 0);
      await store.close();
      const { snapshot, entries } = store.stored;
      found.push({ node, group, snapshot, entries });
    }
  }
  return found;
}
