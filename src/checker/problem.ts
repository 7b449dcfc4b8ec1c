import type { Json } from '../protocol/model/json.ts';
import type { Meaning } from './model.ts';
import type { Operation } from './operation.ts';

/** An operation with its effect. */
export interface Effective<Step> {
  readonly operation: Operation;
  readonly meaning: Meaning<Step>;
}

/**
 * A history of one object, prepared for the search. Returned operations are numbered by their returns: level n is the
 * stretch up to the return of operation n, and a search past it has placed operations 0 to n. Those with an unknown
 * outcome are the *open* ones; equal ones make a class, and are used in the order of their calls.
 */
export interface Problem<Step = Json> {
  readonly steps: readonly Step[];
  /** By number, in the order of their returns. */
  readonly returned: readonly Operation[];
  /** By bit: classes one after the other, each in the order of the calls. */
  readonly open: readonly Operation[];
  /** Per returned operation: its step, whether that only reads, and its bit among concurrent ones. */
  readonly stepOf: Int32Array;
  readonly isRead: Uint8Array;
  readonly slotOf: Int32Array;
  /** Per returned operation: the level of its call. */
  readonly calledIn: Int32Array;
  /** The number of bits in use. */
  readonly slots: number;
  /** The pending returned operations at the end of level n, by number: from `from[n]` to before `from[n + 1]`. */
  readonly underWay: Int32Array;
  readonly from: Int32Array;
  /** In the order of their first occurrence. */
  readonly classes: readonly OpenClass[];
}

/** Open operations with equal steps. */
export interface OpenClass {
  readonly step: number;
  /** Its bits: from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  /** For each of its bits, the first level at which it may be placed; ascending. */
  readonly levels: readonly number[];
}

/** The greatest number of pending operations, summed over all levels, for which a search is tried. */
const UNDER_WAY_AT_MOST = 1 << 26;

/** Whether so many operations overlap that no search is tried: thousands of clients, each with one that never ends. */
export function isTooWide<Step extends Json>(operations: readonly Effective<Step>[]): boolean {
  const returned = operations.filter(({ operation }) => operation.returnedAt !== undefined).sort(byReturn);
  const levelOf = levelsOf(returned.map(({ operation }) => operation.returnedAt ?? 0));
  const pairs = returned.reduce((sum, { operation }, level) => sum + level - levelOf(operation.calledAt) + 1, 0);
  return pairs > UNDER_WAY_AT_MOST;
}

/** Prepares a history. Open operations that only read have been left out (parts.ts). */
export function problemOf<Step extends Json>(operations: readonly Effective<Step>[]): Problem<Step> {
  const numbers = new Map<string, number>();
  const steps: Step[] = [];
  const stepNumber = ({ meaning }: Effective<Step>): number => {
    // A model makes steps of one kind in one way, so that equal ones are equal texts.
    const key = JSON.stringify(meaning.step);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, steps.length);
    steps.push(meaning.step);
    return steps.length - 1;
  };
  const returned = operations.filter(({ operation }) => operation.returnedAt !== undefined).sort(byReturn);
  const stepOf = Int32Array.from(returned, stepNumber);
  const isRead = Uint8Array.from(returned, ({ meaning }) => (meaning.reads ? 1 : 0));
  const levelOf = levelsOf(returned.map(({ operation }) => operation.returnedAt ?? 0));
  const firstLevels = Int32Array.from(returned, ({ operation }) => levelOf(operation.calledAt));
  const { classes, open } = classesOf(operations, stepNumber, levelOf, returned.length);
  return {
    steps,
    returned: returned.map(({ operation }) => operation),
    open,
    stepOf,
    isRead,
    calledIn: firstLevels,
    classes,
    ...slotsOf(firstLevels),
    ...underWayOf(firstLevels),
  };
}

function byReturn<Step>({ operation: a }: Effective<Step>, { operation: b }: Effective<Step>): number {
  return (a.returnedAt ?? 0) - (b.returnedAt ?? 0);
}

/** The level of a call at `place`: the first whose return comes after it. */
function levelsOf(returns: readonly number[]): (place: number) => number {
  return (place) => {
    let [low, high] = [0, returns.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((returns[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Gives every returned operation a bit that is unique among concurrent ones. */
function slotsOf(firstLevels: Int32Array): Pick<Problem, 'slotOf' | 'slots'> {
  const slotOf = new Int32Array(firstLevels.length);
  const calledIn = Array.from(firstLevels, (): number[] => []);
  firstLevels.forEach((level, number) => calledIn[level]?.push(number));
  const free: number[] = [];
  let slots = 0;
  calledIn.forEach((called, level) => {
    for (const number of called) slotOf[number] = free.pop() ?? slots++;
    free.push(slotOf[level] ?? 0);
  });
  return { slotOf, slots };
}

function underWayOf(firstLevels: Int32Array): Pick<Problem, 'underWay' | 'from'> {
  const from = new Int32Array(firstLevels.length + 1);
  firstLevels.forEach((first, number) => {
    for (let level = first; level <= number; level += 1) from[level + 1] = (from[level + 1] ?? 0) + 1;
  });
  for (let level = 0; level < firstLevels.length; level += 1)
    from[level + 1] = (from[level + 1] ?? 0) + (from[level] ?? 0);
  const underWay = new Int32Array(from[firstLevels.length] ?? 0);
  const next = from.slice();
  firstLevels.forEach((first, number) => {
    for (let level = first; level <= number; level += 1) {
      const place = next[level] ?? 0;
      underWay[place] = number;
      next[level] = place + 1;
    }
  });
  return { underWay, from };
}

/** Open operations called after the last return are left out: no later operation can see them. */
function classesOf<Step>(
  operations: readonly Effective<Step>[],
  stepNumber: (operation: Effective<Step>) => number,
  levelOf: (place: number) => number,
  levels: number,
): { readonly classes: readonly OpenClass[]; readonly open: readonly Operation[] } {
  const members = new Map<number, Operation[]>();
  for (const effective of operations) {
    const { operation } = effective;
    if (operation.returnedAt !== undefined || levelOf(operation.calledAt) >= levels) continue;
    const step = stepNumber(effective);
    const others = members.get(step);
    if (others === undefined) members.set(step, [operation]);
    else others.push(operation);
  }
  const open: Operation[] = [];
  const classes = [...members].map(([step, same]): OpenClass => {
    const first = open.length;
    open.push(...same);
    return { step, first, end: open.length, levels: same.map(({ calledAt }) => levelOf(calledAt)) };
  });
  return { classes, open };
}
