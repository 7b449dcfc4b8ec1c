import { resolve } from 'node:path';
import type { Command } from 'commander';
import { decodeHeader, decodeStep } from '../../host/record.ts';
import { createReplay, type Difference, type Replay } from '../../host/replay.ts';
import type { Service } from '../../service/service.ts';
import { UsageError } from '../shared/errors.ts';
import { knownWorkloads, takesServices } from '../shared/services.ts';
import { type LifeFolder, linesOf, livesIn } from './record-files.ts';

/** The result of replaying one run. */
export interface LifeReplayed {
  readonly node: string;
  readonly life: number;
  readonly folder: string;
  readonly steps: number;
  /** Digests of states that were compared. */
  readonly states: number;
  readonly difference: Difference | undefined;
}

/**
 * Adds `understudy replay-live`: executes recorded runs again with the same reducer, and compares. Exits 0 if all were
 * equal, 1 at a difference, 2 for a malformed record.
 */
export function registerReplayLive(program: Command): void {
  takesServices(
    program
      .command('replay-live')
      .description('do again, step by step, what recorded processes did')
      .argument('<folder>', 'what --record wrote: of a whole cluster, of one node or of one of its lives')
      .option('--json', 'one JSON object a line'),
  ).action(async (root: string, flags: { readonly json?: boolean }) => {
    for (const life of await livesIn(resolve(root))) {
      const replayed = await replayLife(life);
      if (replayed.difference !== undefined) process.exitCode = 1;
      process.stdout.write(`${flags.json === true ? JSON.stringify(replayed) : showReplayed(replayed)}\n`);
    }
  });
}

/** Replays one run, to its end or to the first difference. Throws a `UsageError` for a malformed record. */
export async function replayLife(life: LifeFolder): Promise<LifeReplayed> {
  const { node, life: number, folder } = life;
  let replay: Replay | undefined;
  let difference: Difference | undefined;
  let line = 0;
  for await (const text of linesOf(life)) {
    line += 1;
    if (replay === undefined) {
      replay = begin(text, folder);
      continue;
    }
    const step = decodeStep(text);
    if (step.type === 'rejected') throw new UsageError(`${folder}: line ${line}: ${step.reason}`);
    difference = replay.take(step.value);
    if (difference !== undefined) break;
  }
  const { steps, states } = replay?.counts() ?? { steps: 0, states: 0 };
  return { node, life: number, folder, steps, states, difference };
}

/** A replay as a line, with its difference, if any. */
export function showReplayed({ node, life, steps, states, difference }: LifeReplayed): string {
  const name = `${node}, life ${life}`;
  if (difference === undefined) return `${name}: the same in ${steps} steps and ${states} states`;
  const { step, what, recorded, now, input, actions } = difference;
  return [
    `${name}: DIFFERENT at step ${step}: ${WHAT[what]}`,
    `  recorded  ${recorded}`,
    `  now       ${now}`,
    `  input     ${JSON.stringify(input)}`,
    ...actions.map((action) => `  action    ${JSON.stringify(action)}`),
  ].join('\n');
}

const WHAT: Readonly<Record<Difference['what'], string>> = {
  sequence: 'a step is missing or doubled',
  actions: 'the actions differ',
  state: 'the actions are the same, the state differs',
  throws: 'it ends otherwise',
};

function begin(text: string, folder: string): Replay {
  const header = decodeHeader(text);
  if (header.type === 'rejected') throw new UsageError(`${folder}: line 1: ${header.reason}`);
  return createReplay(header.value, serviceOf(header.value.service));
}

function serviceOf(name: string): Service {
  const service = knownWorkloads().find((workload) => workload.service.name === name)?.service;
  if (service === undefined) throw new UsageError(`no service is called ${name}; name its file with --services`);
  return service;
}
