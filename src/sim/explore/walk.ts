import { type Bounds, packBounds } from './bounds.ts';
import type { Wrong } from './judge-local.ts';
import { choose, drawAt, type Stream, streamOf } from '../random.ts';
import type { Move, System } from './system.ts';

/** A schedule: which of the moves that are possible comes next. `place` counts the steps of this run from 0 on. */
export type Schedule = (moves: readonly Move[], place: number) => Move | undefined;

export interface WalkLimits {
  /** Steps over all runs together. */
  readonly steps: number;
  /** Steps in one run. */
  readonly depth: number;
}

/** What many runs came to. */
export interface WalkResult {
  readonly runs: number;
  readonly steps: number;
  /** Different states seen, over all runs. */
  readonly states: number;
  readonly violation: { readonly wrong: Wrong; readonly moves: readonly Move[] } | undefined;
}

/** Runs one schedule after the other, each from the beginning, until the steps are used up or a rule is broken. */
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
    while (taken.length < limits.depth && steps < limits.steps) {
      const moves: Move[] = [];
      system.expand(row, packed, (move, _, cut) => {
        if (cut === undefined) moves.push(move);
        return true;
      });
      const move = schedule(moves, taken.length);
      if (move === undefined) break;
      const wrong = system.take(row, move, next);
      taken.push(move);
      steps += 1;
      if (wrong !== undefined) return { runs, steps, states: seen.size, violation: { wrong, moves: taken } };
      row.set(next);
      seen.add(row.join());
    }
    // A model in which nothing can happen would be walked for ever.
    if (taken.length === 0) break;
  }
  return { runs, steps, states: seen.size, violation: undefined };
}

/**
 * Chance alone: first who acts is drawn, a link, a timer, a disk, or (a twentieth as often) a fault; then what of it. Drawn
 * among all moves alike, a cluster would be busy with faults and repeats and never get anywhere.
 */
export function randomSchedule(seed: number, run: number): Schedule {
  const stream = streamOf(seed, `explore ${run}`);
  return (moves, place) => {
    const actors = [...new Set(moves.map(actorOf))];
    const weighed = actors.flatMap((actor) => Array.from({ length: isFault(actor) ? 1 : 20 }, () => actor));
    const actor = choose(weighed, drawAt(stream, place * 2, weighed.length || 1), '');
    return pick(moves, actor, stream, place);
  };
}

/** One of the moves of an actor. */
export function pick(moves: readonly Move[], actor: string, stream: Stream, place: number): Move | undefined {
  const own = moves.filter((move) => actorOf(move) === actor);
  return own.length === 0 ? undefined : own[drawAt(stream, place * 2 + 1, own.length)];
}

/** Who makes a move: a link, a node's clock and timer, a node's disk, or a fault. */
export function actorOf({ node, outcome, arrival }: Move): string {
  const { event } = outcome;
  if (arrival !== undefined) {
    if (arrival.repeated) return `fault: repeats to ${node}`;
    return `link ${arrival.from ?? 'client'} to ${node}`;
  }
  if (event.type === 'reboot' || event.type === 'hint') return `fault: ${event.type} at ${node}`;
  return event.type === 'wake' ? `timer of ${node}` : `disk of ${node}`;
}

export function isFault(actor: string): boolean {
  return actor.startsWith('fault');
}
