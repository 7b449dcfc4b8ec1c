/** The earlier of two instants; undefined is never. */
export function sooner(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined || one <= other ? one : other;
}
