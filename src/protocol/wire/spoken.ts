/** Versions of the wire, both ends included. */
export interface WireRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The versions that this build speaks (docs/reference/wire.md, "Versions").
 *
 * - `to` is raised with the first optional field of a message that a released build does not know: `since` in shapes.ts.
 * - `from` is raised with the first thing that cannot be left out, to the version that reads it.
 */
export const SPOKEN: WireRange = { from: 5, to: 5 };

/** The version that two builds speak to each other: the highest that both know. Undefined: they have none in common. */
export function commonVersion(a: WireRange, b: WireRange): number | undefined {
  const version = Math.min(a.to, b.to);
  return version >= Math.max(a.from, b.from) ? version : undefined;
}

/** For people: `version 3`, `versions 3 to 5`. */
export function showRange({ from, to }: WireRange): string {
  return from === to ? `version ${to}` : `versions ${from} to ${to}`;
}
