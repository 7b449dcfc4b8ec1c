import { cp } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { DiskOperation, Stored } from '../../src/protocol/model/effects.ts';
import { hashValue } from '../../src/protocol/model/value-hash.ts';
import { crashDisk, stepsUnderWay } from '../../src/sim/disk/disk-crash.ts';
import { completeSave, completeWrite, formatDisk, type SimDisk, storedOn } from '../../src/sim/disk/disk.ts';
import type { Store } from '../../src/storage/store.ts';
import { type Fall, makeImage, recorded, type Recording } from '../support/storage/crash-images.ts';
import { batches, decide, type Deed } from '../support/storage/store-script.ts';
import { append, entriesAfter, GENESIS, newFolder, newStore, reopen, snapshotAt } from '../support/storage/stores.ts';

/*
 * The disk of the simulator and the disk of a live process are twins: whatever is done to both, both hold the same; and
 * whatever a crash may leave of a real one, it may leave of the simulated one.
 */

vi.mock(import('../../src/storage/files.ts'), async (original) => {
  const { recording } = await import('../support/storage/crash-images.ts');
  return recording(await original());
});

/** Everything in the disk's layers, each time anew. */
function copyOf(disk: SimDisk): SimDisk {
  return { ...disk, entries: [...disk.entries], clocks: [...disk.clocks] };
}

function held(disk: SimDisk): Stored {
  return storedOn(disk, 1);
}

/** All but the bytes of the snapshot: a simulated disk holds no bytes. */
function withoutSize({ incarnation, promised, snapshot, entries, wall }: Stored): Stored {
  return { incarnation, promised, snapshot, entries, wall };
}

/** The disk as it is when everything that was asked of it is done. */
function after(disk: SimDisk, operations: readonly DiskOperation[]): SimDisk {
  const next = copyOf(disk);
  next.writing = operations;
  expect(completeWrite(next)).toBeUndefined();
  return next;
}

function deedsOf(...all: readonly (readonly [Exclude<Deed['type'], 'restart'>, number])[]): readonly Deed[] {
  return all.map(([type, amount]) => ({ type, amount }));
}

/** A real store and its simulated twin. */
interface Twins {
  readonly folder: string;
  store: Store;
  disk: SimDisk;
}

async function newTwins(): Promise<Twins> {
  const { folder, store } = await newStore();
  return { folder, store, disk: formatDisk() };
}

/** Carries out deeds on both, and gives back the operations of the last, unfinished write. */
async function perform(twins: Twins, deeds: readonly Deed[]): Promise<readonly DiskOperation[]> {
  const operations: DiskOperation[] = [];
  const flush = async (): Promise<void> => {
    const batch = operations.splice(0);
    await twins.store.write(batch);
    twins.disk = after(twins.disk, batch);
  };
  for (const deed of deeds) {
    const decided = decide(held(after(twins.disk, operations)), deed);
    if (decided?.type === 'restart') {
      await flush();
      await twins.store.close();
      twins.store = await reopen(twins.folder);
      expect(withoutSize(twins.store.stored)).toEqual(held(twins.disk));
    } else if (decided?.type === 'save') {
      await flush();
      await twins.store.save(decided.snapshot);
      twins.disk.saving = decided.snapshot;
      completeSave(twins.disk);
    } else if (decided !== undefined) {
      operations.push(decided);
    }
  }
  return operations;
}

