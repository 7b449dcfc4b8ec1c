import { type Layer, LAYERS, layersAbove, PURE_PACKAGES } from './table.ts';

interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

/**
 * The rules of oxlint besides .oxlintrc.json. Of two overrides that name one rule for one file the later one counts.
 */
export function lintRules(): readonly Override[] {
  const hostless = LAYERS.filter(({ isHostless }) => isHostless === true).map(({ name }) => `**/src/${name}/**`);
  return [
    { files: LAYERS.flatMap(pureFolders), rules: PURITY },
    {
      files: hostless,
      rules: bannedGlobals(['process', 'Buffer', 'setTimeout', 'require'], 'Runs in a browser, too.'),
    },
    ...LAYERS.flatMap((layer) => [importRule(layer), ...(layer.rooms ?? []).map((room) => importRule(layer, room))]),
  ].filter((override) => override !== undefined);
}

function importRule(layer: Layer, room?: string): Override | undefined {
  const { name, imports, types = [], rooms = [] } = layer;
  const later = room === undefined ? [] : rooms.slice(rooms.indexOf(room) + 1);
  const patterns = [
    ...banned(layersAbove(layer), `${name} imports ${imports.join(', ') || 'no other layer'} only.`),
    ...banned(types, `${name} imports the types of ${types.join(' and ')} only.`, true),
    ...banned(later, `${name}/${room} comes before ${later.join(', ')}.`),
    ...bannedPackages(layer, room),
  ];
  if (patterns.length === 0) return undefined;
  const folder = room === undefined ? name : `${name}/${room}`;
  return { files: [`**/src/${folder}/**`], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/** Imports out of folders of these names, however far up. No layer that has a rule is called like a room. */
function banned(folders: readonly string[], message: string, allowTypeImports = false): readonly object[] {
  if (folders.length === 0) return [];
  const regex = String.raw`^(\./)?(\.\./)+(src/)?(${folders.join('|')})/`;
  return [allowTypeImports ? { regex, message, allowTypeImports } : { regex, message }];
}

function bannedPackages(layer: Layer, room: string | undefined): readonly object[] {
  const isPure = layer.isPure === true || (room !== undefined && layer.pureRooms?.includes(room) === true);
  const packages = isPure ? PURE_PACKAGES : layer.packages;
  if (packages === undefined) return [];
  const group = ['**', '!./**', '!../**', ...packages.map((known) => `!${known}`)];
  return [{ group, message: `Of packages, ${layer.name} imports ${packages.join(', ')} only.` }];
}

function pureFolders({ name, isPure, pureRooms = [] }: Layer): readonly string[] {
  return isPure === true ? [`**/src/${name}/**`] : pureRooms.map((room) => `**/src/${name}/${room}/**`);
}

function bannedGlobals(names: readonly string[], message: string): Readonly<Record<string, unknown>> {
  return {
    'no-restricted-globals': ['error', { globals: names.map((name) => ({ name, message })), checkGlobalObject: true }],
  };
}

const IMPURE = 'Pure folders know no clock, chance, host or async: it is an input, or an effect.';
const INEXACT = 'Not bit-identical between JavaScript engines: use integer arithmetic.';
const LOCAL = 'Depends on the locale: compare code units with < and >.';

const PURITY = {
  ...bannedGlobals(
    (
      'Date performance setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate queueMicrotask ' +
      'Promise console process crypto fetch Buffer require globalThis Intl WeakRef FinalizationRegistry Atomics'
    ).split(' '),
    IMPURE,
  ),
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: IMPURE },
    ...(
      'log log10 log1p log2 exp expm1 pow cbrt hypot sin cos tan asin acos atan atan2 ' +
      'sinh cosh tanh asinh acosh atanh'
    )
      .split(' ')
      .map((property) => ({ object: 'Math', property, message: INEXACT })),
    ...['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'].map((property) => ({
      property,
      message: LOCAL,
    })),
  ],
  'oxc/no-async-await': 'error',
};
