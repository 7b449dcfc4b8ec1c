import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { isPlantedBug } from '../sim/mutants.ts';
import { decodePlan, type Plan } from '../sim/plan.ts';
import type { RunResult } from '../sim/run.ts';
import type { PlantedBug } from '../protocol/planted.ts';

/** Where failures are kept. */
const FOLDER = 'capsules';

/** A failure as it is kept: all it takes to see it again, and what was seen. */
export interface Capsule {
  readonly plan: Plan;
  readonly planted: readonly PlantedBug[];
  readonly digest: string;
  readonly violation: RunResult['violation'];
}

/** The plan in a YAML or JSON file. A file that cannot be read, or is no plan, is wrong usage. */
export async function readPlan(command: Command, file: string): Promise<Plan> {
  return planIn(command, file, await readValue(command, file));
}

/** The failure in a file that `keep` wrote. */
export async function readCapsule(command: Command, file: string): Promise<Capsule> {
  const value = await readValue(command, file);
  if (typeof value !== 'object' || value === null || !('plan' in value) || !('digest' in value)) {
    return command.error(`error: ${file}: not a failure file: it has no plan or no digest`);
  }
  const planted = 'planted' in value && Array.isArray(value.planted) ? value.planted.map(String) : [];
  return {
    plan: planIn(command, file, value.plan),
    planted: planted.filter(isPlantedBug),
    digest: String(value.digest),
    violation: undefined,
  };
}

/** Keeps a failure in the folder `capsules`; gives back the name of the file. */
export async function keep(name: string, capsule: Capsule): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${name.replaceAll(/[^a-zA-Z0-9-]+/g, '-').toLowerCase()}.json`);
  await writeFile(file, `${JSON.stringify(capsule, undefined, 2)}\n`);
  return file;
}

async function readValue(command: Command, file: string): Promise<unknown> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    return command.error(`error: ${file}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
}

function planIn(command: Command, file: string, value: unknown): Plan {
  const decoded = decodePlan(value);
  if (decoded.type === 'rejected') return command.error(`error: ${file}: ${decoded.reason}`);
  return decoded.value;
}
