import { sectionOf } from './bug-sections.ts';
import { CATALOGUE, isPlantedBug, type PlantedBug } from '../../protocol/model/mutants.ts';

/** A bug that can be planted. */
export interface Bug {
  readonly name: PlantedBug;
  /** `M28`. */
  readonly number: string;
  /** What a buggy node does: `votes for the highest rank, whatever its log`. */
  readonly title: string;
  /** Of PROTOCOL, with the rule that it breaks: `3.5`. */
  readonly section: string | undefined;
  /** The scenario that finds it; undefined where “find it” looks for it under seeds. */
  readonly scenario: string | undefined;
  /** It breaks no rule, and no judge may object. */
  readonly isHarmless: boolean;
}

export const BUGS: readonly Bug[] = Object.keys(CATALOGUE)
  .filter(isPlantedBug)
  .map((name) => {
    const { alias, title, scenario } = CATALOGUE[name];
    return {
      name,
      number: alias,
      title,
      section: sectionOf(alias),
      scenario,
      isHarmless: 'harmless' in CATALOGUE[name],
    };
  });

export function bugCalled(name: string | undefined): Bug | undefined {
  return BUGS.find((bug) => bug.name === name || bug.number === name);
}
