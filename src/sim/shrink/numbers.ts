/** The next number down of at most two digits and zeros: 7214 → 7200. With a `limit` of 10, of one digit: 7000. */
export function rounder(value: number, limit: 10 | 100 = 100): number {
  let unit = 1;
  while (value / unit >= limit) unit *= 10;
  return Math.floor(value / unit) * unit;
}

/** Smaller or rounder whole numbers than `value`, the simplest first. */
export function simplerNumbers(value: number): readonly number[] {
  if (!Number.isInteger(value) || value <= 1) return value === 1 ? [0] : [];
  const candidates = [0, 1, rounder(Math.floor(value / 2)), rounder(value)];
  return [...new Set(candidates)].filter((candidate) => candidate < value);
}
