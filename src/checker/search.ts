import { createFrontier } from './frontier.ts';
import { BITS, createConfigurations, DEBT_STATE, DEBT_STEP, LEVEL, STATE } from './configurations.ts';
import { createLookAhead } from './look-ahead.ts';
import type { OpenClass, Problem } from './problem.ts';
import type { Transitions } from './transitions.ts';

/** The result of a search. A placing is a returned operation's number n, or -1 - bit for an open one. */
export type Found =
  | { readonly type: 'ok'; readonly placings: readonly number[]; readonly work: number }
  /**
   * No order gets beyond the return of operation `level`. Some explain all returns before that of `reached`, and
   * `furthest` are such, where `reached` is `level`.
   */
  | {
      readonly type: 'illegal';
      readonly level: number;
      readonly reached: number;
      readonly furthest: readonly (readonly number[])[];
      readonly work: number;
    }
  /** `isFull`: there were too many configurations or states to keep, so a larger budget would not help. */
  | { readonly type: 'undecided'; readonly isFull: boolean; readonly work: number };

/** When a search ends without an answer. */
export interface Limits {
  /** Configurations searched. */
  readonly budget: number;
  /** Asked now and then. */
  readonly isOver?: (() => boolean) | undefined;
}

/** Orders that got furthest, at most so many. */
const FURTHEST_AT_MOST = 4;

/**
 * Searches for a linearization: an order of the operations that respects real time and the model. Wing and Gong's
 * search with Lowe's memory of visited configurations (Lowe 2017, "Testing for linearizability"), placing operations
 * just in time: only when the next return demands one that is not placed yet, and then whatever comes before it. Four
 * rules keep it small, each losing no answer:
 *
 * 1. A read is placed as soon as it fits. Moved forward to there from wherever it stands in an order, it leaves all
 *    other steps as they were.
 * 2. Of equal concurrent operations the one that returns first is placed first, and of equal open ones the one called
 *    first: in any order the two can be swapped.
 * 3. Of two configurations that differ only in one using more open operations, that one is dropped (configurations.ts).
 * 4. An open operation y must matter to what is placed right after it, z. Take the best order there is: of those that
 *    use the fewest open operations the one that uses them latest, and of neighbours that are both open and could stand
 *    either way the one with the lower step first. If z has the same effect without y, the order without y is better.
 *    If z and y could stand the other way round with the same effect, and z returned or has the lower step, that order
 *    is better. So the best order is among those that are tried. What y was and where it stood is the *debt* of a
 *    configuration.
 *
 * Depth-first at the beginning, which finds most orders at once; after a while level by level, where covered
 * configurations are dropped before they are expanded. Beyond the limits, and beyond what may be kept of configurations
 * and states, the search is undecided.
 */
