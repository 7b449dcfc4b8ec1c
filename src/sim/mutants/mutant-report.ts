import { CATALOGUE, type PlantedBug } from '../../protocol/model/mutants.ts';
import { type Hunt, isHarmless } from './mutants.ts';

/** The hunts for one planted bug, from several starting points. */
export interface MutantReport {
  /** Its number: `M28`. */
  readonly id: string;
  readonly name: PlantedBug;
  readonly title: string;
  readonly where: string;
  readonly fate: 'killed' | 'survived' | 'left alone' | 'reported';
  /** Starting points of hunts, and those that found the bug. */
  readonly starts: number;
  readonly found: number;
  /** The median number of seeds that it took; undefined when most hunts did not find it. */
  readonly medianSeeds: number | undefined;
  /** How often each judge was the first to find it, the most frequent first. */
  readonly judges: readonly { readonly judge: string; readonly times: number }[];
  /** Seeds whose plan breaks a rule even without the bug. */
  readonly falseAlarms: readonly number[];
}

/**
 * A bug counts as found when at least half of the hunts found it: one found by luck now and then survives. A harmless
 * change must not be reported by a single hunt.
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

/** The median of `numbers`; undefined where it is not a number. */
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
