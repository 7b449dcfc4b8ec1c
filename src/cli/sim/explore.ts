import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { EXPLORE_MODELS } from '../../apps/simulated.ts';
import { CATALOGUE } from '../../protocol/model/mutants.ts';
import { decodeCounterexample, encodeCounterexample } from '../../sim/explore/counterexample-file.ts';
import { explore, type ExploreReport, replayCounterexample, type ScheduleName } from '../../sim/explore/explore.ts';
import type { Model } from '../../sim/explore/model.ts';
import { UsageError } from '../shared/errors.ts';
import { seedNumber, wholeNumber } from '../shared/numbers.ts';
import { readYaml } from '../shared/yaml-file.ts';
import { plantedBugs } from './files.ts';
import { print, say } from './output.ts';
import { showCounterexample, showExploration, showModel } from './show-exploration.ts';

/** The folder of counterexamples. */
const FOLDER = 'capsules';

/** A search of this many states takes some 4 GiB at the widest model. */
const STATES_AT_MOST = 50_000_000;

/**
 * Adds `sim explore`. Exits 0 when no rule is broken (and, if exhaustive, every state within the model's bounds was reached), 1
 * when one is, 2 when the command was wrong, 3 when `--states` or `--depth` came before the end.
 */
export function registerExplore(sim: Command): void {
  sim
    .command('explore')
    .description('try everything that can happen in a small cluster')
    .argument('[model]', `one of ${EXPLORE_MODELS.map(({ name }) => name).join(', ')}; without it, they are listed`)
    .addOption(
      new Option('--schedule <name>', 'every state, or runs by chance or by priorities')
        .choices(['exhaustive', 'random', 'pct'])
        .default('exhaustive'),
    )
    .option('--depth <steps>', 'no path, or run, longer than this (1000000; runs: 300)', wholeNumber(1, 1_000_000))
    .option('--states <count>', 'states to keep, or steps of all runs', wholeNumber(1, STATES_AT_MOST), 10_000_000)
    .option('--seed <number>', 'of random and pct', seedNumber, 1)
    .option(
      '--planted <id...>',
      'with bugs planted on purpose, such as wins-election-without-quorum or M29 (see sim mutants)',
    )
    .option('--replay <file>', 'take the steps of a violation again')
    .option('--json', 'one JSON object')
    .action(async (name: string | undefined, flags: ExploreFlags) => {
      if (name === undefined) return EXPLORE_MODELS.forEach((model) => print(showModel(model)));
      const model = EXPLORE_MODELS.find((one) => one.name === name);
      if (model === undefined) throw new UsageError(`no model is called ${name}`);
      if (flags.replay === undefined) await exploreModel(model, flags);
      else await replay(model, flags.replay, flags.json === true);
      return undefined;
    });
}

interface ExploreFlags {
  readonly schedule: ScheduleName;
  readonly depth?: number;
  readonly states: number;
  readonly seed: number;
  readonly planted?: readonly string[];
  readonly replay?: string;
  readonly json?: boolean;
}

async function exploreModel(model: Model, flags: ExploreFlags): Promise<void> {
  const { schedule, states, seed, json = false } = flags;
  const planted = plantedBugs(flags.planted ?? []);
  const depth = flags.depth ?? (schedule === 'exhaustive' ? 1_000_000 : 300);
  const bar = exploreBar(json);
  const startedAt = performance.now();
  const report = explore(model, {
    schedule,
    states,
    seed,
    depth,
    planted: new Set(planted),
    progress: (reached, deep) => bar.update(reached, deep),
  });
  bar.stop();
  const seconds = (performance.now() - startedAt) / 1_000;
  if (json) print(JSON.stringify(jsonOf(report, seconds)));
  else print(showExploration(model, report, seconds));
  process.exitCode = exitCodeOf(report);
  if (report.violation === undefined) return;
  await mkdir(FOLDER, { recursive: true });
  const file = join(
    FOLDER,
    [model.name, schedule, ...planted.map((bug) => CATALOGUE[bug].alias)].join('-').concat('.json'),
  );
  await writeFile(file, encodeCounterexample({ model: model.name, planted, violation: report.violation }));
  say(`  kept    ${file}\n  replay  npx understudy sim explore ${model.name} --replay ${file}`, json);
}

/** The report as `--json` prints it. Its fields keep the names that they have always had there. */
function jsonOf({ ignoredMessages: deadLetters, violation, ...report }: ExploreReport, seconds: number): object {
  const { messageFilter: carriage, ...wrong } = violation ?? { messageFilter: undefined };
  return {
    ...report,
    violation: violation && { ...wrong, carriage },
    deadLetters,
    seconds,
    statesPerSecond: Math.round(report.states / seconds),
  };
}

function exitCodeOf({ violation, schedule, exhausted, ignoredMessages }: ExploreReport): number {
  if (violation !== undefined || ignoredMessages?.wrong !== undefined) return 1;
  return schedule !== 'exhaustive' || exhausted ? 0 : 3;
}

async function replay(model: Model, file: string, json: boolean): Promise<void> {
  const decoded = decodeCounterexample((await readYaml(file)).value);
  if (decoded.type === 'rejected') throw new UsageError(`${file}: ${decoded.reason}`);
  const { value } = decoded;
  if (value.model !== model.name) throw new UsageError(`${file}: a counterexample of the model ${value.model}`);
  const replayed = replayCounterexample(model, value.violation, new Set(plantedBugs(value.planted)));
  print(json ? JSON.stringify(replayed) : showCounterexample(replayed));
  process.exitCode = replayed.wrong === undefined && replayed.stuckAt === undefined ? 0 : 1;
}

/** Shows the progress of a search on standard error, if that is a terminal and not `quiet`. */
function exploreBar(quiet: boolean): { update(states: number, depth: number): void; stop(): void } {
  const shows = !quiet && process.stderr.isTTY;
  return {
    update(states, depth) {
      if (shows) process.stderr.write(`\r${states.toLocaleString('en')} states, depth ${depth}`);
    },
    stop() {
      if (shows) process.stderr.write('\r\u001b[K');
    },
  };
}
