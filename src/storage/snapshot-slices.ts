import { Map as PersistentMap } from 'immutable';
import { isObject } from '../protocol/decode.ts';
import type { Json } from '../protocol/json.ts';
import type { Snapshot } from '../protocol/machine.ts';
import { type Collection, type Fill, pack, type Spill, unpack, unpackList, unpackMap } from '../protocol/pack.ts';

/**
 * A snapshot as texts of about `charactersAtMost` each, made one at a time as they are asked for: a million records are
 * never turned into JSON in one go, and whoever writes them can do something else in between. The first text has all but
 * the Lists and Maps of more than `itemsAtMost` items; those follow, each in slices, in their own order (which means
 * nothing: a Map is put together again whatever the order).
 */
export function* snapshotSlices(snapshot: Snapshot, limits: SliceLimits): Generator<string, void, undefined> {
  const spilled: Collection[] = [];
  const spill: Spill = (collection) =>
    collection.size > limits.itemsAtMost ? spilled.push(collection) - 1 : undefined;
  const { base, configuration, machine } = snapshot;
  yield JSON.stringify({ base, configuration, machine: machine && pack(machine, spill) });
  // Packing the items of one collection may spill others, which then come behind it.
  for (let number = 0; number < spilled.length; number += 1) {
    const collection = spilled[number];
    if (collection !== undefined) yield* slicesOf(collection, number, spill, limits.charactersAtMost);
  }
}

export interface SliceLimits {
  readonly itemsAtMost: number;
  readonly charactersAtMost: number;
}

/** What the texts of `snapshotSlices` say, undone and not judged yet; undefined when they do not fit together. */
export function joinSlices(texts: Iterable<string>): unknown {
  const [first, ...rest] = [...texts].map(parse);
  if (!isObject(first)) return undefined;
  const slices = rest.filter(isSlice);
  if (slices.length < rest.length) return undefined;
  const { machine, ...others } = first;
  return isJson(machine) ? { ...others, machine: unpack(machine, filler(slices)) } : others;
}

interface Slice {
  readonly kind: 'list' | 'map';
  readonly number: number;
  readonly items: readonly Json[];
}

function* slicesOf(
  collection: Collection,
  number: number,
  spill: Spill,
  charactersAtMost: number,
): Generator<string, void, undefined> {
  const kind: Slice['kind'] = PersistentMap.isMap(collection) ? 'map' : 'list';
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

function sliceText(kind: Slice['kind'], number: number, items: readonly string[]): string {
  return `{"kind":"${kind}","number":${number},"items":[${items.join(',')}]}`;
}

function filler(slices: readonly Slice[]): Fill {
  const byNumber = new Map<number, Slice[]>();
  for (const slice of slices) {
    const known = byNumber.get(slice.number);
    if (known === undefined) byNumber.set(slice.number, [slice]);
    else known.push(slice);
  }
  return function fill(number) {
    const found = byNumber.get(number);
    // Each is used once: what was packed has no cycles.
    byNumber.delete(number);
    if (found === undefined) return undefined;
    const items = found.flatMap((slice) => slice.items);
    return found[0]?.kind === 'map' ? unpackMap(items, fill) : unpackList(items, fill);
  };
}

function parse(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return value;
}

/** What was parsed is JSON, unless it was not there. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function isSlice(value: unknown): value is Slice {
  return isObject(value) && Array.isArray(value['items']) && typeof value['number'] === 'number';
}
