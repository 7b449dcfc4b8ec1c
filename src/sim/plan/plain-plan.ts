import { faultSchema } from './fault.ts';
import { type Plan, scriptedSchema, STANDARD as KNOBS } from './plan.ts';

/** The parts of a plan that consist of knobs: numbers and names with a default each. */
const SECTIONS = ['settings', 'network', 'disk', 'clocks', 'workload'] as const;

/** The parts that tell the story, as opposed to knobs. */
const STORY = ['name', 'story', 'service', 'seed', 'servers', 'frontEnds', 'horizon', 'faults', 'expect'];
const WORKLOAD_STORY = ['clients', 'requests', 'script'];

const STANDARD: Readonly<Record<string, unknown>> = KNOBS;

/** A knob with another value than its default. */
export interface Knob {
  /** `settings.jitter`, `network.drop`, `restWithin`. */
  readonly path: string;
  readonly value: unknown;
  /** Undefined: without the knob, the plan does not name it. */
  readonly standard: unknown;
}

/** A plan as untyped data, for edits that `decodePlan` checks afterwards. */
export type LoosePlan = Readonly<Record<string, unknown>>;

/** Every knob that differs from its default, in the order of the plan. */
export function knobsOf(plan: UnnamedPlan): readonly Knob[] {
  return Object.entries(plan).flatMap(([section, part]): readonly Knob[] => {
    if (STORY.includes(section)) return [];
    const standard = STANDARD[section];
    if (!isSection(section) || !isRecord(part) || !isRecord(standard)) {
      return sameValue(part, standard) ? [] : [{ path: section, value: part, standard }];
    }
    return Object.entries(part).flatMap(([key, value]): readonly Knob[] => {
      if (section === 'workload' && WORKLOAD_STORY.includes(key)) return [];
      if (value === undefined || sameValue(value, standard[key])) return [];
      return [{ path: `${section}.${key}`, value, standard: standard[key] }];
    });
  });
}

/** The plan with one knob set; `undefined` leaves it out. */
export function withKnob(plan: LoosePlan, path: string, value: unknown): LoosePlan {
  const [section = '', key] = path.split('.');
  if (key === undefined) return replaced(plan, section, value);
  const part = plan[section];
  return { ...plan, [section]: replaced(isRecord(part) ? part : {}, key, value) };
}

/** A plan that may leave out its service, where the reader knows it. */
export type UnnamedPlan = Omit<Plan, 'service'> & Partial<Pick<Plan, 'service'>>;

/** The plan as in a file: defaults are left out. `decodePlan` restores the same plan. */
export function plainPlan(plan: UnnamedPlan): LoosePlan {
  const { workload } = plan;
  const workloadStory = {
    ...(workload.clients === 0 ? {} : { clients: workload.clients }),
    ...(workload.requests === 0 ? {} : { requests: workload.requests }),
  };
  const script = workload.script.map((request) => plainItem(request, (value) => scriptedSchema.safeParse(value).data));
  const knobs = knobsOf(plan).reduce<LoosePlan>((sum, { path, value }) => withKnob(sum, path, value), {});
  const { settings, network, disk, clocks, workload: ways, ...others } = knobs;
  const chosen = { ...workloadStory, ...(isRecord(ways) ? ways : {}), ...(script.length === 0 ? {} : { script }) };
  const faults = plan.faults.map((fault) => plainItem(fault, (value) => faultSchema.safeParse(value).data));
  const plain: LoosePlan = {
    ...kept(plan, ['name', 'story', 'service', 'seed', 'servers', 'frontEnds']),
    settings,
    network,
    disk,
    clocks,
    faults: faults.length === 0 ? undefined : faults,
    workload: Object.keys(chosen).length === 0 ? undefined : chosen,
    expect: plan.expect.length === 0 ? undefined : plan.expect.map((goal) => plainGoal(goal)),
    ...kept(plan, ['horizon']),
    ...others,
  };
  return Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined));
}

/** Deep equality of two values of a plan, including the order of keys. */
export function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An item without the keys that `decode` fills in with equal values. */
function plainItem(item: LoosePlan, decode: (value: unknown) => unknown): LoosePlan {
  return Object.keys(item).reduce((plain, key) => {
    const shorter = replaced(plain, key, undefined);
    return sameValue(decode(shorter), item) ? shorter : plain;
  }, item);
}

function plainGoal({ atLeast, ...goal }: Plan['expect'][number]): LoosePlan {
  return atLeast === 1 ? goal : { ...goal, atLeast };
}

function kept(plan: LoosePlan, keys: readonly string[]): LoosePlan {
  return Object.fromEntries(keys.filter((key) => !sameValue(plan[key], STANDARD[key])).map((key) => [key, plan[key]]));
}

function replaced(part: LoosePlan, key: string, value: unknown): LoosePlan {
  if (value !== undefined) return { ...part, [key]: value };
  const { [key]: _, ...rest } = part;
  return rest;
}

function isSection(key: string): key is (typeof SECTIONS)[number] {
  return SECTIONS.some((section) => section === key);
}
