import { isDeepStrictEqual } from 'node:util';
import { unreachable } from '../../../../src/protocol/model/assert.ts';
import type { DiskOperation, Stored } from '../../../../src/protocol/model/effects.ts';
import type { Snapshot } from '../../../../src/protocol/model/machine.ts';
import { encodeSnapshot } from '../../../../src/protocol/wire/codec.ts';

/** What a store holds, but for how often it was opened. */
export type Held = Omit<Stored, 'incarnation'>;

/** The dumb twin of a store: an array, a snapshot and a promise. */
export function after(held: Held, operation: DiskOperation): Held {
  const { entries } = held;
  switch (operation.type) {
    case 'promise':
      return { ...held, promised: operation.epoch };
    case 'append':
      return { ...held, entries: [...entries, ...operation.entries] };
    case 'truncate':
      return { ...held, entries: entries.filter(({ index }) => index < operation.from) };
    case 'compact':
      return { ...held, entries: entries.filter(({ index }) => index > operation.through) };
    case 'install':
      return { ...held, snapshot: operation.snapshot, entries: [] };
    default:
      return unreachable(operation);
  }
}

/**
 * All that may be there after a process was killed in the middle of a write: operations that go to the log together are
 * there together, and of a full copy the snapshot may be there while the log is still the old one.
 */
export function amid(held: Held, operations: readonly DiskOperation[]): Held[] {
  const states: Held[] = [];
  let now = held;
  for (const [place, operation] of operations.entries()) {
    if (operation.type === 'install') states.push(now, behind(now, operation.snapshot));
    const next = operations[place + 1];
    now = after(now, operation);
    if (isAlone(operation) || next === undefined || isAlone(next)) states.push(now);
  }
  return states;
}

function isAlone({ type }: DiskOperation): boolean {
  return type === 'install' || type === 'compact';
}

/** What counts once `snapshot` lies beside the log: the log goes where it does not lead to the snapshot. */
export function behind(held: Held, snapshot: Snapshot): Held {
  const { index, hash } = snapshot.base;
  const [first] = held.entries;
  const leads =
    first?.previousHash === hash || held.entries.some((entry) => entry.index === index && entry.hash === hash);
  return { ...held, snapshot, entries: leads ? held.entries : [] };
}

export function isSame(a: Held, b: Held): boolean {
  return (
    isDeepStrictEqual(a.promised, b.promised) &&
    isDeepStrictEqual(a.entries, b.entries) &&
    isDeepStrictEqual(plain(a.snapshot), plain(b.snapshot))
  );
}

function plain(snapshot: Snapshot | undefined): unknown {
  return snapshot && JSON.parse(encodeSnapshot(snapshot));
}

export function inShort({ promised, snapshot, entries }: Held): string {
  const [first, last] = [entries[0], entries.at(-1)];
  const log = first && last ? `entries ${first.index} to ${last.index} (hash ${last.hash})` : 'no entries';
  return `promised ${promised.counter}, snapshot ${snapshot?.base.index ?? 'none'}, ${log}`;
}
