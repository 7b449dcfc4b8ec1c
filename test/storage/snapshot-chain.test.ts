import { cp, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Map } from 'immutable';
import { describe, expect, test, vi } from 'vitest';
import type { Stored } from '../../src/protocol/model/effects.ts';
import type { Entry, LogBase } from '../../src/protocol/model/entry.ts';
import type { Snapshot } from '../../src/protocol/model/machine.ts';
import { hashValue } from '../../src/protocol/model/value-hash.ts';
import { formatNodeFolder, openNodeFolder } from '../../src/storage/node-folder.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import type { Store, StoreOptions } from '../../src/storage/store.ts';
import { callsMade, makeImage, recorded } from '../support/storage/crash-images.ts';
import { nodeRecord } from '../support/storage/node-record.ts';
import { append, entriesAfter, GENESIS, newFolder, newStore, reopen, snapshotAt } from '../support/storage/stores.ts';

/*
 * Snapshots that are written as the changes since the one before (PROTOCOL §9.4): what a folder holds then, whatever
 * happens between.
 */

vi.mock(import('../../src/storage/files.ts'), async (original) => {
  const { recording } = await import('../support/storage/crash-images.ts');
  return recording(await original());
});

/** Links whenever there is a base, and a base beside them after every other one. */
const LINKS: StoreOptions = { wholeWhenSmall: false, linksAtMost: 4 };

/** A snapshot of many records, of which `changed` by entry differ. */
function rowsAt(base: LogBase, rows: Map<string, { readonly number: number }>): Snapshot {
  const snapshot = snapshotAt(base);
  return { ...snapshot, machine: snapshot.machine && { ...snapshot.machine, state: { rows } } };
}

const ENTRIES = entriesAfter(GENESIS, 40);

function entryAt(index: number): Entry {
  const entry = ENTRIES[index - 1];
  if (entry === undefined) throw new RangeError(`there is no entry ${index}`);
  return entry;
}

/** One version after another, each made of the one before, as a service makes them. */
function versions(count: number): readonly Snapshot[] {
  let rows = Map(Array.from({ length: 30 }, (_, number) => [`row ${number}`, { number }]));
  return Array.from({ length: count }, (_, place) => {
    rows = rows
      .set(`row ${place}`, { number: -place })
      .delete(`row ${place + 1}`)
      .set(`new ${place}`, { number: place });
    return rowsAt(entryAt(place + 1), rows);
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).sort();
}

function padded(index: number): string {
  return String(index).padStart(16, '0');
}

async function copyOf(folder: string): Promise<string> {
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true });
  return copy;
}

async function found(folder: string): Promise<Stored> {
  const store = await reopen(await copyOf(folder));
  await store.close();
  return store.stored;
}

function inShort({ snapshot, entries }: Stored): string {
  return `snapshot ${snapshot?.base.index} ${hashValue(snapshot?.machine)}, entries ${entries.map(({ index }) => index).join(' ')}`;
}

async function saveAll(store: Store, snapshots: readonly Snapshot[]): Promise<void> {
  for (const snapshot of snapshots) await store.save(snapshot);
}

function rowsFrom(from: number): Map<string, { readonly number: number }> {
  return Map(Array.from({ length: 300 }, (_, number) => [`row ${from + number}`, { number }]));
}

