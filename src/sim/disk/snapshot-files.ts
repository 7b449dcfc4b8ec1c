import type { Snapshot } from '../../protocol/model/machine.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../../protocol/model/mutants.ts';
import {
  CHAIN_RULES,
  type ChainRules,
  isBaseDue,
  type Link,
  newestChain,
} from '../../protocol/model/snapshot-chain.ts';
import { decodeSnapshot, encodeSnapshot } from '../../protocol/wire/codec.ts';
import { hasState, isWorthWhole, linkSlices, snapshotAfter } from '../../protocol/wire/snapshot-changes.ts';

/*
 * The files of a simulated disk's snapshot: what src/storage writes, by the same codec, so that a wrong change is as
 * wrong on this disk as it would be on a real one.
 */

export interface SimBase {
  /** As read back from its text. */
  readonly snapshot: Snapshot;
  /** Characters of its text. */
  readonly size: number;
}

export interface SimLink extends Link {
  readonly texts: readonly string[];
  readonly size: number;
}

export interface SnapshotFiles {
  readonly bases: readonly SimBase[];
  readonly links: readonly SimLink[];
}

export const NO_FILES: SnapshotFiles = { bases: [], links: [] };

/** How the process writes snapshots. */
export interface SaveRules extends ChainRules {
  readonly planted: ReadonlySet<PlantedBug>;
}

export const SAVE_RULES: SaveRules = { ...CHAIN_RULES, planted: NOTHING_PLANTED };

/** Small, so that changes go into records, too. */
const VALUES_AT_MOST = 8;
const CHARACTERS_AT_MOST = 400;

/** What a save made: a file, or the reason why it can never be read. */
export type Made<File> =
  { readonly type: 'made'; readonly file: File } | { readonly type: 'rejected'; readonly reason: string };

export function makeBase(snapshot: Snapshot): Made<SimBase> {
  const text = encodeSnapshot(snapshot);
  const decoded = decodeSnapshot(text);
  if (decoded.type === 'rejected') return decoded;
  return { type: 'made', file: { snapshot: decoded.value, size: text.length } };
}

/** The changes since `before`; undefined where the snapshot is to be written whole. */
export function makeLink(
  before: Snapshot | undefined,
  snapshot: Snapshot,
  { links }: SnapshotFiles,
  rules: SaveRules,
): SimLink | undefined {
  if (!hasState(before) || !hasState(snapshot) || before.base.index >= snapshot.base.index) return undefined;
  const limits = { valuesAtMost: VALUES_AT_MOST, charactersAtMost: CHARACTERS_AT_MOST, planted: rules.planted };
  if (rules.planted.has('writes-every-snapshot-whole') || links.length >= rules.linksAtMost) return undefined;
  if (resultOf(isWorthWhole(before, snapshot, rules, limits))) return undefined;
  const texts: string[] = [];
  for (const text of linkSlices(before, snapshot, 0, limits)) if (text !== undefined) texts.push(text);
  const size = texts.reduce((sum, text) => sum + text.length, 0);
  return { from: before.base.index, to: snapshot.base.index, texts, size };
}

/** Whether a base is to be written beside the links. */
export function isBaseDueIn({ bases, links }: SnapshotFiles, rules: SaveRules): boolean {
  return isBaseDue({ base: bases.at(-1)?.size ?? 0, links: links.map(({ size }) => size) }, rules);
}

/** The snapshot that a start finds; undefined where there is none. Throws where a file cannot be read. */
export function readFiles({ bases, links }: SnapshotFiles, { planted }: SaveRules): Snapshot | undefined {
  const chain = newestChain(
    bases.map(({ snapshot }) => snapshot.base.index),
    links,
  );
  const base = bases.findLast(({ snapshot }) => snapshot.base.index === chain?.base);
  if (chain === undefined || base === undefined) return undefined;
  return chain.links.reduce((snapshot, link) => afterLink(snapshot, link, planted), base.snapshot);
}

export function afterLink(before: Snapshot, { texts }: SimLink, planted: ReadonlySet<PlantedBug>): Snapshot {
  const decoded = snapshotAfter(before, texts, planted);
  if (decoded.type === 'rejected') throw new TypeError(`changes that cannot be read back: ${decoded.reason}`);
  return decoded.value;
}

/** Without what a start does not need. */
export function withoutOthers(files: SnapshotFiles): SnapshotFiles {
  const { bases, links } = files;
  const chain = newestChain(
    bases.map(({ snapshot }) => snapshot.base.index),
    links,
  );
  return {
    bases: bases.filter(({ snapshot }) => snapshot.base.index === chain?.base).slice(-1),
    links: chain?.links ?? [],
  };
}

/** Without what a base at `index` replaces, or without the first `count` of those files. */
export function withoutReplaced(
  { bases, links }: SnapshotFiles,
  index: number,
  count = Infinity,
  isReplaced: (link: Link) => boolean = ({ to }) => to <= index,
): SnapshotFiles {
  let left = count;
  const goes = (): boolean => (left -= 1) >= 0;
  return {
    bases: bases.filter(({ snapshot }) => !(snapshot.base.index < index && goes())),
    links: links.filter((link) => !(isReplaced(link) && goes())),
  };
}

/** Whether a link takes something from a collection of records, and gives nothing to any. */
export function onlyDeletes({ texts }: SimLink): boolean {
  const groups = texts.slice(1, -1).join(' ');
  // The machine's own fields, such as its place, change with every entry.
  return groups.includes('"del":') && !/"at":\[[^\]]+\],(?:"del":\[[^\]]*\],)?"set":/.test(groups);
}

function resultOf<Result>(work: Generator<undefined, Result, undefined>): Result {
  let next = work.next();
  while (next.done !== true) next = work.next();
  return next.value;
}
