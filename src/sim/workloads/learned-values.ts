import type { Json } from '../../protocol/model/json.ts';
import { isObject, parseJson } from '../../protocol/wire/decode.ts';
import type { Known } from './workload.ts';

/*
 * Learned values: what clients that know only the schemas of a service learn from answers. The fields of a request are
 * kept with those of its answer, so that an id or a token returns together with what it was issued for.
 */

/** Fields that occurred together; a bare value has the name ''. */
export type LearnedValues = Readonly<Record<string, string | number | boolean>>;

/** Learned values kept; the oldest is dropped first. */
const KEPT_AT_MOST = 12;

/** Members of a list in an answer that are looked at. */
const MEMBERS_AT_MOST = 4;

/** The greatest length of an id or a token. */
const TEXT_AT_MOST = 64;

const DEPTH_AT_MOST = 3;

/** Learns from an answer with status 200 to a request with these fields. */
export function learnFrom(asked: Readonly<Record<string, Json>>, body: string, known: Known): void {
  const answer = body === '' ? undefined : parseJson(body, 65_536);
  const fields = scalarsOf(asked);
  const learned = answer?.type === 'decoded' ? valuesIn(answer.value, 0) : [{}];
  for (const values of learned) remember({ ...fields, ...values }, known);
}

/** All learned values, newest last. */
export function learnedValuesOf(known: Known): readonly LearnedValues[] {
  return [...known.keys()].flatMap((text) => {
    const parsed = parseJson(text, 65_536);
    return parsed.type === 'decoded' && isObject(parsed.value) ? [scalarsOf(parsed.value)] : [];
  });
}

function remember(values: LearnedValues, known: Known): void {
  if (Object.keys(values).length === 0) return;
  const text = JSON.stringify(values);
  known.delete(text);
  known.set(text, 1);
  for (const oldest of known.keys()) if (known.size > KEPT_AT_MOST) known.delete(oldest);
}

function valuesIn(value: unknown, depth: number): readonly LearnedValues[] {
  if (isScalar(value)) return [{ '': value }];
  if (depth > DEPTH_AT_MOST) return [];
  if (Array.isArray(value)) return value.slice(0, MEMBERS_AT_MOST).flatMap((member) => valuesIn(member, depth + 1));
  if (!isObject(value)) return [{}];
  const own = scalarsOf(value);
  const nested = Object.values(value).flatMap((member) => (isObject(member) ? valuesIn(member, depth + 1) : []));
  return nested.length === 0 ? [own] : nested.map((values) => ({ ...own, ...values }));
}

function scalarsOf(fields: Readonly<Record<string, unknown>>): LearnedValues {
  const scalars: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) if (isScalar(value)) scalars[name] = value;
  return scalars;
}

function isScalar(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= TEXT_AT_MOST;
  return typeof value === 'number' || typeof value === 'boolean';
}
