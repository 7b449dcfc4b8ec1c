import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { accepted } from '../../src/protocol/model/app.ts';
import { codeRange } from '../../src/protocol/model/app-versions.ts';
import { EndsNode } from '../../src/protocol/model/assert.ts';
import { NO_EPOCH } from '../../src/protocol/model/epoch.ts';
import { defineApp, recipe } from '../../src/service/define-app.ts';
import { defineService } from '../../src/service/define-service.ts';
import { readable } from '../../src/service/readable.ts';

const CONTEXT = { index: 7, epoch: NO_EPOCH, lamport: 1, wall: 0, uuid: 'u' };

const first = defineApp({
  name: 'shelf',
  initial: { titles: ['Emma'] },
  commands: z.object({ type: z.literal('add'), title: z.string() }),
  queries: z.object({ type: z.literal('count') }),
  apply: recipe((now, { title }) => {
    now.titles.push(title);
    return accepted();
  }),
  read: ({ titles }) => accepted(titles.length),
});

type Shelf = { books: { title: string; pages: number }[] };
const empty: Shelf = { books: [] };

const parts = {
  name: 'shelf',
  initial: empty,
  commands: z.object({ type: z.literal('add'), title: z.string(), pages: z.int() }),
  queries: z.object({ type: z.literal('count') }),
  apply: recipe<Shelf, [{ title: string; pages: number }]>((now, { title, pages }) => {
    now.books.push({ title, pages });
    return accepted();
  }),
  read: ({ books }: Shelf) => accepted(books.length),
};

const second = defineApp({
  ...parts,
  version: 2,
  previous: first,
  // The old state has the type that `previous` gives it.
  migrate: ({ titles }) => ({ books: titles.map((title) => ({ title, pages: 0 })) }),
});

describe('defineApp: versions', () => {
  test('A second version has the code of the first, and makes its state from that of the first.', () => {
    expect(codeRange(first)).toEqual({ oldest: 1, newest: 1 });
    expect(codeRange(second)).toEqual({ oldest: 1, newest: 2 });
    expect(second.migrate?.(first.initial)).toEqual({ books: [{ title: 'Emma', pages: 0 }] });
  });

  test('A build may have dropped the version before.', () => {
    const { previous: _, migrate: __, ...alone } = { ...parts, version: 2, previous: first, migrate: undefined };
    expect(codeRange(defineApp(alone))).toEqual({ oldest: 2, newest: 2 });
  });

  test.each([
    [{ version: 0 }, 'the version of `shelf` is a whole number from 1 on, not 0'],
    [{ version: 1.5 }, 'the version of `shelf` is a whole number from 1 on, not 1.5'],
    [
      { version: 3, previous: first },
      '`shelf` has version 3, and its `previous` has version 1: versions go up one by one',
    ],
    [{ previous: first }, '`shelf` has version 1, and its `previous` has version 1'],
    [{ version: 2, previous: { ...first, name: 'desk' } }, 'the same group in the version before, and is `desk`'],
    [{ migrate: () => empty }, '`shelf` migrates from the version before, so its `version` is 2 or higher'],
  ])('%j is refused', (given, why) => {
    const definition: typeof parts = { ...parts, ...given };
    expect(() => defineApp(definition)).toThrow(why);
  });

  test('A state that is none of the new version asks for a migration.', () => {
    // @ts-expect-error there is no `migrate`
    expect(codeRange(defineApp({ ...parts, version: 2, previous: first })).newest).toBe(2);
    // A state of the second version is one of the third.
    expect(codeRange(defineApp({ ...parts, version: 3, previous: second })).newest).toBe(3);
  });

  test('In the log of a node, each version ends it at a command that it cannot read, and reads its own.', () => {
    const [app] = readable(defineService({ name: 'shelves', apps: [second] })).apps;
    const of1 = { type: 'add', title: 'Persuasion' };
    expect(() => app?.apply(empty, of1, CONTEXT)).toThrow(EndsNode);
    expect(app?.apply(empty, { ...of1, pages: 3 }, CONTEXT)).toMatchObject({ outcome: accepted() });
    expect(app?.previous?.apply(first.initial, of1, CONTEXT)).toMatchObject({ outcome: accepted() });
    expect(() => app?.previous?.apply(first.initial, { type: 'lend' }, CONTEXT)).toThrow(EndsNode);
  });
});
