import type { Store } from '../../storage/store.ts';

/** Faults of a process's disk under `understudy chaos`. */
export interface DiskFaults {
  /** Extra time of every write, in milliseconds. */
  readonly slowBy: number;
  /** Writes never return. */
  readonly isStuck: boolean;
  /** The next write fails, which ends the process. */
  readonly isFull: boolean;
  /** The next write succeeds, and its sync fails, which ends the process. */
  readonly failsSync: boolean;
}

export const SOUND_DISK: DiskFaults = { slowBy: 0, isStuck: false, isFull: false, failsSync: false };

/** A disk whose faults can be set. Only `understudy chaos` uses one. */
export interface FaultyDisk {
  set(change: Partial<DiskFaults>): void;
  /** The store of a replica with these faults. */
  behind(store: Store): Store;
}

export function createFaultyDisk(first: DiskFaults = SOUND_DISK): FaultyDisk {
  let faults = first;
  let freed: (() => void)[] = [];

  return {
    set(change) {
      faults = { ...faults, ...change };
      if (faults.isStuck) return;
      for (const go of freed) go();
      freed = [];
    },
    behind: (store) => ({
      stored: store.stored,
      write: (operations) => carryOut(() => store.write(operations)),
      save: (snapshot) => carryOut(() => store.save(snapshot)),
      snapshotSize: () => store.snapshotSize(),
      close: () => store.close(),
    }),
  };

  async function carryOut(write: () => Promise<void>): Promise<void> {
    if (faults.isFull) throw new Error('ENOSPC: no space left on device, write');
    if (faults.slowBy > 0) await new Promise((resolve) => setTimeout(resolve, faults.slowBy));
    if (faults.isStuck) await new Promise<void>((resolve) => freed.push(resolve));
    await write();
    if (faults.failsSync) throw new Error('EIO: i/o error, fsync');
  }
}