export function search(problem: Problem, transitions: Transitions, { budget, isOver }: Limits): Found {
  const { returned, open, stepOf, isRead, slotOf, underWay, from, classes } = problem;
  const levels = returned.length;
  const usedAt = BITS + ((problem.slots + 31) >> 5);
  const configurations = createConfigurations(usedAt - BITS, (open.length + 31) >> 5);
  const { draft } = configurations;
  const frontier = createFrontier(levels, (levels + open.length) * 50 + 256);
  const tried = new Int32Array(problem.steps.length);
  const lookAhead = createLookAhead(problem, transitions);
  /** The last return at which a configuration was given up by looking ahead. */
  let seenAhead = -1;
  let turn = 0;
  let end: readonly number[] | undefined;

  function has(bit: number, base: number): boolean {
    return (((draft[base + (bit >> 5)] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  function flip(bit: number, base: number): void {
    draft[base + (bit >> 5)] = (draft[base + (bit >> 5)] ?? 0) ^ (1 << (bit & 31));
  }

  function isFull(): boolean {
    return configurations.isFull || transitions.isFull;
  }

  function isPlaced(number: number): boolean {
    return has(slotOf[number] ?? 0, BITS);
  }

  function isUsed(bit: number): boolean {
    return has(bit, usedAt);
  }

  /** Places reads, and leaves the levels whose demands are met. Returns whether that was the last level. */
  function settle(placings?: number[]): boolean {
    const state = draft[STATE] ?? 0;
    for (let level = draft[LEVEL] ?? 0; level < levels; level += 1) {
      for (let place = from[level] ?? 0; place < (from[level + 1] ?? 0); place += 1) {
        const number = underWay[place] ?? 0;
        if (isRead[number] === 0 || has(slotOf[number] ?? 0, BITS)) continue;
        if (transitions.after(state, stepOf[number] ?? 0) !== state) continue;
        flip(slotOf[number] ?? 0, BITS);
        draft[DEBT_STATE] = draft[DEBT_STEP] = -1;
        placings?.push(number);
      }
      draft[LEVEL] = level;
      if (!has(slotOf[level] ?? 0, BITS)) return false;
      flip(slotOf[level] ?? 0, BITS);
      draft[LEVEL] = level + 1;
    }
    return true;
  }

  /** Keeps the draft as a configuration that has been reached. */
  function arrive(parent: number, taken: number): void {
    if (settle()) {
      end = [...takenUpTo(parent), taken];
      return;
    }
    const read = lookAhead?.nextRead(draft[LEVEL] ?? 0, isPlaced) ?? -1;
    if (read >= 0) {
      const state = lookAhead?.stateFor(read, draft[LEVEL] ?? 0, draft[STATE] ?? 0, isPlaced, isUsed) ?? -1;
      if (state < 0) {
        seenAhead = Math.max(seenAhead, read);
        return;
      }
      draft[STATE] = state;
    }
    const id = configurations.put(parent, taken);
    if (id >= 0) frontier.put(draft[LEVEL] ?? 0, id * 2);
  }

  /**
   * Whether `step`, which leads to `next`, would do as well without, or before, the open operation that stands before
   * it.
   */
  function paysDebt(debtState: number, debtStep: number, step: number, next: number, isOpen: boolean): boolean {
    if (debtState < 0) return true;
    const without = transitions.after(debtState, step);
    if (without === next) return false;
    if (without < 0 || (isOpen && step >= debtStep)) return true;
    return transitions.after(without, debtStep) !== next;
  }

  /**
   * Places one of the pending operations that will return. The one that returns first is pushed last, and so expanded
   * first.
   */
  function placeReturned(id: number): void {
    configurations.load(id);
    const [level, state] = [draft[LEVEL] ?? 0, draft[STATE] ?? 0];
    const [debtState, debtStep] = [draft[DEBT_STATE] ?? -1, draft[DEBT_STEP] ?? -1];
    turn += 1;
    const choices: number[] = [];
    for (let place = from[level] ?? 0; place < (from[level + 1] ?? 0); place += 1) {
      const number = underWay[place] ?? 0;
      const step = stepOf[number] ?? 0;
      if (isRead[number] === 1 || tried[step] === turn || has(slotOf[number] ?? 0, BITS)) continue;
      tried[step] = turn;
      const next = transitions.after(state, step);
      if (next >= 0 && paysDebt(debtState, debtStep, step, next, false)) choices.push(number, next);
    }
    for (let place = choices.length - 2; place >= 0 && end === undefined; place -= 2) {
      const number = choices[place] ?? 0;
      configurations.load(id);
      flip(slotOf[number] ?? 0, BITS);
      draft[STATE] = choices[place + 1] ?? 0;
      draft[DEBT_STATE] = draft[DEBT_STEP] = -1;
      arrive(id, number);
    }
  }

  /** Places one of the open operations. */
  function placeOpen(id: number): void {
    configurations.load(id);
    const [level, state] = [draft[LEVEL] ?? 0, draft[STATE] ?? 0];
    const [debtState, debtStep] = [draft[DEBT_STATE] ?? -1, draft[DEBT_STEP] ?? -1];
    for (const same of classes) {
      if ((same.levels[0] ?? 0) > level) break;
      const next = transitions.after(state, same.step);
      if (next < 0 || next === state || !paysDebt(debtState, debtStep, same.step, next, true)) continue;
      const bit = unused(same, level);
      if (bit < 0) continue;
      flip(bit, usedAt);
      draft[STATE] = next;
      draft[DEBT_STATE] = state;
      draft[DEBT_STEP] = same.step;
      arrive(id, -1 - bit);
      if (end !== undefined) return;
      configurations.load(id);
    }
  }

  function unused({ first, end: last, levels: callable }: OpenClass, level: number): number {
    let bit = first;
    while (bit < last && has(bit, usedAt)) bit += 1;
    return bit < last && (callable[bit - first] ?? 0) <= level ? bit : -1;
  }

  function takenUpTo(id: number): number[] {
    const taken: number[] = [];
    for (let at = id; configurations.parentOf(at) >= 0; at = configurations.parentOf(at))
      taken.push(configurations.takenOf(at));
    return taken.toReversed();
  }

  function begin(): void {
    draft.fill(0);
    draft[DEBT_STATE] = draft[DEBT_STEP] = -1;
  }

  /** All placings on the way: the chosen ones, and the reads in between. */
  function placingsOf(taken: readonly number[]): readonly number[] {
    const placings: number[] = [];
    begin();
    settle(placings);
    for (const placing of taken) {
      const step = placing < 0 ? stepOfBit(classes, -1 - placing) : (stepOf[placing] ?? 0);
      draft[STATE] = transitions.after(draft[STATE] ?? 0, step);
      if (placing < 0) flip(-1 - placing, usedAt);
      else flip(slotOf[placing] ?? 0, BITS);
      placings.push(placing);
      settle(placings);
    }
    return placings;
  }

  /** Configurations at the deepest level with different states. */
  function furthest(level: number): readonly (readonly number[])[] {
    const states = new Set<number>();
    const ids: number[] = [];
    for (let id = 0; id < configurations.size && ids.length < FURTHEST_AT_MOST; id += 1) {
      const state = configurations.field(id, STATE);
      if (configurations.field(id, LEVEL) !== level || configurations.field(id, DEBT_STATE) >= 0 || states.has(state))
        continue;
      states.add(state);
      ids.push(id);
    }
    return ids.map((id) => placingsOf(takenUpTo(id)));
  }

  begin();
  if (settle()) return { type: 'ok', placings: placingsOf([]), work: 1 };
  frontier.put(draft[LEVEL] ?? 0, configurations.put(-1, 0) * 2);
  let turns = 0;
  while (end === undefined) {
    const item = frontier.take();
    if (item < 0) {
      if (isFull()) return { type: 'undecided', isFull: true, work: configurations.work };
      const reached = frontier.deepest;
      const level = Math.max(reached, seenAhead);
      const shown = level === reached ? furthest(level) : [];
      return { type: 'illegal', level, reached, furthest: shown, work: configurations.work };
    }
    turns += 1;
    if (configurations.work > budget || isFull() || (turns % 64 === 0 && isOver?.() === true)) {
      return { type: 'undecided', isFull: isFull(), work: configurations.work };
    }
    const id = item >> 1;
    if (configurations.isGivenUp(id)) continue;
    if ((item & 1) === 1) placeOpen(id);
    else {
      // Without open operations first: where that succeeds, they need not be tried.
      if (classes.length > 0) frontier.put(configurations.field(id, LEVEL), item + 1);
      placeReturned(id);
    }
  }
  return { type: 'ok', placings: placingsOf(end), work: configurations.work };
}

function stepOfBit(classes: readonly OpenClass[], bit: number): number {
  return classes.find(({ end }) => bit < end)?.step ?? 0;
}
