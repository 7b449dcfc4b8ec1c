import { choose, drawAt, streamOf } from '../base/random.ts';
import { type Bounds, packBounds, type Spent } from './bounds.ts';
import type { Wrong } from './judge-local.ts';
import type { Move, System } from './system.ts';

/**
 * A schedule: picks the next actor among those that may be able to act. `place` counts the choices of this run from 0
 * on.
 */
export interface Schedule {
  next(actors: readonly string[], place: number): string | undefined;
  /** A whole number below `bound`: picks a move of the actor. */
  draw(place: number, bound: number): number;
}

export interface WalkLimits {
  /** Steps over all runs together. */
  readonly steps: number;
  /** Steps in one run. */
  readonly depth: number;
}

/** The result of many runs. */
export interface WalkResult {
  readonly runs: number;
  readonly steps: number;
  /** Different states seen, over all runs. */
  readonly states: number;
  readonly violation: { readonly wrong: Wrong; readonly moves: readonly Move[] } | undefined;
}

/** Runs one schedule after the other, each from the initial state, until the steps are used up or a rule is broken. */
export function walk(
  system: System,
  start: Int32Array,
  bounds: Bounds,
  limits: WalkLimits,
  scheduleOf: (run: number) => Schedule,
): WalkResult {
  const packed = packBounds(bounds);
  const seen = new Set<string>();
  const next = new Int32Array(system.width);
  let steps = 0;
  let runs = 0;
  while (steps < limits.steps) {
    const schedule = scheduleOf(runs);
    const row = Int32Array.from(start);
    const taken: Move[] = [];
    runs += 1;
    for (let place = 0; taken.length < limits.depth && steps < limits.steps;) {
      const chances = chancesIn(system, row);
      let move: Move | undefined;
      while (move === undefined && chances.size > 0) {
        const actor = schedule.next([...chances.keys()], place) ?? '';
        move = draw(system, row, packed, chances, actor, (bound) => schedule.draw(place, bound));
        place += 1;
      }
      if (move === undefined) break;
      const wrong = system.take(row, move, next);
      taken.push(move);
      steps += 1;
      if (wrong !== undefined) return { runs, steps, states: seen.size, violation: { wrong, moves: taken } };
      row.set(next);
      seen.add(row.join());
    }
    // A model without possible moves would be walked for ever.
    if (taken.length === 0) break;
  }
  return { runs, steps, states: seen.size, violation: undefined };
}

/**
 * The random schedule: draws the actor first (a link, a timer, a disk or, a twentieth as often, a fault), then its
 * move. With a uniform draw over all moves, faults and repeats would keep the cluster from ever progressing.
 */
export function randomSchedule(seed: number, run: number): Schedule {
  const stream = streamOf(seed, `explore ${run}`);
  return {
    next(actors, place) {
      const weighed = actors.flatMap((actor) => Array.from({ length: isFault(actor) ? 1 : 20 }, () => actor));
      return choose(weighed, drawAt(stream, place * 2, weighed.length || 1), '');
    },
    draw: (place, bound) => drawAt(stream, place * 2 + 1, bound),
  };
}

export function isFault(actor: string): boolean {
  return actor.startsWith('fault');
}

/** The possible moves of an actor: worked out only when it is picked. */
type Chance = (outcomesOf: System['tables']) => readonly Move[];

/** The actors: a link, a node's clock and timer, a node's disk, or a fault. */
function chancesIn(system: System, row: Int32Array): Map<string, Chance[]> {
  const chances = new Map<string, Chance[]>();
  const add = (actor: string, chance: Chance): void => {
    chances.set(actor, [...(chances.get(actor) ?? []), chance]);
  };
  system.nodes.forEach((_, node) => {
    const local = row[node] ?? 0;
    for (const outcome of system.tables[node]?.alone(local) ?? []) {
      const { type } = outcome.event;
      const isTimer = type === 'wake';
      const actor =
        type === 'reboot' || type === 'lose-record' || type === 'hint' ? `fault: ${type}` : isTimer ? 'timer' : 'disk';
      add(`${actor} of ${node}`, () => [{ node, outcome, arrival: undefined }]);
    }
    for (const { from, packet } of system.packetsTo(row, node)) {
      const arrivals = (repeated: boolean): Chance => {
        return (tables) =>
          (tables[node]?.delivered(local, packet) ?? []).map((outcome) => {
            return { node, outcome, arrival: { from, packet, repeated } };
          });
      };
      add(`link ${from ?? 'client'} to ${node}`, arrivals(false));
      if (from !== undefined) add(`fault: repeats to ${node}`, arrivals(true));
    }
  });
  return chances;
}

/** One move of the actor within the bounds. Without one, the tried possibility is dropped. */
function draw(
  system: System,
  row: Int32Array,
  bounds: Spent,
  chances: Map<string, Chance[]>,
  actor: string,
  below: (bound: number) => number,
): Move | undefined {
  const own = chances.get(actor) ?? [];
  const place = below(Math.max(1, own.length));
  const moves = (own[place]?.(system.tables) ?? []).filter((move) => system.isWithin(row, move, bounds));
  if (moves.length > 0) return moves[below(moves.length)];
  own.splice(place, 1);
  if (own.length === 0) chances.delete(actor);
  return undefined;
}
