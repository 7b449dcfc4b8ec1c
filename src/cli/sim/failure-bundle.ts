import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { spaceTimeSvg } from '../../sim/diagram/svg.ts';
import { historyLines } from '../../sim/judges/history-lines.ts';
import type { Verdict } from '../../sim/judges/judge.ts';
import { showSize } from '../../sim/plan/plan-size.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import type { Shrunk } from '../../sim/shrink/shrink.ts';
import { runPlan, type RunResult } from '../../sim/verdict/run.ts';
import { workloadOf } from '../../sim/workloads/index.ts';
import { planText } from '../../testing/plan-text.ts';
import { serviceNamed } from '../../apps/index.ts';
import { asWritten, knownWorkloads, servicesFlag } from '../shared/services.ts';
import { versionOfPackage } from '../../transport-http/handshake/build.ts';
import { FAILURE_BUNDLE, traceBeside } from './files.ts';
import { goldenTrace } from './golden.ts';
import { showViolation } from './output.ts';

/** The folder of failure bundles. */
const FAILURES = 'capsules';

/** A plan that breaks a rule. */
export interface Failure {
  readonly name: string;
  readonly plan: Plan;
  readonly planted: readonly PlantedBug[];
}

/** The failure bundle: a folder for one failure. */
export interface FailureBundle {
  readonly folder: string;
  readonly failure: Failure;
  readonly result: RunResult;
}

/** Runs the plan once more, and keeps all that is needed to replay the failure in `capsules/<name>/`. */
export async function keepFailureBundle(failure: Failure): Promise<FailureBundle> {
  const { name, plan, planted } = failure;
  const folder = await folderFor(join(FAILURES, fileName(name)), planText(asWritten(plan)));
  await mkdir(folder, { recursive: true });
  const result = await keepRun(join(folder, FAILURE_BUNDLE.plan), plan, planted);
  await writeFile(join(folder, FAILURE_BUNDLE.history), historyOf(plan, result));
  await writeFile(join(folder, FAILURE_BUNDLE.diagram), diagramOf(result));
  const bundle = { folder, failure, result };
  await describe(bundle, undefined);
  return bundle;
}

/**
 * The folder of that name, or with the next free number behind it: another failure that has the name is left alone. The
 * same plan is the same failure, and is written anew.
 */
async function folderFor(name: string, plan: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const folder = number === 1 ? name : `${name}-${number}`;
    if (!existsSync(folder)) return folder;
    const before = await readFile(join(folder, FAILURE_BUNDLE.plan), 'utf8').catch(() => '');
    if (before === plan) return folder;
  }
}

/** Adds the shrunk plan. Returns its file. */
export async function keepShrunk(bundle: FailureBundle, shrunk: Extract<Shrunk, { type: 'shrunk' }>): Promise<string> {
  const { folder, failure } = bundle;
  const file = join(folder, FAILURE_BUNDLE.shrunk);
  const result = await keepRun(file, shrunk.plan, failure.planted);
  await writeFile(join(folder, FAILURE_BUNDLE.shrunk.replace('.yaml', '.svg')), diagramOf(result));
  await describe(bundle, shrunk);
  return file;
}

/** Writes a plan and, beside it, the trace of its run. Returns the run. */
export async function keepRun(
  file: string,
  plan: Plan,
  planted: readonly PlantedBug[],
  comment?: string,
): Promise<RunResult> {
  const result = runPlan(plan, {
    planted: new Set(planted),
    trace: true,
    recording: true,
    workloads: knownWorkloads(),
  });
  await writeFile(file, planText(asWritten(plan), comment));
  await writeFile(traceBeside(file), `${goldenTrace(result).join('\n')}\n`);
  return result;
}

/** A name fit for a folder or file. */
export function fileName(name: string): string {
  return name
    .replaceAll(/[^a-zA-Z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .toLowerCase();
}

/** The command that replays a failure. */
export function replayLine(path: string, planted: readonly PlantedBug[] = []): string {
  return `npx understudy sim replay ${path}${planted.length === 0 ? '' : ` --plant ${planted.join(',')}`}${servicesFlag()} --trace`;
}

/** The lines that say what was kept of a failure, how to run it again, and how to see it. */
export function keptLines({ folder, failure: { plan } }: Pick<FailureBundle, 'folder' | 'failure'>): string {
  const see = isOnPage(plan) ? `\n  see     ${seeLine(folder)}` : '';
  return `  kept    ${folder}\n  replay  ${replayLine(folder)}${see}`;
}

/** The command that opens a failure in the playground. */
function seeLine(folder: string): string {
  return `npx understudy playground ${folder}`;
}

/** Whether the page has the service of the plan. */
function isOnPage({ service }: Plan): boolean {
  return serviceNamed(service) !== undefined;
}

async function describe(bundle: FailureBundle, shrunk: Extract<Shrunk, { type: 'shrunk' }> | undefined): Promise<void> {
  const { folder, failure, result } = bundle;
  const verdict = {
    ...verdictOf(result),
    planted: failure.planted,
    versions: { understudy: versionOfPackage(), node: process.versions.node },
    shrunk:
      shrunk === undefined
        ? undefined
        : { ...verdictOf(shrunk.result), before: shrunk.before, after: shrunk.after, runs: shrunk.runs },
  };
  await writeFile(join(folder, FAILURE_BUNDLE.verdict), `${JSON.stringify(verdict, undefined, 2)}\n`);
  await writeFile(join(folder, FAILURE_BUNDLE.readme), readme(bundle, shrunk));
}

function verdictOf({ violation, digest, events }: RunResult): Partial<Verdict> & { digest: string; events: number } {
  return { ...violation, digest, events };
}

function readme(
  { folder, failure, result }: FailureBundle,
  shrunk: Extract<Shrunk, { type: 'shrunk' }> | undefined,
): string {
  const { name, planted } = failure;
  const lines = [
    `# ${name}`,
    '',
    ...(result.violation === undefined ? [] : ['```', showViolation(name, result.violation), '```', '']),
    ...(planted.length === 0 ? [] : [`Planted: ${planted.join(', ')}.`, '']),
    'Again:',
    '',
    `    ${replayLine(folder)}`,
    ...(shrunk === undefined ? [] : [`    ${replayLine(join(folder, FAILURE_BUNDLE.shrunk))}`]),
    '',
    isOnPage(failure.plan)
      ? `To see it: \`${seeLine(folder)}\`.`
      : 'To look at it: `npx understudy playground`, and open these files there.',
    '',
    '| file | what it is |',
    '| --- | --- |',
    `| ${FAILURE_BUNDLE.plan} | the plan that failed |`,
    `| ${FAILURE_BUNDLE.trace} | what happened, a line per event |`,
    `| ${FAILURE_BUNDLE.history} | what clients asked and were told |`,
    `| ${FAILURE_BUNDLE.verdict} | the judge that failed it, and why |`,
    `| ${FAILURE_BUNDLE.diagram} | the messages around it, drawn |`,
    ...(shrunk === undefined
      ? []
      : [
          `| ${FAILURE_BUNDLE.shrunk} | the same failure, as small as ${shrunk.runs} runs could make it: ${showSize(shrunk.after)}; it was ${shrunk.before.total} |`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function diagramOf({ recording }: RunResult): string {
  return recording === undefined ? '' : spaceTimeSvg(recording);
}

/** The history in the checker's format or, for a service without a model, in the simulator's. */
function historyOf({ service }: Plan, { history }: RunResult): string {
  const form = workloadOf(service, knownWorkloads()).history;
  if (form !== undefined) return historyLines(form, history);
  return history.map((operation) => `${JSON.stringify(operation)}\n`).join('');
}
