import { expect, test } from 'vitest';
import * as z from 'zod';
import { accepted, type EntryContext, refused } from '../../src/protocol/app.ts';
import { NO_EPOCH } from '../../src/protocol/epoch.ts';
import { defineApp, recipe } from '../../src/apps/define.ts';

interface Shelf {
  readonly books: readonly { readonly title: string; readonly lent: boolean }[];
}

const CONTEXT: EntryContext = { index: 1, epoch: NO_EPOCH, lamport: 1, wall: 0, uuid: 'u' };

const initial: Shelf = { books: [{ title: 'Emma', lent: false }] };

const shelf = defineApp({
  name: 'shelf',
  initial,
  commands: z.discriminatedUnion('type', [
    z.object({ type: z.literal('lend'), place: z.int().min(0) }),
    z.object({ type: z.literal('order'), title: z.string() }),
  ]),
  queries: z.object({ type: z.literal('count') }),
  apply: recipe((draft, command) => {
    if (command.type === 'order') return { group: 'shop', command: { type: 'buy', titles: [draft.books[0] ?? null] } };
    const book = draft.books[command.place];
    if (book === undefined || book.lent) return refused('not there');
    book.lent = true;
    return accepted({ book, all: draft.books });
  }),
  read: (state) => accepted(state.books.length),
  invariants: [],
});

test('an app with plain state writes its commands as immer recipes', () => {
  const { state, ...decided } = shelf.apply(shelf.initial, { type: 'lend', place: 0 }, CONTEXT);
  const emma = { title: 'Emma', lent: true };
  expect(state).toEqual({ books: [emma] });
  expect(decided).toEqual({ outcome: accepted({ book: emma, all: [emma] }) });
  expect(shelf.initial.books[0]?.lent).toBe(false);
  expect(Object.isFrozen(state.books[0])).toBe(true);
});

test('a recipe that changes nothing keeps the very state', () => {
  const { state, ...decided } = shelf.apply(shelf.initial, { type: 'lend', place: 7 }, CONTEXT);
  expect(state).toBe(shelf.initial);
  expect(decided).toEqual({ outcome: refused('not there') });
});

test('a recipe may make a call, and what it took from its draft stays', () => {
  const { state, ...decided } = shelf.apply(shelf.initial, { type: 'order', title: 'Persuasion' }, CONTEXT);
  expect(state).toBe(shelf.initial);
  expect(decided).toEqual({
    call: { group: 'shop', command: { type: 'buy', titles: [{ title: 'Emma', lent: false }] } },
  });
});

test('bytes of strangers become commands and queries, or a reason', () => {
  expect(shelf.decode({ type: 'lend', place: 0, more: 1 })).toEqual({
    type: 'decoded',
    value: { type: 'lend', place: 0 },
  });
  expect(shelf.decode({ type: 'lend', place: 0.5 })).toEqual({
    type: 'rejected',
    reason: 'place: expected int, received number',
  });
  expect(shelf.decode(undefined)).toEqual({ type: 'rejected', reason: 'command: expected object, and there is none' });
  expect(shelf.decodeQuery({ type: 'sum' })).toMatchObject({ type: 'rejected' });
});
