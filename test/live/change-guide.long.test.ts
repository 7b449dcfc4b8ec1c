import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, type Reader, root } from '../support/docs/page-commands.ts';
import { blocksIn, commandsIn } from '../support/docs/page.ts';

const guide = readFileSync(join(root, 'docs/guides/change-a-service.md'), 'utf8');
const folder = join(root, 'examples/seats');

const commands = blocksIn(guide, 'console').flatMap(commandsIn);

let reader: Reader;
beforeAll(async () => {
  reader = await openReader(['examples']);
});
afterAll(() => reader.close());

describe('examples/seats/change', () => {
  it('has the first version as it was', () => {
    const [first, old] = ['seats.ts', 'change/seats.v1.ts'].map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(old).toBe(first);
  });

  it('is shown in its own words', () => {
    const source = readFileSync(join(folder, 'change/seats.ts'), 'utf8');
    const parts = blocksIn(guide, 'ts').flatMap((block) => block.trim().split('\n\n'));
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) expect(source).toContain(part);
  });
});

describe('docs/guides/change-a-service.md', { timeout: 240_000 }, () => {
  it.each(commands)('$line', ({ line, printed }) => reader.follow(line, printed));
});
