type PlainPlan = Readonly<Record<string, unknown>>;

/** A scenario that comes along. */
interface Scenario {
  /** The file's name without its ending. */
  readonly id: string;
  readonly title: string;
}

const NAMES = import.meta.glob<string>('../../../scenarios/*.yaml', { eager: true, import: 'default', query: '?name' });
const PLANS = import.meta.glob<PlainPlan>('../../../scenarios/*.yaml', { import: 'default' });

export const SCENARIOS: readonly Scenario[] = Object.entries(NAMES)
  .map(([path, title]) => ({ id: idOf(path), title }))
  .sort((a, b) => (a.title < b.title ? -1 : 1));

export function scenarioCalled(id: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.id === id);
}

/** The plan of a scenario as in its file, with its defaults left out; loaded when it is asked for. */
export async function scenarioPlan(id: string): Promise<PlainPlan | undefined> {
  const found = Object.entries(PLANS).find(([path]) => idOf(path) === id);
  return found?.[1]();
}

function idOf(path: string): string {
  return /([^/]+)\.yaml$/.exec(path)?.[1] ?? path;
}
