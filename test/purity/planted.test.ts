import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SRC = new URL('../../src', import.meta.url).pathname;

/** Folders whose code runs in a live process and nowhere else. */
const LIVE = ['live', 'storage', 'transport-http', 'client'];

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function mentionsPlanted(file: string): boolean {
  return /planted/i.test(readFileSync(join(SRC, file), 'utf8'));
}

test('A live process has no way to plant a bug: its folders and commands never name one', () => {
  const commands = sourcesIn('cli').filter((file) => !file.startsWith(join('cli', 'sim')));
  const suspects = [...LIVE.flatMap(sourcesIn), ...commands];
  expect(suspects.length).toBeGreaterThan(20);
  expect(suspects.filter(mentionsPlanted)).toEqual([]);
});

test('The simulator can: its folder names them, so the search above would find them', () => {
  expect(sourcesIn('sim').filter(mentionsPlanted)).not.toEqual([]);
});