/** Waits until no base is written beside the links. */
async function beside(folder: string): Promise<void> {
  await expect.poll(async () => (await namesIn(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}

function rowsOf({ machine }: Snapshot): Map<string, { readonly number: number }> {
  const state: unknown = machine?.state;
  if (typeof state !== 'object' || state === null || !('rows' in state)) return Map();
  return Map.isMap(state.rows) ? state.rows.map(() => ({ number: 0 })).mapKeys(String) : Map();
}

async function chained(): Promise<string> {
  const { folder, store } = await newStore({ wholeWhenSmall: false, linksAtMost: 64 });
  await store.write([append(ENTRIES.slice(0, 8))]);
  await saveAll(store, versions(4));
  await store.write([{ type: 'compact', through: 4 }]);
  await store.close();
  return folder;
}

async function formatOf(folder: string): Promise<unknown> {
  const node: unknown = JSON.parse(await readFile(join(folder, 'node.json'), 'utf8'));
  return typeof node === 'object' && node !== null && 'format' in node ? node.format : undefined;
}

describe('snapshots written as changes', () => {
  test('make the state of the last one, and the next process goes on from there', async () => {
    const all = versions(12);
    const { folder, store } = await newStore({ wholeWhenSmall: false, linksAtMost: 64 });
    await store.write([append(ENTRIES)]);
    await saveAll(store, all.slice(0, 6));
    await store.close();
    expect((await namesIn(folder)).filter((name) => name.startsWith('changes-'))).toHaveLength(5);
    const next = await reopen(folder, { wholeWhenSmall: false, linksAtMost: 64 });
    expect(hashValue(next.stored.snapshot)).toBe(hashValue(all[5]));
    await saveAll(next, all.slice(6));
    await next.close();
    expect(hashValue((await found(folder)).snapshot)).toBe(hashValue(all[11]));
    expect((await namesIn(folder)).filter((name) => name.startsWith('snapshot-'))).toHaveLength(1);
  });

  test('cost as many bytes as they have changes, where a whole one costs as many as it has records', async () => {
    const { folder, store } = await newStore({ charactersAtMost: 65_536, itemsAtMost: 256 });
    await store.write([append(ENTRIES)]);
    const rows = Map(Array.from({ length: 5_000 }, (_, number) => [`row ${number}`, { number }]));
    await store.save(rowsAt(entryAt(1), rows));
    await store.save(rowsAt(entryAt(2), rows.set('row 7', { number: 0 })));
    await store.close();
    const [base, link] = await Promise.all(
      ['snapshot-0000000000000001', 'changes-0000000000000001-0000000000000002'].map((name) =>
        readFile(join(folder, name)),
      ),
    );
    expect(base?.length).toBeGreaterThan(100_000);
    expect(link?.length).toBeLessThan(1_500);
    expect(Math.abs(store.snapshotSize() - (base?.length ?? 0))).toBeLessThan(500);
  });

  test('are written whole where as much has changed as there is', async () => {
    const { folder, store } = await newStore();
    await store.write([append(ENTRIES)]);
    await saveAll(store, [rowsAt(entryAt(1), rowsFrom(0)), rowsAt(entryAt(2), rowsFrom(1_000))]);
    await store.close();
    expect(await namesIn(folder)).toEqual(['log', 'snapshot-0000000000000002']);
  });

  test('are never a base under the links of an older one once they are many: a base is written beside them', async () => {
    const all = versions(30);
    const { folder, store } = await newStore(LINKS);
    await store.write([append(ENTRIES)]);
    for (const snapshot of all) {
      await store.save(snapshot);
      const links = (await namesIn(folder)).filter((name) => name.startsWith('changes-'));
      expect(links.length).toBeLessThanOrEqual(4);
    }
    await store.close();
    expect(hashValue((await found(folder)).snapshot)).toBe(hashValue(all.at(-1)));
  });

  test('stay where they reach beyond the base that was written beside them meanwhile', async () => {
    const all = versions(30);
    const { folder, store } = await newStore({ wholeWhenSmall: false, linksAtMost: 20 });
    await store.write([append(ENTRIES)]);
    await saveAll(store, all.slice(0, 11));
    // A base at 11 is under way, of many slices; the next links are small.
    for (const [place, snapshot] of all.slice(11, 20).entries()) {
      await store.save(snapshot);
      const names = await namesIn(folder);
      expect(names).toContain(`changes-${padded(place + 11)}-${padded(place + 12)}`);
      if (names.includes(`snapshot-${padded(11)}`)) break;
    }
    await expect.poll(() => namesIn(folder)).not.toContain(`changes-${padded(10)}-${padded(11)}`);
    await store.close();
    const names = await namesIn(folder);
    const ends = names.filter((name) => name.startsWith('changes-')).map((name) => Number(name.slice(-16)));
    expect(ends.length).toBeGreaterThan(0);
    expect(hashValue((await found(folder)).snapshot)).toBe(hashValue(all[Math.max(...ends) - 1]));
    expect(Math.min(...ends)).toBe(12);
  });

  test('are replaced by the whole state of the same index, where that is another one', async () => {
    const { folder, store } = await newStore(LINKS);
    await store.write([append(ENTRIES)]);
    const [first, second] = versions(2);
    if (first === undefined || second === undefined) throw new RangeError('two versions');
    await saveAll(store, [first, second]);
    const healed = rowsAt(entryAt(2), Map({ healed: { number: 1 } }));
    await store.save(healed);
    expect(hashValue((await found(folder)).snapshot)).toBe(hashValue(healed));
    await store.close();
    expect(await namesIn(folder)).toEqual(['log', 'snapshot-0000000000000002']);
  });

  test('end with a full copy, and the next one continues that', async () => {
    const { folder, store } = await newStore(LINKS);
    await store.write([append(ENTRIES.slice(0, 10))]);
    await saveAll(store, versions(3));
    const copy = rowsAt(entryAt(20), Map({ copied: { number: 1 } }));
    await store.write([{ type: 'install', snapshot: copy }]);
    expect(await namesIn(folder)).toEqual(['log', 'snapshot-0000000000000020']);
    await store.write([append(ENTRIES.slice(20))]);
    const next = rowsAt(entryAt(25), Map({ copied: { number: 1 }, more: { number: 2 } }));
    await store.save(next);
    await store.close();
    expect(await namesIn(folder)).toContain('changes-0000000000000020-0000000000000025');
    expect(hashValue((await found(folder)).snapshot)).toBe(hashValue(next));
  });
});

describe('a crash while snapshots are written as changes', () => {
  type Deed = 'save' | 'save and wait' | 'install' | 'compact';

  /** Every crash in the middle of `work`: until it is told, the old or the new; from then on, the new. */
  async function holdsEveryCrash(
    { folder, store }: { readonly folder: string; readonly store: Store },
    deed: Deed,
    snapshot: Snapshot,
    shares: readonly number[],
  ): Promise<void> {
    const before = await copyOf(folder);
    let told = 0;
    const recording = await recorded(async () => {
      if (deed === 'compact') await store.write([{ type: 'compact', through: snapshot.base.index }]);
      else if (deed === 'install') await store.write([{ type: 'install', snapshot }]);
      else await store.save(snapshot);
      told = callsMade();
      if (deed === 'save and wait') await beside(folder);
    });
    const [old, now] = [inShort(await found(before)), inShort(await found(folder))];
    const between = inShort({ ...(await found(folder)), ...(deed === 'install' ? { entries: [] } : {}) });
    for (let made = 0; made <= recording.calls.length; made += 1) {
      const image = await newFolder();
      const kept = (place: number): number => shares[(place + made) % shares.length] ?? 1;
      await makeImage(recording, { folder, before, image }, { after: made, kept });
      const left = inShort(await found(image));
      if (made >= told) expect(left).toBe(now);
      else expect([old, now, between]).toContain(left);
    }
  }

  test('leaves the snapshot before or the one under way, whole, whatever of its names and files was lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Deed>('save', 'save', 'save and wait', 'save and wait', 'compact', 'install'), {
          minLength: 2,
          maxLength: 7,
        }),
        fc.array(fc.constantFrom(0, 0.3, 0.99, 1), { minLength: 8, maxLength: 8 }),
        async (deeds, shares) => {
          const made = await newStore(LINKS);
          await made.store.write([append(ENTRIES.slice(0, 10))]);
          let [index, last] = [0, 10];
          let newest = rowsAt(entryAt(1), Map());
          for (const deed of deeds) {
            if (deed === 'compact') {
              if (index > 0) await holdsEveryCrash(made, deed, newest, shares);
              continue;
            }
            index = deed === 'install' ? last + 1 : index + 1;
            if (index > last && deed !== 'install') continue;
            if (deed === 'install') last = index + 2;
            if (index > 35) break;
            newest = rowsAt(
              entryAt(index),
              rowsOf(newest)
                .set(`row ${index % 3}`, { number: index })
                .delete(`row ${index % 2}`),
            );
            await holdsEveryCrash(made, deed, newest, shares);
            if (deed === 'install') await made.store.write([append(ENTRIES.slice(index, last))]);
          }
          await made.store.close();
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe('a chain of files', () => {
  const LINK = 'changes-0000000000000002-0000000000000003';

  test('with a flipped bit in a link is refused, wherever the bit is', async () => {
    const folder = await chained();
    const bytes = await readFile(join(folder, LINK));
    for (let at = 0; at < bytes.length; at += 7) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at);
      await writeFile(join(folder, LINK), flipped);
      await expect(reopen(folder)).rejects.toBeInstanceOf(StorageError);
    }
    await writeFile(join(folder, LINK), bytes);
    await (await reopen(folder)).close();
  });

  test('with a link cut short is refused', async () => {
    const folder = await chained();
    const bytes = await readFile(join(folder, LINK));
    for (const length of [bytes.length - 1, bytes.length - 40, 30, 0]) {
      await writeFile(join(folder, LINK), bytes.subarray(0, length));
      await expect(reopen(folder)).rejects.toThrow('is damaged');
    }
  });

  test('with a link under the name of another is refused', async () => {
    const folder = await chained();
    await rename(join(folder, LINK), join(folder, 'changes-0000000000000001-0000000000000003'));
    await expect(reopen(folder)).rejects.toThrow('does not continue what is before it');
  });

  test('with a link missing is missed, since the log is cut behind its end', async () => {
    const folder = await chained();
    await rename(join(folder, LINK), join(folder, 'elsewhere'));
    await expect(reopen(folder)).rejects.toThrow('entries are missing');
  });
});

describe('the format of a data folder', () => {
  test('is raised before the first link, so that a version that would pass over it refuses the folder', async () => {
    const folder = join(await newFolder(), 's1');
    await formatNodeFolder(folder, nodeRecord());
    const node = await openNodeFolder(folder);
    const store = await node.openStore('events', LINKS);
    await store.write([append(ENTRIES)]);
    const [first, second, third] = versions(3);
    if (first === undefined || second === undefined || third === undefined) throw new RangeError('three versions');
    await store.save(first);
    expect(await formatOf(folder)).toBe(2);
    await store.save(second);
    expect(await formatOf(folder)).toBe(3);
    await node.rewrite({ ...node.node, address: '127.0.0.1:4999' });
    expect(await formatOf(folder)).toBe(3);
    await store.save(third);
    await store.close();
    await node.close();
    const again = await openNodeFolder(folder);
    expect(again.node.address).toBe('127.0.0.1:4999');
    await again.rewrite(again.node);
    await again.close();
    expect(await formatOf(folder)).toBe(3);
  });
});
