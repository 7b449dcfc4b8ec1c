import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReader, type Reader, root } from '../support/docs/page-commands.ts';
import { blocksIn, commandsIn } from '../support/docs/page.ts';

const guide = readFileSync(join(root, 'docs/guides/write-a-service.md'), 'utf8');
const source = readFileSync(join(root, 'examples/seats/seats.ts'), 'utf8');

const commands = blocksIn(guide, 'console').flatMap(commandsIn);

let reader: Reader;
beforeAll(async () => {
  reader = await openReader(['examples']);
});
afterAll(() => reader.close());

describe('examples/seats', () => {
  it('is a service in at most 40 lines of code', () => {
    const lines = source.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(guide).toContain(`It has ${lines.length} lines of code.`);
  });

  it('is shown as it is.', () => {
    expect(blocksIn(guide, 'ts')[0]).toBe(source);
  });
});

describe('docs/guides/write-a-service.md', { timeout: 240_000 }, () => {
  it('shows all that a service of one’s own gets', () => {
    const verbs = commands.map(({ line }) => line.replace(/^npx understudy /, '').split(' ', 1)[0]);
    expect([...new Set(verbs)]).toEqual(['up', 'curl', 'kill', 'server', 'status', 'sim', 'chaos', 'sed']);
  });

  it.each(commands)('$line', ({ line, printed }) => reader.follow(line, printed));
});
