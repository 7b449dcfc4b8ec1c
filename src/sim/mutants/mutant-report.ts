import { CATALOGUE, type PlantedBug } from '../../protocol/model/mutants.ts';
import { type Hunt, isHarmless } from './mutants.ts';

/** What the hunts for one planted bug, from several starting points, came to. */
export interface MutantReport {
  /** Its number: `M28`. */
  readonly id: string;
  readonly name: PlantedBug;
  readonly title: string;
  readonly where: string;
  readonly fate: 'killed' | 'survived' | 'left alone' | 'reported';
  /** From how many starting points it was looked for, and from how many it was found. */
  readonly starts: number;
  readonly found: number;
  /** The median number of seeds it took; undefined when most hunts ended without it. */
  readonly medianSeeds: number | undefined;
  /** How often each judge was the first to find it, the most frequent first. */
  readonly judges: readonly { readonly judge: string; readonly times: number }[];
  /** Seeds whose plan breaks a rule without the bug, too. */
  readonly falseAlarms: readonly number[];
}

/**
 * A bug is killed when at least half of the hunts found it; found by luck now and then it counts as a survivor. A harmless
 * change is left alone unless a single hunt reports it.
 */
export function reportOf(name: PlantedBug, hunts: readonly Hunt[]): MutantReport {
  const { alias: id, title, where } = CATALOGUE[name];
  const found = hunts.filter((hunt) => hunt.found !== undefined).length;
  const medianSeeds = medianOf(hunts.map((hunt) => (hunt.found === undefined ? Infinity : hunt.tried)));
  const isKilled = medianSeeds !== undefined;
  const fate = isHarmless(name) ? (found > 0 ? 'reported' : 'left alone') : isKilled ? 'killed' : 'survived';
  const falseAlarms = [...new Set(hunts.flatMap((hunt) => hunt.falseAlarms))].sort((a, b) => a - b);
  return {
    id,
    name,
    title,
    where,
    fate,
    starts: hunts.length,
    found,
    medianSeeds,
    judges: judgesOf(hunts),
    falseAlarms,
  };
}

/** The middle of `numbers`, or of the two in the middle; undefined where that is not a number. */
export function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Infinity;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Infinity;
  const median = (lower + upper) / 2;
  return Number.isFinite(median) ? median : undefined;
}

function judgesOf(hunts: readonly Hunt[]): MutantReport['judges'] {
  const times = new Map<string, number>();
  for (const { found } of hunts) if (found !== undefined) times.set(found.judge, (times.get(found.judge) ?? 0) + 1);
  return [...times]
    .map(([judge, count]) => ({ judge, times: count }))
    .sort((a, b) => b.times - a.times || (a.judge < b.judge ? -1 : 1));
}
