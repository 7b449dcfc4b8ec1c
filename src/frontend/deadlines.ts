/**
 * Deadlines, soonest first: a leftist heap (Crane 1972; Okasaki 1998 §3.1). Persistent. `expect` and `withoutSoonest`
 * cost O(log n), so a request costs the same however many others are pending.
 */
export type Deadlines = Deadline | undefined;

export interface Deadline {
  readonly at: number;
  /** The request. Of equal deadlines the lowest id comes first. */
  readonly id: number;
  /** Length of the right spine, which the heap keeps short. */
  readonly rank: number;
  readonly left: Deadlines;
  readonly right: Deadlines;
}

export const NO_DEADLINES: Deadlines = undefined;

/** The deadlines with one more: `id` at `at`. */
export function expect(deadlines: Deadlines, at: number, id: number): Deadlines {
  return merge(deadlines, { at, id, rank: 1, left: undefined, right: undefined });
}

export function withoutSoonest(deadlines: Deadline): Deadlines {
  return merge(deadlines.left, deadlines.right);
}

function merge(a: Deadlines, b: Deadlines): Deadlines {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const [first, second] = a.at < b.at || (a.at === b.at && a.id <= b.id) ? [a, b] : [b, a];
  const rest = merge(first.right, second);
  const [left, right] = rankOf(first.left) >= rankOf(rest) ? [first.left, rest] : [rest, first.left];
  return { at: first.at, id: first.id, rank: rankOf(right) + 1, left, right };
}

function rankOf(deadlines: Deadlines): number {
  return deadlines === undefined ? 0 : deadlines.rank;
}
