import type { Json } from '../../protocol/model/json.ts';
import { decode, isObject, json, parseJson } from '../../protocol/wire/decode.ts';
import { pack } from '../../protocol/wire/pack.ts';

/** Of each value, so much is shown. */
const SHOWN = 60;

/**
 * Where two states differ first, and in what: `seats.A1.token is 3 and 4`. `state` for the whole; undefined where they
 * are equal as JSON.
 */
export function differenceOf(one: unknown, other: unknown): string | undefined {
  const found = firstDifference(one, other);
  if (found === undefined) return undefined;
  return `${found.path.length === 0 ? 'state' : found.path.join('.')} is ${found.one} and ${found.other}`;
}

/** The same in parts: the path, and both values, short. */
export function firstDifference(
  one: unknown,
  other: unknown,
): { readonly path: readonly string[]; readonly one: string; readonly other: string } | undefined {
  const found = one === other ? undefined : findIn(plain(pack(one)), plain(pack(other)), []);
  if (found === undefined) return undefined;
  const [path, left, right] = found;
  return { path, one: shown(left), other: shown(right) };
}

type Found = readonly [path: readonly string[], one: Json | undefined, other: Json | undefined];

function findIn(one: Json | undefined, other: Json | undefined, path: readonly string[]): Found | undefined {
  if (!isContainer(one) || !isContainer(other) || Array.isArray(one) !== Array.isArray(other)) {
    return JSON.stringify(one) === JSON.stringify(other) ? undefined : [path, one, other];
  }
  const [left, right] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const found = findIn(left.get(key), right.get(key), [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function plain(value: unknown): Json {
  const parsed = parseJson(JSON.stringify(value ?? null), Number.POSITIVE_INFINITY);
  const decoded = parsed.type === 'decoded' ? decode(json, parsed.value, 'the state') : parsed;
  return decoded.type === 'decoded' ? decoded.value : null;
}

function isContainer(value: Json | undefined): value is { readonly [key: string]: Json } {
  return isObject(value) || Array.isArray(value);
}

function shown(value: Json | undefined): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
