import type { Json } from '../protocol/model/json.ts';

/** The canonical text of a value, equal exactly for equal values: the keys of objects are sorted, and -0 is 0. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const pairs = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${pairs.join(',')}}`;
}

/** `Array.isArray`, which does not see through `readonly`. */
export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
