import type { Command } from 'commander';
import type { Resolved } from '../../operate/config.ts';
import { resolutionOf } from '../shared/configuration.ts';
import { UsageError } from '../shared/errors.ts';

/** Adds `understudy config`: the configuration that a command would run with, and the source of each value. */
export function registerConfig(program: Command, commands: readonly Command[]): void {
  program
    .command('config')
    .description('show what a command would run with, and where each value comes from')
    .argument('<command>', commands.map((command) => command.name()).join(', '))
    .argument('[options...]', 'the options it would be given')
    .option('--json', 'as one JSON object on a line')
    .allowUnknownOption()
    .action(async (name: string, _: readonly string[], flags: { readonly json?: boolean }, self: Command) => {
      const command = commands.find((one) => one.name() === name);
      if (command === undefined) {
        throw new UsageError(`${name} has no configuration; ${commands.map((one) => one.name()).join(', ')} have one`);
      }
      // Parsing and checks are those of the command itself; only its action differs.
      command.action(() => {
        const resolved = resolutionOf(command);
        process.stdout.write(flags.json === true ? `${asJson(resolved)}\n` : showResolved(resolved));
      });
      await command.parseAsync(self.args.slice(1), { from: 'user' });
    });
}

/** A line for each value: its name, the value, and its source. */
export function showResolved(resolved: readonly Resolved[]): string {
  const rows = resolved.map(({ name, value, source, said }) => [
    name,
    value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value),
    source === 'default' ? 'default' : `${source} ${said}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      ([name = '', value = '', from = '']) =>
        `${name.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${from}\n`,
    )
    .join('');
}

function asJson(resolved: readonly Resolved[]): string {
  return JSON.stringify(
    Object.fromEntries(
      resolved.map(({ name, value = null, source, said }) => [
        name,
        { value, source, ...(said === '' ? {} : { said }) },
      ]),
    ),
  );
}
