import type { GroupName } from '../protocol/model/app.ts';
import { below, hashText } from '../protocol/model/hash.ts';
import { HISTORY_BITS } from '../protocol/model/write-sessions.ts';

/*
 * The name of a numbered write, as a uuid (version 8, RFC 9562 §5.8): its session and number, its group, a digest of the
 * history, and a digest of these, so that no uuid of a client is taken for one. Sent as an idempotency key it asks for
 * the outcome of that write at any front end (PROTOCOL §7.11).
 */

/** A numbered write, by name. */
export interface WriteName {
  readonly group: GroupName;
  readonly history: number;
  readonly session: number;
  readonly number: number;
}

const [SESSION, NUMBER, GROUP, HISTORY, CHECK] = [10, 8, 1, HISTORY_BITS / 4, 7];

/** The highest number that a name has room for. */
export const NUMBER_AT_MOST = 16 ** NUMBER - 1;

const SHAPE = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8([0-9a-f]{3})-([0-9a-f]{12})$/;

/** The uuid that names the write; undefined where a part of it is too large. */
export function nameOfWrite(name: WriteName, groups: readonly GroupName[]): string | undefined {
  const place = groups.indexOf(name.group);
  const parts = [
    digits(name.session, SESSION),
    digits(name.number, NUMBER),
    digits(place, GROUP),
    digits(name.history, HISTORY),
  ];
  const said = parts.join('');
  if (place < 0 || said.length > SESSION + NUMBER + GROUP + HISTORY) return undefined;
  const all = said + checkOf(said);
  return `${all.slice(0, 8)}-${all.slice(8, 12)}-8${all.slice(12, 15)}-8${all.slice(15, 18)}-${all.slice(18)}`;
}

/** The write that a uuid names; undefined for any other uuid. */
export function writeNamed(uuid: string, groups: readonly GroupName[]): WriteName | undefined {
  const all = SHAPE.exec(uuid)?.slice(1).join('') ?? '';
  const said = all.slice(0, -CHECK);
  if (all === '' || checkOf(said) !== all.slice(-CHECK)) return undefined;
  let from = 0;
  const next = (length: number): number => Number.parseInt(said.slice(from, (from += length)), 16);
  const [session, number] = [next(SESSION), next(NUMBER)];
  const group = groups[next(GROUP)];
  return group === undefined ? undefined : { group, history: next(HISTORY), session, number };
}

function checkOf(said: string): string {
  return digits(below(hashText(`write ${said}`), 16 ** CHECK), CHECK);
}

function digits(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}
