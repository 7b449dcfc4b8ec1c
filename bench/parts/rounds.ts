import type { Figures } from './figures.ts';
import { costOfAll } from './proc.ts';

/** One measured load, and what it cost the processes that served it. */
export interface Round {
  readonly figures: Figures;
  /** CPU of the processes for one request, in microseconds. */
  readonly cpu: number;
}

/** Loads a service once; `pids` are its processes. */
export async function measured(pids: () => readonly number[], load: () => Promise<Figures>): Promise<Round> {
  const before = costOfAll(pids());
  const figures = await load();
  const after = costOfAll(pids());
  return { figures, cpu: Math.round((after.cpu - before.cpu) / Math.max(1, figures.requests)) };
}

/** The round with the median throughput. */
export function medianOf(rounds: readonly Round[]): Round {
  const inOrder = [...rounds].sort((a, b) => a.figures.perSecond - b.figures.perSecond);
  const middle = inOrder[Math.floor(rounds.length / 2)];
  if (middle === undefined) throw new RangeError('there is at least one round');
  return middle;
}
