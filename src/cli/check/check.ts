import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { MODELS } from '../../apps/models.ts';
import {
  check,
  type CheckResult,
  type History,
  htmlReport,
  type Model,
  readLines,
  showIllegal,
} from '../../checker/index.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { wholeNumber } from '../shared/numbers.ts';
import { readText } from '../shared/read-text.ts';
import { asJsonReport } from './json.ts';

interface CheckFlags {
  readonly model: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly budget?: number;
}

type Checked = Extract<CheckResult, { readonly type: 'checked' }>;

/** Exit codes of the command. */
const EXIT_CODES = { ok: 0, illegal: 1, undecided: 3 };

/**
 * Adds `understudy check`: whether a recorded history is linearizable. Exits 0 if it is, 1 if not, 3 where the budget
 * was too small, and 2 for a file that cannot be read, with the line and the reason.
 */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('say whether a recorded history is linearizable')
    .argument('<file>', 'JSON lines, an event each: docs/reference/checker.md; - for the standard input')
    .requiredOption('--model <name>', `what the history is of: ${Object.keys(MODELS).join(', ')}`)
    .option(
      '--key <field>',
      'the field that names the object an operation is about, of the event or its value (default: key)',
    )
    .option('--budget <configurations>', 'how many to look at for each object, at most', wholeNumber(1, 1_000_000_000))
    .option('--html <out>', 'draw the history into a file')
    .option('--json', 'as one JSON object')
    .action(async (file: string, flags: CheckFlags, command: Command) => {
      const model = Object.hasOwn(MODELS, flags.model) ? MODELS[flags.model] : undefined;
      if (model === undefined)
        command.error(`error: no model is called ${flags.model}; there are ${Object.keys(MODELS).join(', ')}`);
      else await run(file, model, flags, command);
    });
}

async function run(file: string, model: Model, flags: CheckFlags, command: Command): Promise<void> {
  const text = await readText(file);
  const read = readLines(text, flags.key === undefined ? {} : { key: flags.key });
  if (read.type === 'rejected') return unreadable(file, read, flags, command);
  const history = read.value;
  const result = check(model, history, flags.budget === undefined ? {} : { budget: flags.budget });
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
      return `${file}: UNDECIDED within the budget\n  ${counts}${names.length === 0 ? '' : `; undecided: ${names.join(', ')}`}`;
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
  process.stdout.write(`${text}\n`);
}
