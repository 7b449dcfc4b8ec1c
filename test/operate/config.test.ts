import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { showResolved } from '../../src/cli/node/config.ts';
import { resolutionOf, takesConfiguration } from '../../src/cli/shared/configuration.ts';
import { portNumber, wholeNumber } from '../../src/cli/shared/numbers.ts';
import { resolveSettings, settingsIn, SOURCES, variableOf } from '../../src/operate/config.ts';
import { limitsOfHeap } from '../../src/live/start/heap-limits.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';

let folder: string;
const before = { ...process.env };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-config-'));
});

afterEach(async () => {
  process.env = { ...before };
  await rm(folder, { recursive: true });
});

async function file(text: string): Promise<string> {
  const path = join(folder, 'node.yaml');
  await writeFile(path, text);
  return path;
}

/** What a command with these options would run with. */
async function run(...argv: string[]): Promise<{ flags: Record<string, unknown>; command: Command }> {
  let flags: Record<string, unknown> = {};
  const command = takesConfiguration(
    new Command('server')
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .option('--data <folder>', 'where')
      .option('--port <port>', 'listen here', portNumber)
      .option('--hold-for <millis>', 'hold', wholeNumber(1, 600_000))
      .option('--format', 'make the folder'),
  ).action((given: Record<string, unknown>) => {
    flags = given;
  });
  await command.parseAsync(argv, { from: 'user' });
  return { flags, command };
}

describe('The configuration of a process', () => {
  it('takes each value from its flag, else from its variable, else from the file, else the default', async () => {
    const config = await file(
      'data: from-file\nport: 3\nformat: true\nlog-level: warn\nsettings: { suspectAfter: 333 }\n',
    );
    process.env['UNDERSTUDY_PORT'] = '2';
    process.env['UNDERSTUDY_CONFIG'] = config;
    process.env['UNDERSTUDY_SETTINGS'] = 'heartbeatEvery=55,suspectAfter=222';
    const { flags, command } = await run('--hold-for', '1234', '--setting', 'suspectAfter=111');
    expect(flags).toMatchObject({ data: 'from-file', port: 2, format: true, holdFor: 1_234, logLevel: 'warn' });
    expect(flags['settings']).toEqual({
      ...DEFAULT_SETTINGS,
      ...limitsOfHeap(DEFAULT_SETTINGS),
      heartbeatEvery: 55,
      suspectAfter: 111,
      holdFor: 1_234,
    });
    const shown = showResolved(resolutionOf(command)).replaceAll(/ +/g, ' ');
    expect(shown).toContain(`data from-file file ${config}:1: data\n`);
    expect(shown).toContain('port 2 environment UNDERSTUDY_PORT\n');
    expect(shown).toContain('settings.heartbeatEvery 55 environment UNDERSTUDY_SETTINGS\n');
    expect(shown).toContain('settings.suspectAfter 111 flag --setting\n');
    expect(shown).toContain('settings.holdFor 1234 flag --hold-for\n');
    expect(shown).toContain('settings.electAfter 500 default\n');
  });

  it.each([
    ['a port that is none, in a variable', { UNDERSTUDY_PORT: 'http' }, 'data: x', 'UNDERSTUDY_PORT: A whole number'],
    ['a port that is none, in a file', {}, 'data: x\nport: 70000', 'node.yaml:2: port: A whole number'],
    ['an option that does not exist', {}, 'data: x\nprot: 7', 'node.yaml:2: prot: there is no such option here'],
    ['a list where a value is expected', {}, 'data: [x]', 'node.yaml:1: data: a text, a number, true or false'],
    ['a switch that is neither on nor off', { UNDERSTUDY_FORMAT: '1' }, 'data: x', 'UNDERSTUDY_FORMAT: true or false'],
    ['a level that does not exist', { UNDERSTUDY_LOG_LEVEL: 'loud' }, 'data: x', 'debug, info, warn, error, silent'],
    ['a setting that does not exist', {}, 'data: x\nsettings:\n  heartbeat: 7', 'there is no setting heartbeat'],
    [
      'a setting out of range',
      {},
      'data: x\nsettings:\n  jitter: -1',
      'node.yaml:3: jitter: expected a whole number from 0',
    ],
    [
      'settings that do not go together',
      {},
      'data: x\nsettings:\n  heartbeatEvery: 450',
      'is not less than suspectAfter',
    ],
    ['how long requests count', {}, 'data: x\nsettings: { dedupeFor: 1 }', 'there is no setting dedupeFor'],
    ['a file that is no list of names', {}, '- 7', 'options by their names were expected'],
  ])('refuses %s, and says where', async (_, environment, text, message) => {
    Object.assign(process.env, environment);
    await expect(run('--config', await file(text))).rejects.toThrow(message);
  });

  it('takes an empty variable for one that says nothing', async () => {
    process.env['UNDERSTUDY_PORT'] = '';
    const { flags } = await run('--data', 'x');
    expect(flags['port']).toBeUndefined();
  });

  it('names variables as their flags', () => {
    expect(variableOf('--log-format')).toBe('UNDERSTUDY_LOG_FORMAT');
  });

  it('lets the strongest source win for each setting, whoever speaks first', () => {
    const source = fc.constantFrom(...SOURCES);
    const said = fc.array(fc.tuple(source, fc.integer({ min: 1, max: 400 })), { maxLength: 6 });
    fc.assert(
      fc.property(said, (all) => {
        const layers = all.map(([from, value]) => settingsIn(`rankDelay=${value}`, from, from));
        const resolved = resolveSettings(layers);
        // The dumb twin: walk the sources from strong to weak, and take the first that says anything.
        const twin = SOURCES.flatMap((from) => all.filter(([by]) => by === from).slice(0, 1))[0]?.[1];
        expect(resolved.type === 'decoded' && resolved.value.settings.rankDelay).toBe(
          twin ?? DEFAULT_SETTINGS.rankDelay,
        );
      }),
    );
  });
});
