import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { List, Map } from 'immutable';
import { afterAll } from 'vitest';
import type { Operation, Stored } from '../../src/protocol/effects.ts';
import type { Entry, LogBase } from '../../src/protocol/entry.ts';
import { NO_EPOCH } from '../../src/protocol/epoch.ts';
import { chain } from '../../src/protocol/log.ts';
import { initialMachine, type Snapshot } from '../../src/protocol/machine.ts';
import { formatStore, openStore, type Store } from '../../src/storage/store.ts';

const made: string[] = [];
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Cuts snapshots into many slices although they are small. */
export const FINE_SLICES = { itemsAtMost: 2, charactersAtMost: 40 };

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-'));
  made.push(folder);
  return folder;
}

export async function newStore(): Promise<{ readonly folder: string; readonly store: Store }> {
  const folder = await newFolder();
  await formatStore(folder);
  return { folder, store: await openStore(folder, 1, FINE_SLICES) };
}

export function reopen(folder: string): Promise<Store> {
  return openStore(folder, 1, FINE_SLICES);
}

/** What a folder holds, found out on a copy of it: as after a crash at this instant, had all that was written survived. */
export async function storedIn(folder: string): Promise<Stored> {
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true });
  const store = await reopen(copy);
  await store.close();
  return store.stored;
}

export const GENESIS: LogBase = { index: 0, epoch: NO_EPOCH, hash: 7, lamport: 0, wall: 0 };

/** `count` entries that continue `last`; others for another `epochCounter`. */
export function entriesAfter(last: LogBase, count: number, epochCounter = 1): Entry[] {
  const entries: Entry[] = [];
  let before = last;
  for (let number = 0; number < count; number += 1) {
    const epoch = { counter: epochCounter, nodeId: 's1' };
    const command = { type: 'note', text: `Zeile ${before.index + 1}\nzweite · Zeile 🎟` };
    const body = { type: 'write' as const, uuid: `u-${epochCounter}-${before.index}`, issuedAt: 1, command };
    const entry = chain(before, epoch, { lamport: 0, wall: 10 }, body);
    entries.push(entry);
    before = entry;
  }
  return entries;
}

export function append(entries: readonly Entry[]): Operation {
  return { type: 'append', entries };
}

/** A snapshot whose state is large enough to be cut into slices, one inside the other. */
export function snapshotAt({ index, epoch, hash, lamport, wall }: LogBase): Snapshot {
  const base = { index, epoch, hash, lamport, wall };
  const seats = Map(
    Array.from({ length: 5 }, (_, seat): [number, List<string>] => [seat, List(['a', 'b', `${index}`])]),
  );
  const machine = initialMachine(base, { seats, name: 'Gala' }, { dedupeFor: 1, dedupeMargin: 1 });
  const results = Map({ u: { index, lamport, wall, digest: 1, outcome: undefined, rests: [] } });
  return {
    base,
    configuration: { voters: [{ nodeId: 's1', diskId: 'd', kind: 'data', votes: 1, rank: 1 }], learners: [] },
    machine: { ...machine, results, order: List(['u', 'v', 'w']) },
  };
}
