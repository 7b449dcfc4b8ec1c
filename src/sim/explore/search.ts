import { type Bounds, packBounds, type Resource } from './bounds.ts';
import type { Wrong } from './judge-local.ts';
import { createStateTable } from './state-table.ts';
import type { System } from './system.ts';

export interface SearchLimits {
  readonly states: number;
  readonly depth: number;
}

/** The result of an exhaustive search. */
export interface SearchResult {
  readonly states: number;
  readonly transitions: number;
  /** The length of the longest of the shortest paths to a state. */
  readonly depth: number;
  /** Whether every state within the bounds was reached. */
  readonly exhausted: boolean;
  /** Transitions cut off, by bound. */
  readonly cut: Readonly<Partial<Record<Resource, number>>>;
  readonly violation: { readonly wrong: Wrong; readonly rows: readonly Int32Array[] } | undefined;
}

/** Breadth-first search: every state is reached by a shortest path, so the first violation is a shortest one. */
export function search(
  system: System,
  start: Int32Array,
  bounds: Bounds,
  limits: SearchLimits,
  progress: (states: number, depth: number, waiting: number) => void = () => undefined,
): SearchResult {
  const stateTable = createStateTable(system.width);
  stateTable.add(start, -1);
  const row = new Int32Array(system.width);
  const cut: Partial<Record<Resource, number>> = {};
  const packed = packBounds(bounds);
  let transitions = 0;
  let depth = 0;
  let levelEnd = 1;
  let place = 0;
  let wrong: Wrong | undefined;
  let last: Int32Array | undefined;
  for (; place < stateTable.size && wrong === undefined; place += 1) {
    if (place === levelEnd) {
      depth += 1;
      levelEnd = stateTable.size;
    }
    if (depth >= limits.depth || stateTable.size >= limits.states) break;
    if ((place & 0xfff) === 0) progress(stateTable.size, depth, stateTable.size - place);
    stateTable.read(place, row);
    system.expand(row, packed, (_, next, by, found) => {
      if (by !== undefined) {
        cut[by] = (cut[by] ?? 0) + 1;
        return true;
      }
      transitions += 1;
      if (found !== undefined) {
        wrong = found;
        last = Int32Array.from(next);
        return false;
      }
      stateTable.add(next, place);
      return true;
    });
  }
  const exhausted = wrong === undefined && place === stateTable.size;
  const rows: Int32Array[] = last === undefined ? [] : [last];
  for (let at = place - 1; last !== undefined && at >= 0; at = stateTable.parentOf(at)) {
    const copy = new Int32Array(system.width);
    stateTable.read(at, copy);
    rows.unshift(copy);
  }
  const violation = wrong === undefined ? undefined : { wrong, rows };
  return { states: stateTable.size, transitions, depth, exhausted, cut, violation };
}
