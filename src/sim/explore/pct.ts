import { drawAt, streamOf } from '../base/random.ts';
import { isFault, type Schedule } from './walk.ts';

/**
 * Priority-based schedules (Burckhardt, Kothari, Musuvathi and Nagarakatte 2010, probabilistic concurrency testing).
 * Every actor has a random priority, and the highest that can act does. At `changes` random steps the acting one falls
 * below all others. A run finds a bug of `changes + 1` ordered steps with a probability of at least 1 / (actors ×
 * steps^changes).
 *
 * Faults are actors with a priority, too; `depth` is the expected length of a run.
 */
export function pctSchedule(seed: number, run: number, depth: number, changes: number): Schedule {
  const stream = streamOf(seed, `pct ${run}`);
  const priorities = new Map<string, number>();
  const changeAt = new Set(Array.from({ length: changes }, (_, place) => drawAt(stream, place, depth)));
  const priorityOf = (actor: string): number => {
    const known = priorities.get(actor);
    if (known !== undefined) return known;
    // By name, so that it does not matter when an actor first appears. A fault above all others would be all that
    // happens.
    const drawn = drawAt(streamOf(seed, `pct ${run} ${actor}`), 0, isFault(actor) ? 0x4000_0000 : 0x7fff_ffff);
    priorities.set(actor, drawn);
    return drawn;
  };
  let lowest = 0;
  return {
    next(actors, place) {
      const [first] = [...actors].sort((a, b) => priorityOf(b) - priorityOf(a) || (a < b ? -1 : 1));
      if (first !== undefined && changeAt.has(place)) {
        lowest -= 1;
        priorities.set(first, lowest);
      }
      return first;
    },
    draw: (place, bound) => drawAt(stream, place + changes, bound),
  };
}
