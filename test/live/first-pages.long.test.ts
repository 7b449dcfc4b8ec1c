import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openReader, type Reader, root } from '../support/docs/page-commands.ts';
import { blocksIn, commandsIn } from '../support/docs/page.ts';

describe.each(['README.md', 'docs/start/first-ten-minutes.md'])('%s, its cluster', { timeout: 240_000 }, (page) => {
  // What needs no cluster runs in test/docs/first-pages.test.ts.
  const commands = blocksIn(readFileSync(join(root, page), 'utf8'), 'console')
    .flatMap(commandsIn)
    .filter(({ line }) => /^(npm start|npx understudy up |npx understudy status |curl |kill )/.test(line));

  let reader: Reader;
  beforeAll(async () => {
    reader = await openReader(['examples']);
  });
  afterAll(() => reader.close());

  it.each(commands)('$line', ({ line, printed }) => reader.follow(line, printed));
});
