import { decodeSetting, isTunable, settingsWith, TUNABLE, type Tunable } from '../live/start/tunable-settings.ts';
import type { Decoded } from '../protocol/model/app.ts';
import type { Settings } from '../protocol/model/settings.ts';

/** Where a value was said, the strongest first: what a flag says counts, whatever the others say. */
export const SOURCES = ['flag', 'environment', 'file', 'default'] as const;

export type Source = (typeof SOURCES)[number];

/** One option of a command line, as far as its value is concerned. */
export interface OptionKind {
  /** As it is typed: `--hold-for`. */
  readonly flag: string;
  /** Whether it takes a value; else it is there or not. */
  readonly takesValue: boolean;
  /** The value of a text. Throws an `Error` that says what was expected. */
  parse(text: string): unknown;
}

/** What was said of one option, and where. */
export interface Resolved {
  /** As it stands in a file: `hold-for`, `settings.holdFor`. */
  readonly name: string;
  /** Undefined where nobody has said anything and there is no default. */
  readonly value: unknown;
  readonly source: Source;
  /** The flag, the variable or the place in the file. */
  readonly said: string;
}

/** Whatever stands in a configuration file, and where. */
export interface ConfigFile {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The line of a path such as `config.settings.holdFor`. */
  readonly lineOf: (path: string) => number;
}

/** The variable that stands for a flag: `UNDERSTUDY_HOLD_FOR`. */
export function variableOf(flag: string): string {
  return `UNDERSTUDY_${flag.replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
}

/** What a file calls an option: `hold-for`. */
export function nameOf(flag: string): string {
  return flag.replace(/^--/, '');
}

/**
 * The value of an option that no flag has given: of its variable, else of the file. Undefined where neither says anything.
 * An empty variable says nothing, so that an orchestrator may always set it.
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

/** The first name in a file that is none of `names`, with its line. */
export function unknownIn(file: ConfigFile, names: readonly string[]): string | undefined {
  const unknown = Object.keys(file.values).find((name) => !names.includes(name));
  if (unknown === undefined) return undefined;
  return `${file.name}:${file.lineOf(`config.${unknown}`)}: ${unknown}: there is no such option here`;
}

/** Settings said in one place, each by its name, with where exactly. */
export interface SettingsSaid {
  readonly source: Source;
  readonly values: readonly { readonly name: string; readonly value: unknown; readonly said: string }[];
}

/** `heartbeatEvery=50,holdFor=5000`, as flags and variables have it. */
export function settingsIn(text: string, source: Source, said: string): SettingsSaid {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const values = parts.map((part) => {
    const [name = '', ...value] = part.split('=');
    return { name: name.trim(), value: value.join('=').trim(), said };
  });
  return { source, values };
}

/** All settings, and what was said of each of them; of several that say something the strongest counts. */
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
