import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Stored } from '../../../src/protocol/model/effects.ts';
import { formatStore, openStore, type Store, type StoreOptions } from '../../../src/storage/store.ts';
import { FINE_SLICES } from './samples.ts';

export * from './samples.ts';

const made: string[] = [];
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-'));
  made.push(folder);
  return folder;
}

export async function newStore(
  options: StoreOptions = {},
): Promise<{ readonly folder: string; readonly store: Store }> {
  const folder = await newFolder();
  await formatStore(folder);
  return { folder, store: await reopen(folder, options) };
}

export function reopen(folder: string, options: StoreOptions = {}): Promise<Store> {
  return openStore(folder, 1, { ...FINE_SLICES, ...options });
}

/** What a folder holds, found out on a copy of it: as after a crash at this instant, had all that was written survived. */
export async function storedIn(folder: string): Promise<Stored> {
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true });
  const store = await reopen(copy);
  await store.close();
  return store.stored;
}
