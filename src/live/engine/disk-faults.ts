import type { Store } from '../../storage/store.ts';

/** What is wrong with the disk of a process under `understudy chaos`. */
export interface DiskFaults {
  /** Every write takes so much longer, in milliseconds. */
  readonly slowBy: number;
  /** Writes come to no end. */
  readonly isStuck: boolean;
  /** The next write fails, which ends the process. */
  readonly isFull: boolean;
  /** The next write is made, and its sync fails, which ends the process. */
  readonly failsSync: boolean;
}

export const SOUND_DISK: DiskFaults = { slowBy: 0, isStuck: false, isFull: false, failsSync: false };

/** A disk that can be made slow, stuck, full or bad. Only `understudy chaos` has any. */
export interface FaultyDisk {
  set(change: Partial<DiskFaults>): void;
  /** The store of a replica behind these faults. */
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
