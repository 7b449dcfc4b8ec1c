import { Map as PersistentMap } from 'immutable';
import type { Snapshot } from '../model/machine.ts';
import { type Collection, pack, type Spill } from './pack.ts';
import { createSliceJoiner } from './slice-joiner.ts';

/**
 * A snapshot as texts of about `charactersAtMost` each, generated on demand: a large state never becomes JSON in one
 * piece, and the writer can yield in between. The first text has everything but Lists and Maps of more than
 * `itemsAtMost` items; those follow, each in slices, in their own order (a Map is joined in any order).
 */
export function* snapshotSlices(snapshot: Snapshot, limits: SliceLimits): Generator<string, void, undefined> {
  const spilled: Collection[] = [];
  const spill: Spill = (collection) =>
    collection.size > limits.itemsAtMost ? spilled.push(collection) - 1 : undefined;
  const { base, configuration, machine } = snapshot;
  yield JSON.stringify({ base, configuration, machine: machine && pack(machine, spill) });
  // Packing the items of one collection may spill others, which then follow it.
  for (let number = 0; number < spilled.length; number += 1) {
    const collection = spilled[number];
    if (collection !== undefined) yield* slicesOf(collection, number, spill, limits.charactersAtMost);
  }
}

export interface SliceLimits {
  readonly itemsAtMost: number;
  readonly charactersAtMost: number;
}

/**
 * The value of the texts of `snapshotSlices`, unpacked and not yet checked; undefined when they do not fit together.
 */
export function joinSlices(texts: Iterable<string>): unknown {
  const joiner = createSliceJoiner();
  for (const text of texts) {
    if (!joiner.add(JSON.parse(text))) return undefined;
  }
  return joiner.join();
}

function* slicesOf(
  collection: Collection,
  number: number,
  spill: Spill,
  charactersAtMost: number,
): Generator<string, void, undefined> {
  const kind = PersistentMap.isMap(collection) ? 'map' : 'list';
  let items: string[] = [];
  let characters = 0;
  for (const item of collection) {
    const text = JSON.stringify(pack(item, spill));
    items.push(text);
    characters += text.length;
    if (characters >= charactersAtMost) {
      yield sliceText(kind, number, items);
      items = [];
      characters = 0;
    }
  }
  if (items.length > 0) yield sliceText(kind, number, items);
}

function sliceText(kind: 'map' | 'list', number: number, items: readonly string[]): string {
  return `{"kind":"${kind}","number":${number},"items":[${items.join(',')}]}`;
}
