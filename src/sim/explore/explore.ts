import { assert } from '../../protocol/model/assert.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { type Bounds, type MessageFilter, packBounds, type Resource } from './bounds.ts';
import { type CounterexampleStep, moveOf, tellStep } from './counterexample.ts';
import { checkIgnoredMessages, type IgnoredMessages } from './ignored-messages.ts';
import type { Wrong } from './judge-local.ts';
import type { Model } from './model.ts';
import { pctSchedule } from './pct.ts';
import { search } from './search.ts';
import { beginning } from './setup.ts';
import { createSystem, type Move, type System } from './system.ts';
import { randomSchedule, walk } from './walk.ts';

export type ScheduleName = 'exhaustive' | 'random' | 'pct';

export interface ExploreOptions {
  readonly schedule: ScheduleName;
  /** Exhaustive search: the greatest length of a path. Otherwise: the steps of one run. */
  readonly depth: number;
  /** Exhaustive search: the number of states that may be kept. Otherwise: the steps of all runs together. */
  readonly states: number;
  /** For random and priority-based schedules. */
  readonly seed: number;
  readonly planted?: ReadonlySet<PlantedBug>;
  readonly bounds?: Bounds;
  readonly progress?: (states: number, depth: number, waiting: number) => void;
}

export interface ExploreReport {
  readonly model: string;
  readonly schedule: ScheduleName;
  readonly bounds: Bounds;
  /** Different states reached. */
  readonly states: number;
  readonly transitions: number;
  /** Exhaustive search: the longest of all shortest paths. Otherwise: the steps of the longest run. */
  readonly depth: number;
  /** Runs from the initial state; 1 for an exhaustive search. */
  readonly runs: number;
  /** Whether every state within the bounds was reached. Never true of random and priority-based schedules. */
  readonly exhausted: boolean;
  /** Transitions cut off, by bound. */
  readonly cut: Readonly<Partial<Record<Resource, number>>>;
  readonly violation: Violation | undefined;
  /** The check that exhaustion rests on, after a complete search (ignored-messages.ts). */
  readonly ignoredMessages: IgnoredMessages | undefined;
}

export interface Violation extends Wrong {
  readonly messageFilter: MessageFilter;
  readonly steps: readonly CounterexampleStep[];
}

/** Priority changes in a priority-based run: enough for every planted bug. */
const PRIORITY_CHANGES = 8;

/** Explores a model; the same options give the same report. */
export function explore(model: Model, options: ExploreOptions): ExploreReport {
  const { schedule, depth, states, seed, progress } = options;
  const isExhaustive = schedule === 'exhaustive';
  const messageFilter: MessageFilter = isExhaustive ? 'lean' : 'full';
  const bounds = options.bounds ?? (isExhaustive ? model.bounds : model.wideBounds);
  const system = createSystem({ ...model, bounds }, options.planted ?? new Set(), messageFilter);
  const start = beginning(model, system);
  const common = { model: model.name, schedule, bounds };
  if (isExhaustive) {
    const { violation, ...found } = search(system, start, bounds, { states, depth }, progress);
    const told = violation && { ...violation.wrong, messageFilter, steps: tellRows(system, violation.rows, bounds) };
    const ignoredMessages = found.exhausted ? checkIgnoredMessages(system) : undefined;
    return { ...common, ...found, runs: 1, violation: told, ignoredMessages };
  }
  const scheduleOf = (run: number) =>
    schedule === 'random' ? randomSchedule(seed, run) : pctSchedule(seed, run, depth, PRIORITY_CHANGES);
  const { violation, runs, steps, states: seen } = walk(system, start, bounds, { steps: states, depth }, scheduleOf);
  const told = violation && { ...violation.wrong, messageFilter, steps: tellMoves(system, start, violation.moves) };
  const longest = Math.min(depth, steps);
  return {
    ...common,
    states: seen,
    transitions: steps,
    depth: longest,
    runs,
    exhausted: false,
    cut: {},
    violation: told,
    ignoredMessages: undefined,
  };
}

/** The replay of a counterexample: the description of each step, and the rule that the last one breaks. */
export interface Replayed {
  readonly words: readonly string[];
  readonly wrong: Wrong | undefined;
  /** The number of the first step, from 1 on, that is no longer possible. */
  readonly stuckAt: number | undefined;
}

/** Takes the steps of a violation again. */
export function replayCounterexample(
  model: Model,
  counterexample: { readonly messageFilter: MessageFilter; readonly steps: readonly CounterexampleStep[] },
  planted: ReadonlySet<PlantedBug>,
): Replayed {
  const system = createSystem({ ...model, bounds: model.wideBounds }, planted, counterexample.messageFilter);
  const row = beginning(model, system);
  const next = new Int32Array(system.width);
  const words: string[] = [];
  for (const step of counterexample.steps) {
    const move = moveOf(system, row, step);
    if (move === undefined) return { words, wrong: undefined, stuckAt: words.length + 1 };
    words.push(tellStep(system, row, move).words);
    const wrong = system.take(row, move, next);
    if (wrong !== undefined) return { words, wrong, stuckAt: undefined };
    row.set(next);
  }
  return { words, wrong: undefined, stuckAt: undefined };
}

/** The steps between consecutive rows. */
function tellRows(system: System, rows: readonly Int32Array[], bounds: Bounds): readonly CounterexampleStep[] {
  const steps: CounterexampleStep[] = [];
  for (const [place, row] of rows.entries()) {
    const next = rows[place + 1];
    if (next !== undefined) steps.push(tellStep(system, row, moveBetween(system, row, next, bounds)));
  }
  return steps;
}

function moveBetween(system: System, row: Int32Array, next: Int32Array, bounds: Bounds): Move {
  let found: Move | undefined;
  system.expand(row, packBounds(bounds), (move, reached, cut) => {
    if (cut === undefined && reached.every((number, place) => number === next[place])) found = move;
    return found === undefined;
  });
  assert(found !== undefined, 'a row was reached from the one before it');
  return found;
}

function tellMoves(system: System, start: Int32Array, moves: readonly Move[]): readonly CounterexampleStep[] {
  const row = Int32Array.from(start);
  const next = new Int32Array(system.width);
  return moves.map((move) => {
    const step = tellStep(system, row, move);
    system.take(row, move, next);
    row.set(next);
    return step;
  });
}
