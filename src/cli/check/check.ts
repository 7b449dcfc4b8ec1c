import { printableLines } from '../../protocol/model/printable.ts';
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { MODELS } from '../../apps/models.ts';
import {
  check,
  type CheckResult,
  type History,
  type HistoryFormat,
  htmlReport,
  type Model,
  readHistory,
  showIllegal,
} from '../../checker/index.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { UsageError } from '../shared/errors.ts';
import { duration, wholeNumber } from '../shared/numbers.ts';
import { readText } from '../shared/read-text.ts';
import { isModule } from '../shared/service-module.ts';
import { asJsonReport } from './json.ts';
import { modelOf } from './own-model.ts';

interface CheckFlags {
  readonly model: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly budget?: number;
  readonly timeLimit?: number;
  readonly format?: HistoryFormat;
}

type Checked = Extract<CheckResult, { readonly type: 'checked' }>;

/** The greatest file that is read, in bytes. */
const FILE_AT_MOST = 256 * 1024 * 1024;

/** Exit codes of the command. */
const EXIT_CODES = { ok: 0, illegal: 1, undecided: 3 };

/**
 * Adds `understudy check`: whether a recorded history is linearizable. Exits 0 if it is, 1 if not, 3 where the budget
 * or the time was too small, and 2 for a file that cannot be read, with the line and the reason.
 */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('say whether a recorded history is linearizable')
    .argument('<file>', 'JSON lines or EDN, an event each: docs/reference/checker.md; - for the standard input')
    .requiredOption(
      '--model <name>',
      `what the history is of: ${Object.keys(MODELS).join(', ')}; or a file that exports a model or a service`,
    )
    .addOption(
      new Option('--format <format>', 'how it is written (default: as it looks)').choices(['json', 'edn', 'log']),
    )
    .option(
      '--key <field>',
      'the field that names the object an operation is about, of the event or its value (default: key)',
    )
    .option('--budget <configurations>', 'how many to look at for each object, at most', wholeNumber(1, 1_000_000_000))
    .option('--time-limit <time>', 'undecided after so long: 60s, 10m (default: none)', duration)
    .option('--html <out>', 'draw the history into a file')
    .option('--json', 'as one JSON object')
    .action(async (file: string, flags: CheckFlags, command: Command) => {
      await run(file, await modelNamed(flags.model), flags, command);
    });
}

async function modelNamed(given: string): Promise<Model> {
  const known = Object.hasOwn(MODELS, given) ? MODELS[given] : undefined;
  if (known !== undefined) return known;
  if (isModule(given)) return modelOf(given);
  throw new UsageError(
    `no model is called ${given}; there are ${Object.keys(MODELS).join(', ')}, or a file of your own`,
  );
}

async function run(file: string, model: Model, flags: CheckFlags, command: Command): Promise<void> {
  const text = await readText(file, FILE_AT_MOST);
  const { key, format, budget, timeLimit } = flags;
  const read = readHistory(text, {
    ...(key === undefined ? {} : { key }),
    ...(format === undefined ? {} : { format }),
  });
  if (read.type === 'rejected') return unreadable(file, read, flags, command);
  const history = read.value;
  const until = performance.now() + (timeLimit ?? Number.POSITIVE_INFINITY);
  const result = check(model, history, {
    ...(budget === undefined ? {} : { budget }),
    isOver: () => performance.now() > until,
  });
  if (result.type === 'rejected') {
    const line = history.lineOf?.(result.operation?.calledAt ?? 0) ?? 1;
    return unreadable(file, { line, reason: result.reason }, flags, command);
  }
  if (flags.html !== undefined) {
    await writeFile(flags.html, htmlReport(file, history, result)).catch((error: unknown) =>
      command.error(`error: ${messageOf(error)}`),
    );
  }
  process.exitCode = EXIT_CODES[result.verdict];
  print(flags.json === true ? JSON.stringify(asJsonReport(model.name, history, result)) : show(file, history, result));
}

function unreadable(
  file: string,
  { line, reason }: { readonly line: number; readonly reason: string },
  flags: CheckFlags,
  command: Command,
): void {
  if (flags.json === true) print(JSON.stringify({ verdict: 'unreadable', line, reason }));
  command.error(`error: ${file}:${line}: ${reason}`);
}

function show(file: string, history: History, { verdict, parts, work }: Checked): string {
  const { length } = history.operations;
  const counts = `${counted(length, 'operation')}, ${counted(parts.length, 'part')}, ${counted(work, 'configuration')}`;
  switch (verdict) {
    case 'ok':
      return `${file}: linearizable\n  ${counts}`;
    case 'illegal':
      return `${file}: NOT linearizable\n  ${counts}\n${showIllegal(history, parts)}`;
    case 'undecided': {
      const open = parts.filter((part) => part.verdict === 'undecided');
      const names = open.map(({ name }) => name).filter((name) => name !== '');
      return `${file}: UNDECIDED within its limits\n  ${counts}${names.length === 0 ? '' : `; undecided: ${names.join(', ')}`}`;
    }
    default:
      return unreachable(verdict);
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function print(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}
