import { List, Map as PersistentMap } from 'immutable';
import { type Json, NESTING_AT_MOST } from '../model/json.ts';
import { isObject } from './decode.ts';
import { type Collection, type Fill, unpack, unpackList, unpackMap, withVersion } from './pack.ts';

/**
 * Joins the slices of `snapshotSlices` into a snapshot. The work is done slice by slice; little is left for the end.
 */
export interface SliceJoiner {
  /** Takes the next slice, parsed; false when it is none. */
  add(slice: unknown): boolean;
  /** The snapshot, unpacked and not yet checked; undefined when the slices do not fit together. Called once. */
  join(): unknown;
}

/** A collection of which some slices have arrived. */
interface Partial {
  readonly kind: Slice['kind'];
  readonly unpacked: Collection;
  /** Packed items with collections whose slices are still to come; in a List also all items after them. */
  readonly waiting: (readonly Json[])[];
}

interface Slice {
  readonly kind: 'list' | 'map';
  readonly number: number;
  readonly items: readonly Json[];
}

export function createSliceJoiner(): SliceJoiner {
  let first: { readonly [key: string]: unknown } | undefined;
  const partials = new Map<number, Partial>();
  return {
    add(slice) {
      if (first === undefined) {
        if (!isObject(slice)) return false;
        first = slice;
        return true;
      }
      if (!isSlice(slice)) return false;
      const known = partials.get(slice.number) ?? { kind: slice.kind, unpacked: empty(slice.kind), waiting: [] };
      const partial = known.kind === slice.kind ? extended(known, slice.items) : undefined;
      if (partial !== undefined) partials.set(slice.number, partial);
      return partial !== undefined;
    },
    join() {
      if (first === undefined) return undefined;
      const { machine, ...others } = first;
      if (!isJson(machine)) return partials.size === 0 ? others : undefined;
      const joined = unpackWhole(machine, partials);
      return joined && { ...others, machine: withVersion(joined.value) };
    },
  };
}

/** `known` with further items, unpacked unless they must wait; undefined when they do not belong there. */
function extended(known: Partial, items: readonly Json[]): Partial | undefined {
  let mustWait = known.kind === 'list' && known.waiting.length > 0;
  const unpacked = mustWait
    ? undefined
    : unpackItems(known.unpacked, items, () => {
        mustWait = true;
        return undefined;
      });
  if (!mustWait) return unpacked && { ...known, unpacked };
  known.waiting.push(items);
  return known;
}

/** A machine with all its collections in place; undefined when one is missing or left over. */
function unpackWhole(machine: Json, partials: Map<number, Partial>): { readonly value: unknown } | undefined {
  let depth = 0;
  let fits = true;
  function fill(number: number): Collection | undefined {
    const partial = partials.get(number);
    // Each is used once, since packed values have no cycles. A longer chain could overflow the stack.
    partials.delete(number);
    depth += 1;
    let collection = depth > NESTING_AT_MOST ? undefined : partial?.unpacked;
    for (const items of partial?.waiting ?? []) collection = collection && unpackItems(collection, items, fill);
    depth -= 1;
    fits &&= collection !== undefined;
    return collection;
  }
  const value = unpack(machine, fill);
  return fits && partials.size === 0 ? { value } : undefined;
}

function unpackItems(start: Collection, items: readonly Json[], fill: Fill): Collection | undefined {
  return List.isList(start) ? unpackList(items, fill, start) : unpackMap(items, fill, start);
}

function empty(kind: Slice['kind']): Collection {
  return kind === 'map' ? PersistentMap() : List();
}

/** Whether a parsed value is JSON: whether it is there. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function isSlice(value: unknown): value is Slice {
  return (
    isObject(value) &&
    (value['kind'] === 'list' || value['kind'] === 'map') &&
    typeof value['number'] === 'number' &&
    Array.isArray(value['items'])
  );
}
