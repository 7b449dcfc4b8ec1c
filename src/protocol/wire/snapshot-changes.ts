import type { Configuration } from '../model/configuration.ts';
import type { LogBase } from '../model/entry.ts';
import type { Machine, Snapshot } from '../model/machine.ts';
import type { PlantedBug } from '../model/mutants.ts';
import type { ChainRules } from '../model/snapshot-chain.ts';
import { applyChanges, changeSlices, countChanges, countRecords } from './change-slices.ts';
import type { InSlices } from './changed-members.ts';
import { checkSnapshot } from './codec.ts';
import { decode, record, whole } from './decode.ts';
import { configuration, logBase } from './shapes.ts';

/*
 * The changes from one snapshot to a later one, as texts: the first has both ends, the last the number of texts between
 * and the size of the later snapshot written whole, about.
 */

/** A snapshot of a data server, whose state can be written as changes. */
interface Stateful extends Snapshot {
  readonly machine: Machine;
}

interface LinkLimits {
  readonly valuesAtMost: number;
  readonly charactersAtMost: number;
  readonly planted?: ReadonlySet<PlantedBug> | undefined;
}

interface Head {
  /** What the changes are carried out on. */
  readonly from: { readonly index: number; readonly hash: number };
  readonly base: LogBase;
  readonly configuration: Configuration;
}

const head = record<Head>({
  from: record<Head['from']>({ index: whole, hash: whole }),
  base: logBase,
  configuration,
});

const ending = record<{ readonly slices: number; readonly size: number }>({ slices: whole, size: whole });

export function hasState(snapshot: Snapshot | undefined): snapshot is Stateful {
  return snapshot?.machine !== undefined;
}

/** The texts of the changes; `size`: that of the earlier snapshot written whole. Returns that of the later one, about. */
export function* linkSlices(
  before: Stateful,
  after: Stateful,
  size: number,
  limits: LinkLimits,
): InSlices<string, number> {
  const { index, hash } = before.base;
  const first: Head = { from: { index, hash }, base: after.base, configuration: after.configuration };
  yield JSON.stringify(first);
  const slices = changeSlices(before.machine, after.machine, limits);
  let count = 0;
  let next = slices.next();
  for (; next.done !== true; next = slices.next()) {
    if (next.value !== undefined) count += 1;
    yield next.value;
  }
  const grown = Math.max(0, Math.round(size + next.value));
  yield JSON.stringify({ slices: count, size: grown });
  return grown;
}

/** Whether a state is so small, or has changed so much, that it is better written whole. */
export function* isWorthWhole(
  before: Stateful,
  after: Stateful,
  { wholeWhenSmall }: ChainRules,
  limits: LinkLimits,
): InSlices<never, boolean> {
  if (!wholeWhenSmall) return false;
  // A change costs about twice what a record of a whole state does (bench/snapshots.ts).
  const many = countRecords(after.machine) / 2;
  return (yield* countChanges(before.machine, after.machine, limits, many)) >= many;
}

/** Carries out the texts of `linkSlices` on the earlier snapshot, one after another. */
export interface LinkReader {
  /** Takes the next text, parsed; the reason where it does not fit. */
  add(text: unknown): string | undefined;
  /** The later snapshot, and its size; undefined where texts are missing. Not yet checked. Called once. */
  join(): { readonly snapshot: Joined; readonly size: number } | undefined;
}

/** A snapshot whose machine has not been checked yet. */
interface Joined extends Omit<Snapshot, 'machine'> {
  readonly machine?: unknown;
}

export function createLinkReader(before: Joined, planted?: ReadonlySet<PlantedBug>): LinkReader {
  let first: Head | undefined;
  let { machine } = before;
  let count = 0;
  let size: number | undefined;
  return {
    add(text) {
      if (size !== undefined) return 'it goes on behind its end';
      if (first === undefined) {
        const decoded = decode(head, text, 'changes');
        if (decoded.type === 'rejected') return decoded.reason;
        const { index, hash } = decoded.value.from;
        if (index !== before.base.index || hash !== before.base.hash) return 'it does not continue what is before it';
        first = decoded.value;
        return undefined;
      }
      if (Array.isArray(text)) {
        const changed = applyChanges(machine, text, planted);
        if (changed === undefined) return 'its changes do not fit the state before it';
        machine = changed.value;
        count += 1;
        return undefined;
      }
      const decoded = decode(ending, text, 'changes');
      if (decoded.type === 'rejected') return decoded.reason;
      if (decoded.value.slices !== count) return `it has ${count} slices of ${decoded.value.slices}`;
      ({ size } = decoded.value);
      return undefined;
    },
    join() {
      if (first === undefined || size === undefined) return undefined;
      const { base, configuration: inForce } = first;
      return { snapshot: { base, configuration: inForce, machine }, size };
    },
  };
}

/** The later snapshot that texts of a link make of the earlier one, or the reason why they make none. */
export function snapshotAfter(
  before: Snapshot,
  texts: readonly string[],
  planted?: ReadonlySet<PlantedBug>,
): ReturnType<typeof checkSnapshot> {
  const reader = createLinkReader(before, planted);
  for (const text of texts) {
    const parsed: unknown = JSON.parse(text);
    const reason = reader.add(parsed);
    if (reason !== undefined) return { type: 'rejected', reason };
  }
  const joined = reader.join();
  return joined === undefined ? { type: 'rejected', reason: 'its end is missing' } : checkSnapshot(joined.snapshot);
}
