import type { Snapshot } from '../protocol/model/machine.ts';
import { type ChainRules, isBaseDue, type Link, newestChain } from '../protocol/model/snapshot-chain.ts';
import type { InSlices } from '../protocol/wire/changed-members.ts';
import { hasState, isWorthWhole, linkSlices } from '../protocol/wire/snapshot-changes.ts';
import type { SliceLimits } from '../protocol/wire/snapshot-slices.ts';
import { createPace } from './slice-file.ts';
import {
  listSnapshots,
  type ReadSnapshot,
  readSnapshot,
  removeBase,
  removeLink,
  writeBase,
  writeLink,
} from './snapshot-file.ts';

/** How snapshots are written. */
export interface ChainOptions extends SliceLimits, ChainRules {
  /** A record of more values than this is not written whole where a part of it has changed. */
  readonly valuesAtMost: number;
}

/**
 * The snapshots of a store: a base and links (docs/internals/protocol.md §9.4). What a file replaces is removed only once
 * its own name is durable.
 */
export interface SnapshotChain {
  /** The index of the newest durable snapshot; 0 before the first one. */
  covered(): number;
  /** Bytes of the newest durable snapshot, about, were it written whole; 0 before the first one. */
  size(): number;
  /** Makes a snapshot durable: whole, or as the changes since the last one. An older one than that is passed over. */
  save(snapshot: Snapshot): Promise<void>;
  /** Makes the snapshot of a full copy durable. The older files stay until `dropOlder`. */
  install(snapshot: Snapshot): Promise<void>;
  dropOlder(): Promise<void>;
  /** Throws the error of a base that was written in the background. */
  check(): void;
  /** Waits for what is being written, but for a base beside the links: that is abandoned. */
  close(): Promise<void>;
}

interface LinkFile extends Link {
  readonly bytes: number;
}

/** What a folder holds: the snapshot, and its files. */
export interface OpenedChain {
  readonly read: ReadSnapshot | undefined;
  readonly base: number;
  readonly links: readonly Link[];
}

/** Reads the newest snapshot in a folder. Rejects with a StorageError when it is damaged. */
export async function openChain(folder: string): Promise<OpenedChain> {
  const { bases, links } = await listSnapshots(folder);
  const chain = newestChain(bases, links);
  if (chain === undefined) return { read: undefined, base: 0, links: [] };
  return { read: await readSnapshot(folder, chain), base: chain.base, links: chain.links };
}

/** Removes the files that the opened chain does not need. */
export async function dropOthers(folder: string, { base, links }: OpenedChain): Promise<void> {
  const found = await listSnapshots(folder);
  for (const index of found.bases) if (index !== base) await removeBase(folder, index);
  for (const link of found.links) {
    if (!links.some(({ from, to }) => from === link.from && to === link.to)) await removeLink(folder, link);
  }
}

/** `beforeLinks` is awaited before the first link of this process gets its name. */
export function createChain(
  folder: string,
  opened: OpenedChain,
  options: ChainOptions,
  beforeLinks: () => Promise<void>,
): SnapshotChain {
  let published: Snapshot | undefined = opened.read?.snapshot;
  let size = opened.read?.size ?? 0;
  let baseBytes = opened.read?.baseBytes ?? 0;
  let links: readonly LinkFile[] = opened.links.map((link, place) => ({
    ...link,
    bytes: opened.read?.linkBytes[place] ?? 0,
  }));
  let mayLink: Promise<void> | undefined;
  // Snapshots are written one after another, so that an older one under way never becomes the newer file.
  let saving: Promise<void> = Promise.resolve();
  let beside: { isAbandoned: boolean; readonly done: Promise<void> } | undefined;
  let failure: { readonly error: unknown } | undefined;

  return {
    covered,
    size: () => size,
    save(snapshot) {
      saving = saving.then(() => put(snapshot));
      return saving;
    },
    install(snapshot) {
      saving = saving.then(() => writeWhole(snapshot));
      return saving;
    },
    dropOlder: () => dropBefore(covered()),
    check() {
      if (failure !== undefined) throw failure.error;
    },
    async close() {
      await saving;
      await abandonBase();
    },
  };

  function covered(): number {
    return published?.base.index ?? 0;
  }

  async function put(snapshot: Snapshot): Promise<void> {
    const { index } = snapshot.base;
    if (snapshot === published || index < covered()) return;
    if (await putLink(snapshot)) {
      if (isBaseDue({ base: baseBytes, links: links.map(({ bytes }) => bytes) }, options)) writeBaseBeside(snapshot);
      return;
    }
    await writeWhole(snapshot);
    await dropBefore(index);
  }

  /** False where the snapshot is to be written whole. */
  async function putLink(snapshot: Snapshot): Promise<boolean> {
    const before = published;
    if (!hasState(before) || !hasState(snapshot) || before.base.index === snapshot.base.index) return false;
    if (links.length >= options.linksAtMost || (await run(isWorthWhole(before, snapshot, options, options))))
      return false;
    await (mayLink ??= beforeLinks());
    const link = { from: before.base.index, to: snapshot.base.index };
    let grown = size;
    const texts = reporting(linkSlices(before, snapshot, size, options), (then) => (grown = then));
    const bytes = await writeLink(folder, link, texts);
    links = [...links, { ...link, bytes }];
    published = snapshot;
    size = grown;
    return true;
  }

  async function writeWhole(snapshot: Snapshot): Promise<void> {
    await abandonBase();
    baseBytes = (await writeBase(folder, snapshot, options)) ?? 0;
    size = baseBytes;
    published = snapshot;
    links = [];
  }

  /** Writes a base of a snapshot that is durable as a link already, while further links are written. */
  function writeBaseBeside(snapshot: Snapshot): void {
    if (beside !== undefined) return;
    const sizeThen = size;
    const base = { isAbandoned: false, done: Promise.resolve() };
    const write = async (): Promise<void> => {
      const bytes = await writeBase(folder, snapshot, options, () => base.isAbandoned);
      if (bytes === undefined) return;
      baseBytes = bytes;
      size += bytes - sizeThen;
      // What reaches beyond the new base stays.
      links = links.filter(({ to }) => to > snapshot.base.index);
      await dropBefore(snapshot.base.index);
    };
    const done = write()
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => (beside = undefined));
    beside = Object.assign(base, { done });
  }

  async function abandonBase(): Promise<void> {
    if (beside === undefined) return;
    beside.isAbandoned = true;
    await beside.done;
  }

  /** Removes what a base at `index` replaces. */
  async function dropBefore(index: number): Promise<void> {
    const found = await listSnapshots(folder);
    for (const base of found.bases) if (base < index) await removeBase(folder, base);
    for (const link of found.links) if (link.to <= index) await removeLink(folder, link);
  }
}

/** Carries out work in slices. */
async function run<Result>(work: Generator<undefined, Result, undefined>): Promise<Result> {
  const pace = createPace();
  let next = work.next();
  for (; next.done !== true; next = work.next()) await pace();
  return next.value;
}

function* reporting(texts: InSlices<string, number>, report: (size: number) => void): InSlices<string> {
  report(yield* texts);
}