async function copyFolder(folder: string): Promise<string> {
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

/** What a new process finds in a folder. */
async function foundIn(folder: string): Promise<Stored> {
  const store = await reopen(folder);
  await store.close();
  return withoutSize(store.stored);
}

/** All that a crash in the middle of a write can leave of a simulated disk. */
function simulatedCrashes(disk: SimDisk, operations: readonly DiskOperation[]): readonly Stored[] {
  const left: Stored[] = [];
  for (const fate of ['kept', 'torn'] as const) {
    const steps = stepsUnderWay({ ...copyOf(disk), writing: operations }, 1_000);
    for (let done = 0; done <= steps.length; done += 1) {
      const crashed = copyOf(disk);
      crashed.writing = operations;
      expect(crashDisk(crashed, steps, { done, taken: 1_000, fateOf: () => fate, saved: false })).toBeUndefined();
      left.push(held(crashed));
    }
  }
  return left;
}

/** All of it in a hash, and enough to see in a failure what is amiss. */
function inShort(stored: Stored | undefined): string {
  if (stored === undefined) return 'nothing';
  const { promised, snapshot, entries } = stored;
  const shown = entries.map(({ index, epoch }) => `${index}@${epoch.counter}`).join(' ');
  return `promised ${promised.counter}, snapshot ${snapshot?.base.index}, entries ${shown}, hash ${hashValue(stored)}`;
}

/** What a crash leaves of a real one, for this fall. */
async function realCrash(recording: Recording, folder: string, before: string, fall: Fall): Promise<Stored> {
  const image = await newFolder();
  await makeImage(recording, { folder, before, image }, fall);
  return foundIn(image);
}

describe('a real store and a simulated disk', () => {
  test('hold the same after every write and every restart.', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (script) => {
        const twins = await newTwins();
        for (const deeds of script) {
          const operations = await perform(twins, deeds);
          await twins.store.write(operations);
          twins.disk = after(twins.disk, operations);
          expect(await foundIn(await copyFolder(twins.folder))).toEqual(held(twins.disk));
        }
        await twins.store.close();
      }),
      { numRuns: 20 },
    );
  });

  test('tell the clock of the newest entry kept once the log is compacted, though one that is truncated was newer.', async () => {
    const twins = await newTwins();
    const first = await perform(twins, deedsOf(['append', 5]));
    await twins.store.write(first);
    twins.disk = after(twins.disk, first);
    const { wall } = held(twins.disk);
    const rest = await perform(twins, deedsOf(['save', 2], ['append', 3], ['truncate', 2], ['compact', 1]));
    await twins.store.write(rest);
    twins.disk = after(twins.disk, rest);
    expect(rest.map(({ type }) => type)).toEqual(['append', 'truncate', 'compact']);
    expect((await foundIn(await copyFolder(twins.folder))).wall).toBe(wall);
    expect(held(twins.disk).wall).toBe(wall);
    await twins.store.close();
  });

  test('are left in the same states by a crash in the middle of a write, whatever was lost, torn or out of order.', async () => {
    await fc.assert(
      fc.asyncProperty(
        batches,
        fc.array(fc.constantFrom(0, 0.3, 0.99, 1), { minLength: 8, maxLength: 8 }),
        async (script, shares) => {
          const twins = await newTwins();
          for (const deeds of script) {
            const operations = await perform(twins, deeds);
            const before = await copyFolder(twins.folder);
            const recording = await recorded(() => twins.store.write(operations));
            const allowed = simulatedCrashes(twins.disk, operations);
            const found: Stored[] = [];
            for (let made = 0; made <= recording.calls.length; made += 1) {
              const kept = (place: number): number => shares[(place + made) % shares.length] ?? 1;
              found.push(await realCrash(recording, twins.folder, before, { after: made, kept }));
              const stored = found.at(-1);
              expect(allowed.map(inShort)).toContain(inShort(stored));
            }
            twins.disk = after(twins.disk, operations);
            expect(found.slice(-1)).toEqual([held(twins.disk)]);
          }
          await twins.store.close();
        },
      ),
      { numRuns: 12 },
    );
  });

  test('keep a snapshot that was being saved in a crash, or do not; the log stays as it is.', async () => {
    const twins = await newTwins();
    await twins.store.write(await perform(twins, [{ type: 'append', amount: 6 }]));
    const before = await copyFolder(twins.folder);
    const without = await foundIn(before);
    const snapshot = snapshotAt(entriesAfter(GENESIS, 4)[3] ?? GENESIS);
    const recording = await recorded(() => twins.store.save(snapshot));
    const saved = await foundIn(await copyFolder(twins.folder));
    expect(saved.snapshot?.base.index).toBe(4);
    expect(saved.entries).toEqual(without.entries);
    for (const share of [0, 0.5, 1]) {
      for (let made = 0; made <= recording.calls.length; made += 1) {
        const found = await realCrash(recording, twins.folder, before, { after: made, kept: () => share });
        expect([without, saved].map(inShort)).toContain(inShort(found));
      }
    }
    await twins.store.close();
  });
});

describe('what a new process was handed', () => {
  test('stays, although the process before it was killed between a write and its sync, and then the power goes.', async () => {
    const { folder, store } = await newStore();
    await store.write([append(entriesAfter(GENESIS, 2))]);
    const before = await copyFolder(folder);
    const promise: DiskOperation = { type: 'promise', epoch: { counter: 3, nodeId: 's2' } };
    const first = await recorded(() => store.write([promise]));
    await store.close();
    // Killed before its sync: the system has the write, the disk does not.
    const killedAfter = first.calls.findIndex(({ type }) => type === 'write') + 1;
    const [inSystem, onDisk] = [await newFolder(), await newFolder()];
    await makeImage(first, { folder, before, image: inSystem }, { after: killedAfter, kept: () => 1 });
    await makeImage(first, { folder, before, image: onDisk }, { after: killedAfter, kept: () => 0 });

    const second = await recorded(async () => {
      const restarted = await reopen(inSystem);
      expect(restarted.stored.promised).toEqual(promise.epoch);
      await restarted.close();
    });
    const left = await realCrash(second, inSystem, onDisk, { after: second.calls.length, kept: () => 0 });
    expect(left.promised).toEqual(promise.epoch);
  });
});
