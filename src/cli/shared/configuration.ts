import { type Command, Option } from 'commander';
import {
  type ConfigFile,
  nameOf,
  type OptionKind,
  type Resolved,
  resolveOption,
  resolveSettings,
  settingsIn,
  type SettingsSaid,
  type Source,
  unknownIn,
  variableOf,
} from '../../operate/config.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../../operate/log-levels.ts';
import type { Decoded } from '../../protocol/model/app.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import { UsageError } from './errors.ts';
import { readYaml } from './yaml-file.ts';

/** Options of every command with a configuration from flags, environment and file. */
export interface ConfiguredFlags {
  readonly config?: string;
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
  /** All settings of the protocol. */
  readonly settings: Settings;
}

/** Options of the command line only: they name the other sources, stand for several options, or for a single act. */
const NOT_RESOLVED: readonly string[] = ['config', 'setting', 'found'];

/** The resolved values of a command, for `understudy config`. */
const resolutions = new WeakMap<Command, readonly Resolved[]>();

/**
 * Lets a command take each of its options from the environment (`UNDERSTUDY_HOLD_FOR`) and from a file (`--config`)
 * where no flag gives it, and adds the options of the log and of the protocol. Call it when the command has all its
 * options. Its action finds all values among its flags, whatever their source.
 */
export function takesConfiguration(command: Command): Command {
  command
    .option('--config <file>', 'a YAML or JSON file with options, named as here without the dashes')
    .option('--setting <name=value>', 'tune the protocol, such as heartbeatEvery=50; may be repeated', collect)
    .addOption(new Option('--log-level <level>', 'the least that is logged').choices(LOG_LEVELS).default('info'))
    .addOption(new Option('--log-format <format>', 'json: a line each; pretty: for people').choices(LOG_FORMATS));
  return command.hook('preAction', async (_, action) => {
    if (action === command) await configure(action, process.env);
  });
}

/** The resolved values of `command`, once its action runs. */
export function resolutionOf(command: Command): readonly Resolved[] {
  return resolutions.get(command) ?? [];
}

async function configure(command: Command, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const options = command.options.filter((option) => !NOT_RESOLVED.includes(option.attributeName()));
  const file = await fileOf(command, environment);
  const names = [...options.map(({ long }) => nameOf(long ?? '')), 'settings'];
  const unknown = file === undefined ? undefined : unknownIn(file, names);
  if (unknown !== undefined) throw new UsageError(unknown);

  const resolved = options.map((option) => resolve(command, option, environment, file));
  const settings = orUsage(resolveSettings(settingsSaid(command, environment, file, resolved)));
  command.setOptionValueWithSource('settings', settings.settings, 'config');
  resolutions.set(command, [...resolved.filter(({ name }) => !Object.hasOwn(FLAGS, name)), ...settings.resolved]);
}

/** Settings with a flag of their own, by the flag's name. */
const FLAGS: Readonly<Record<string, string>> = { 'hold-for': 'holdFor', 'cache-size': 'cacheSize' };

async function fileOf(
  command: Command,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ConfigFile | undefined> {
  const given: unknown = command.getOptionValue('config') ?? environment[variableOf('--config')];
  if (typeof given !== 'string' || given === '') return undefined;
  const { value, lineOf } = await readYaml(given);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${given}: options by their names were expected`);
  }
  return { name: given, values: { ...value }, lineOf };
}

function resolve(
  command: Command,
  option: Option,
  environment: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): Resolved {
  const flag = option.long ?? option.flags;
  const attribute = option.attributeName();
  const value: unknown = command.getOptionValue(attribute);
  if (command.getOptionValueSource(attribute) === 'cli')
    return { name: nameOf(flag), value, source: 'flag', said: flag };
  const found = orUsage(resolveOption(kindOf(option, flag), environment, file));
  if (found === undefined) return { name: nameOf(flag), value, source: 'default', said: '' };
  command.setOptionValueWithSource(attribute, found.value, found.source);
  return found;
}

function kindOf(option: Option, flag: string): OptionKind {
  return {
    flag,
    takesValue: option.required || option.optional,
    parse(text) {
      if (option.argChoices !== undefined && !option.argChoices.includes(text)) {
        throw new Error(`${option.argChoices.join(', ')} were expected`);
      }
      // Commander parses an option with choices by them.
      return option.argChoices === undefined && option.parseArg !== undefined ? option.parseArg(text, undefined) : text;
    },
  };
}

function settingsSaid(
  command: Command,
  environment: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
  resolved: readonly Resolved[],
): readonly SettingsSaid[] {
  const flags: unknown = command.getOptionValue('setting');
  const variable = variableOf('--settings');
  const said: SettingsSaid[] = [];
  // Before the others of its source, so that the flag of its own wins.
  for (const { name, source, value, said: where } of resolved) {
    const setting = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
    if (setting !== undefined && source !== 'default') {
      said.push({ source, values: [{ name: setting, value, said: where }] });
    }
  }
  for (const text of Array.isArray(flags) ? flags : []) said.push(settingsIn(String(text), 'flag', '--setting'));
  said.push(settingsIn(environment[variable] ?? '', 'environment', variable));
  if (file !== undefined) said.push(settingsOfFile(file));
  return said;
}

function settingsOfFile(file: ConfigFile): SettingsSaid {
  const source: Source = 'file';
  const { settings } = file.values;
  if (settings === undefined) return { source, values: [] };
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new UsageError(`${file.name}:${file.lineOf('config.settings')}: settings: names with values were expected`);
  }
  const values = Object.entries(settings).map(([name, value]: [string, unknown]) => {
    return { name, value, said: `${file.name}:${file.lineOf(`config.settings.${name}`)}` };
  });
  return { source, values };
}

function collect(text: string, before: unknown): readonly string[] {
  return [...(Array.isArray(before) ? before.map(String) : []), text];
}

function orUsage<Value>(decoded: Decoded<Value>): Value {
  if (decoded.type === 'rejected') throw new UsageError(decoded.reason);
  return decoded.value;
}
