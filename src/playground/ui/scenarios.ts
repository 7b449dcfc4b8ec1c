/** A scenario that comes along: a plan as in its file, with its defaults left out. */
export interface Scenario {
  /** The file's name without its ending. */
  readonly id: string;
  readonly title: string;
  readonly story: string;
  readonly plan: Readonly<Record<string, unknown>>;
}

const FILES = import.meta.glob<Readonly<Record<string, unknown>>>('../../../scenarios/*.yaml', {
  eager: true,
  import: 'default',
});

export const SCENARIOS: readonly Scenario[] = Object.entries(FILES)
  .map(([path, plan]) => {
    const id = /([^/]+)\.yaml$/.exec(path)?.[1] ?? path;
    return { id, title: textOf(plan['name']) ?? id, story: textOf(plan['story']) ?? '', plan };
  })
  .sort((a, b) => (a.title < b.title ? -1 : 1));

export function scenarioCalled(id: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.id === id);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
