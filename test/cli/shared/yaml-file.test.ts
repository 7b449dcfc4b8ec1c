import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UsageError } from '../../../src/cli/shared/errors.ts';
import { readYaml } from '../../../src/cli/shared/yaml-file.ts';
import { newFolder } from '../../support/storage/stores.ts';

it('A file whose aliases unfold without end is refused in one line', async () => {
  const file = join(await newFolder(), 'bomb.yaml');
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const lines = names.map((name, place) => {
    const item = place === 0 ? '"x"' : `*${names[place - 1] ?? ''}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => item).join(', ')}]`;
  });
  await writeFile(file, lines.join('\n'));
  const reading = readYaml(file);
  await expect(reading).rejects.toBeInstanceOf(UsageError);
  await expect(reading).rejects.toThrow(/^\S+bomb\.yaml cannot be used: [^\n]*alias[^\n]*$/i);
});
