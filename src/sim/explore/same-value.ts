import { List, Map } from 'immutable';

/**
 * Deep equality of plain JSON, List and Map; a property that is undefined counts as absent. Shared parts are not
 * descended into.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isPlain(a) && isPlain(b)) return sameMembers(a, b);
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameItems(a, b);
  if (List.isList(a) || List.isList(b)) {
    return List.isList(a) && List.isList(b) && a.size === b.size && sameItems(a.toArray(), b.toArray());
  }
  if (Map.isMap(a) || Map.isMap(b)) {
    return Map.isMap(a) && Map.isMap(b) && a.size === b.size && a.every((value, key) => sameValue(value, b.get(key)));
  }
  return sameMembers(a, b);
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place += 1) if (!sameValue(a[place], b[place])) return false;
  return true;
}

function sameMembers(a: object, b: object): boolean {
  if (!isRecord(a) || !isRecord(b)) return false;
  for (const key in a) if (!sameValue(a[key], b[key])) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Every object may be read as a record. */
function isRecord(value: object): value is Readonly<Record<string, unknown>> {
  return !Array.isArray(value);
}
