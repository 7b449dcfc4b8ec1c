import { drawAt, streamOf } from '../base/random.ts';
import { isFault, type Schedule } from './walk.ts';

/**
 * Priority-based schedules (Burckhardt, Kothari, Musuvathi and Nagarakatte 2010, probabilistic concurrency testing): every
 * actor has a priority drawn by chance, the highest that can act does, and at `changes` steps drawn by chance the one
 * that acts falls below all others. A bug that needs `changes + 1` steps to be in order is found with a probability that is
 * known beforehand: 1 / (actors × steps^changes) at least in each run.
 *
 * Faults take part with a priority like all others; `depth` is how long a run is expected to be.
 */
export function pctSchedule(seed: number, run: number, depth: number, changes: number): Schedule {
  const stream = streamOf(seed, `pct ${run}`);
  const priorities = new Map<string, number>();
  const changeAt = new Set(Array.from({ length: changes }, (_, place) => drawAt(stream, place, depth)));
  const priorityOf = (actor: string): number => {
    const known = priorities.get(actor);
    if (known !== undefined) return known;
    // By name, so that it does not matter when an actor is first seen. A fault that outranked all would be all there is.
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
