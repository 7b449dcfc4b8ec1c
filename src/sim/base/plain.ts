import { isCollection, isKeyed } from 'immutable';

/** A value as plain data: JSON, and lists and maps of any kind as arrays and objects. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** Stands for what is left out: what is deeper, or further on in a list. */
const MORE = '…';

/** `value` as plain data, at most `depth` levels deep and `width` items wide. */
export function plainOf(value: unknown, depth = 6, width = 40): Plain {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return typeof value === 'bigint' ? String(value) : typeof value;
  if (depth === 0) return MORE;
  const below = (item: unknown): Plain => plainOf(item, depth - 1, width);
  if (isListed(value)) {
    const items: Plain[] = [];
    for (const item of value) {
      if (items.length === width) {
        items.push(MORE);
        break;
      }
      items.push(below(item));
    }
    return items;
  }
  const fields: Record<string, Plain> = {};
  for (const [name, item] of fieldsOf(value)) {
    if (item === undefined || typeof item === 'function') continue;
    if (Object.keys(fields).length === width) {
      fields[MORE] = MORE;
      break;
    }
    fields[String(name)] = below(item);
  }
  return fields;
}

function isListed(value: object): value is Iterable<unknown> {
  if (isCollection(value)) return !isKeyed(value);
  return Array.isArray(value) || value instanceof Set;
}

function fieldsOf(value: object): Iterable<readonly [unknown, unknown]> {
  if (isCollection(value)) return value.toSeq().entries();
  return value instanceof Map ? value : Object.entries(value);
}
