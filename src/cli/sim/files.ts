import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type PlantedBug, plantedBugNamed } from '../../protocol/model/mutants.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import { defaultPlan } from '../../sim/plan/default-plan.ts';
import { decodePlan, type Plan } from '../../sim/plan/plan.ts';
import { PLAN_BYTES_AT_MOST } from '../../sim/plan/plan-bytes.ts';
import { UsageError } from '../shared/errors.ts';
import { DEFAULT_SERVICE, knownWorkloads, serviceAsked, serviceMeant } from '../shared/services.ts';
import { readYaml } from '../shared/yaml-file.ts';

/** A plan in a file, with what is known of an earlier run. */
export interface KnownPlan {
  /** The plan's own file, also when a folder was named. */
  readonly file: string;
  readonly plan: Plan;
  /** Bugs planted when it failed. */
  readonly planted: readonly PlantedBug[];
  /** The trace beside the plan: a line for each event, and the digest last. */
  readonly golden: readonly string[] | undefined;
}

/** Names of the files in a failure bundle. */
export const FAILURE_BUNDLE = {
  plan: 'plan.yaml',
  trace: 'trace.txt',
  verdict: 'verdict.json',
  history: 'history.jsonl',
  diagram: 'diagram.svg',
  readme: 'README.md',
  shrunk: 'shrunk.yaml',
} as const;

/**
 * The plan in a YAML or JSON file, or the default one of a service in a module. Throws a `UsageError` with the problem
 * and its place in the file.
 */
export async function readPlan(file: string): Promise<Plan> {
  if (/\.[mc]?[jt]s$/.test(file)) return defaultPlan(serviceMeant(await serviceAsked(file)), knownWorkloads());
  const { value, lineOf } = await readYaml(file, PLAN_BYTES_AT_MOST);
  const decoded = decodePlan(withService(value), knownWorkloads());
  if (decoded.type === 'decoded') return decoded.value;
  const reasons = decoded.reason
    .split('; ')
    .map((reason) => `\n  line ${lineOf(reason.split(': ')[0] ?? '')}: ${reason}`);
  throw new UsageError(`${file} is not a plan:${reasons.join('')}`);
}

/** A plan without a service is of the default one, whatever was loaded. */
function withService(value: unknown): unknown {
  return isObject(value) ? { service: DEFAULT_SERVICE, ...value } : value;
}

/** The plan in a file, or in a failure bundle, with its planted bugs and the trace beside it. */
export async function readKnown(path: string): Promise<KnownPlan> {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const file = isFolder ? join(path, FAILURE_BUNDLE.plan) : path;
  if (isFolder && !existsSync(file))
    throw new UsageError(`${path} is not the folder of a failure: it has no ${FAILURE_BUNDLE.plan}`);
  const plan = await readPlan(file);
  return { file, plan, planted: await readPlanted(file), golden: await readGolden(traceBeside(file)) };
}

/** The file of a plan's trace. */
export function traceBeside(file: string): string {
  const name =
    basename(file) === FAILURE_BUNDLE.plan
      ? FAILURE_BUNDLE.trace
      : `${basename(file).replace(/\.(ya?ml|json)$/, '')}.trace.txt`;
  return join(dirname(file), name);
}

/** Names or numbers, such as `votes-for-rank-alone,M06`. Throws a `UsageError` for an unknown one. */
export function plantedBugs(texts: readonly string[]): readonly PlantedBug[] {
  return texts
    .flatMap((text) => text.split(','))
    .map((given) => {
      const bug = plantedBugNamed(given);
      if (bug === undefined) throw new UsageError(`no planted bug is called ${given}`);
      return bug;
    });
}

async function readPlanted(file: string): Promise<readonly PlantedBug[]> {
  const verdict = join(dirname(file), FAILURE_BUNDLE.verdict);
  const isOfBundle = [FAILURE_BUNDLE.plan, FAILURE_BUNDLE.shrunk].some((name) => name === basename(file));
  if (!isOfBundle || !existsSync(verdict)) return [];
  const { value } = await readYaml(verdict);
  const planted: unknown =
    typeof value === 'object' && value !== null && 'planted' in value ? value.planted : undefined;
  return Array.isArray(planted) ? plantedBugs(planted.map(String)) : [];
}

async function readGolden(file: string): Promise<readonly string[] | undefined> {
  return existsSync(file) ? (await readFile(file, 'utf8')).trimEnd().split('\n') : undefined;
}
