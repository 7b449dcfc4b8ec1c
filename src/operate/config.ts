import { decodeSetting, isTunable, settingsWith, TUNABLE, type Tunable } from '../live/start/tunable-settings.ts';
import type { Decoded } from '../protocol/model/app.ts';
import type { Settings } from '../protocol/model/settings.ts';

/** Sources of a value, strongest first: a flag wins over the environment, that over the file, that over the default. */
export const SOURCES = ['flag', 'environment', 'file', 'default'] as const;

export type Source = (typeof SOURCES)[number];

/** One option of a command line: its flag and how its value is parsed. */
export interface OptionKind {
  /** As it is typed: `--hold-for`. */
  readonly flag: string;
  /** False for a switch, which is present or absent. */
  readonly takesValue: boolean;
  /** Parses the text of a value. Throws an `Error` that says what was expected. */
  parse(text: string): unknown;
}

/** The resolved value of one option, and its source. */
export interface Resolved {
  /** The name in a file: `hold-for`, `settings.holdFor`. */
  readonly name: string;
  /** Undefined where no source gives a value and there is no default. */
  readonly value: unknown;
  readonly source: Source;
  /** The flag, the variable or the place in the file. */
  readonly said: string;
}

/** A parsed configuration file, with the line of each value. */
export interface ConfigFile {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The line of a path such as `config.settings.holdFor`. */
  readonly lineOf: (path: string) => number;
}

/** The environment variable of a flag: `UNDERSTUDY_HOLD_FOR`. */
export function variableOf(flag: string): string {
  return `UNDERSTUDY_${flag.replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
}

/** The name of an option in a file: `hold-for`. */
export function nameOf(flag: string): string {
  return flag.replace(/^--/, '');
}

/**
 * Resolves an option that no flag gives: from its variable, else from the file. Undefined where neither has it. An
 * empty variable counts as unset, so that an orchestrator may always set it.
 */
export function resolveOption(
  option: OptionKind,
  environment: Readonly<Record<string, string | undefined>>,
  file: ConfigFile | undefined,
): Decoded<Resolved | undefined> {
  const name = nameOf(option.flag);
  const variable = variableOf(option.flag);
  const text = environment[variable];
  if (text !== undefined && text !== '') return resolved(option, name, text, 'environment', variable);
  if (file === undefined || !Object.hasOwn(file.values, name)) return { type: 'decoded', value: undefined };
  const place = `${file.name}:${file.lineOf(`config.${name}`)}: ${name}`;
  const value = file.values[name];
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return rejected(`${place}: a text, a number, true or false was expected`);
  }
  return resolved(option, name, String(value), 'file', place);
}

/** The first name in a file that is not in `names`, as a message with its line; undefined if there is none. */
export function unknownIn(file: ConfigFile, names: readonly string[]): string | undefined {
  const unknown = Object.keys(file.values).find((name) => !names.includes(name));
  if (unknown === undefined) return undefined;
  return `${file.name}:${file.lineOf(`config.${unknown}`)}: ${unknown}: there is no such option here`;
}

/** Settings given in one source, each with its exact place. */
export interface SettingsSaid {
  readonly source: Source;
  readonly values: readonly { readonly name: string; readonly value: unknown; readonly said: string }[];
}

/** Parses settings as flags and variables give them: `heartbeatEvery=50,holdFor=5000`. */
export function settingsIn(text: string, source: Source, said: string): SettingsSaid {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const values = parts.map((part) => {
    const [name = '', ...value] = part.split('=');
    return { name: name.trim(), value: value.join('=').trim(), said };
  });
  return { source, values };
}

/** Resolves all settings; the strongest source of each wins. */
export function resolveSettings(
  said: readonly SettingsSaid[],
): Decoded<{ readonly settings: Settings; readonly resolved: readonly Resolved[] }> {
  const chosen = new Map<Tunable, Resolved & { readonly value: string | number }>();
  const strongestFirst = [...said].sort((a, b) => SOURCES.indexOf(a.source) - SOURCES.indexOf(b.source));
  for (const { source, values } of strongestFirst) {
    for (const { name, value, said: place } of values) {
      if (!isTunable(name)) return rejected(`${place}: there is no setting ${name}; there are ${TUNABLE.join(', ')}`);
      const decoded = decodeSetting(name, value);
      if (decoded.type === 'rejected') return rejected(`${place}: ${name}: ${decoded.reason}`);
      if (!chosen.has(name)) {
        chosen.set(name, { name: `settings.${name}`, value: decoded.value, source, said: place });
      }
    }
  }
  const values = Object.fromEntries([...chosen].map(([name, { value }]) => [name, value]));
  const settings = settingsWith(values);
  if (settings.type === 'rejected') return rejected(`settings: ${settings.reason}`);
  const resolvedSettings = TUNABLE.map(
    (name): Resolved =>
      chosen.get(name) ?? { name: `settings.${name}`, value: settings.value[name], source: 'default', said: '' },
  );
  return { type: 'decoded', value: { settings: settings.value, resolved: resolvedSettings } };
}

function resolved(
  option: OptionKind,
  name: string,
  text: string,
  source: Source,
  said: string,
): Decoded<Resolved | undefined> {
  if (!option.takesValue) {
    if (text !== 'true' && text !== 'false') return rejected(`${said}: true or false was expected`);
    return { type: 'decoded', value: { name, value: text === 'true', source, said } };
  }
  try {
    return { type: 'decoded', value: { name, value: option.parse(text), source, said } };
  } catch (error) {
    return rejected(`${said}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function rejected(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}
