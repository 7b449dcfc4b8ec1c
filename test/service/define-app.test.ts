import { expect, test } from 'vitest';
import * as z from 'zod';
import * as mini from 'zod/mini';
import { accepted, type App, type EntryContext, type Outcome, refused } from '../../src/protocol/model/app.ts';
import { BrokenInvariant } from '../../src/protocol/model/assert.ts';
import { NO_EPOCH } from '../../src/protocol/model/epoch.ts';
import { type AppDefinition, defineApp, recipe } from '../../src/service/define-app.ts';
import { defineRoute, defineService, noBody, nothing } from '../../src/service/define-service.ts';

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
  calls: ['shop'],
  resume: (state, _, outcome) => ({ state, outcome }),
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

test('what is refused changes nothing, whatever was changed before; what is refused in the end gives back', () => {
  const give = recipe<{ left: number }, [{ type: 'take' }], 'shop'>((draft) => {
    draft.left -= 1;
    return draft.left < 0 ? refused('none left') : { group: 'shop', command: null };
  });
  const box = defineApp({
    name: 'box',
    initial: { left: 1 },
    commands: z.object({ type: z.literal('take') }),
    queries: z.object({ type: z.literal('left') }),
    calls: ['shop'],
    apply: give,
    resume: recipe((draft, _, outcome) => {
      draft.left += 1;
      return outcome;
    }),
    read: ({ left }) => accepted(left),
  });
  const empty = { left: 0 };
  expect(give(empty, { type: 'take' })).toEqual({ state: { left: -1 }, outcome: refused('none left') });
  const step = box.apply(empty, { type: 'take' }, CONTEXT);
  expect(step).toEqual({ state: empty, outcome: refused('none left') });
  expect(step.state).toBe(empty);
  expect(box.apply({ left: 1 }, { type: 'take' }, CONTEXT)).toEqual({
    state: empty,
    call: { group: 'shop', command: null },
  });
  expect(box.resume?.(empty, { type: 'take' }, refused('no such user'), CONTEXT)).toEqual({
    state: { left: 1 },
    outcome: refused('no such user'),
  });
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'it returned nothing'],
  ['a promise', Promise.resolve(accepted()), 'it returned a promise'],
  ['a bare value', 7, 'it returned 7'],
  ['a function', accepted, 'it returned function'],
  ['an outcome without a value', { type: 'accepted' }, 'it returned {"type":"accepted"}'],
  ['a call of nothing', { group: 'shop' }, 'it returned {"group":"shop"}'],
])('a recipe that returns %s is told so, and for which command', (_, decided, said) => {
  // A file that runs without having been type-checked.
  const unchecked = z.custom<Outcome>(() => true);
  const careless = recipe((_draft: object, _command: { readonly type: string }) => unchecked.parse(decided));
  expect(() => careless({}, { type: 'hold' })).toThrow(
    new BrokenInvariant(`a recipe returns accepted(…), refused(…) or a call: for \`hold\` ${said}`),
  );
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

test('what a command invalidates may still be said under its earlier name', () => {
  const given = {
    name: 'shelf',
    initial,
    commands: z.object({ type: z.literal('lend'), title: z.string() }),
    queries: z.object({ type: z.literal('count') }),
    apply: (state: Shelf) => ({ state, outcome: accepted(null) }),
    read: (state: Shelf) => accepted(state.books.length),
  };
  const lend = { type: 'lend', title: 'Emma' } as const;
  expect(defineApp({ ...given, invalidates: ({ title }) => [title] }).invalidates?.(lend)).toEqual(['Emma']);
  expect(defineApp({ ...given, touches: ({ title }) => [title] }).invalidates?.(lend)).toEqual(['Emma']);
  expect(defineApp(given)).not.toHaveProperty('invalidates');
});

test('what a route answers besides 200 may still be said under its earlier name', () => {
  const answer = { type: 'answer', status: 200, body: null } as const;
  const given = { method: 'GET', path: '/shelf', parameters: nothing, body: noBody, plan: () => answer } as const;
  expect(defineRoute({ ...given, errors: { 404: 'No shelf' } }).errors).toEqual({ 404: 'No shelf' });
  expect(defineRoute({ ...given, errors: { 404: 'No shelf' } }).errors).toEqual({ 404: 'No shelf' });
  expect(defineRoute({ ...given }).errors).toEqual({});
});

const pay = { type: z.literal('pay'), amount: z.int() };

/** A definition that needs only what is given. */
function till(more: object): () => unknown {
  const definition = {
    name: 'till',
    initial: { paid: 0 },
    commands: z.object(pay),
    queries: z.never(),
    apply: (state: { paid: number }) => ({ state, outcome: accepted() }),
    read: () => accepted(),
    ...more,
  };
  return () => defineApp(definition);
}

test.each<[string, object, string]>([
  [
    'a command that is named by `internal` and is none',
    { internal: ['pya'] },
    '`till` has no command `pya`, which `internal` names; it has pay',
  ],
  ['calls, and no resume', { calls: ['bank'] }, '`till` calls other groups, so it has a `resume`'],
  ['commands of zod/mini', { commands: mini.object({ type: mini.literal('pay') }) }, 'and are one of zod/mini.'],
  ['queries of another library', { queries: { '~standard': { vendor: 'valibot' } } }, 'the queries of `till` must be'],
  ['no commands', { commands: undefined }, 'and are missing'],
  ['commands that are no schema', { commands: { type: 'pay' } }, 'and are none'],
])('a definition with %s is refused', (_, more, reason) => {
  expect(till(more)).toThrow(reason);
});

test('a call that the definition does not allow is refused like any request, and changes nothing', () => {
  const calling = { state: { paid: 1 }, call: { group: 'bnak', command: null } };
  const resume = () => calling;
  // A file that runs without having been type-checked.
  const unchecked = z.custom<AppDefinition<{ paid: number }, { type: 'pay'; amount: number }, never>>(() => true);
  const common = { name: 'till', initial: { paid: 0 }, commands: z.object(pay), queries: z.never(), apply: resume };
  const [blind, typed] = [{ ...common }, { ...common, resume, calls: ['bank'] }].map((one) =>
    defineApp(unchecked.parse(one)),
  );
  const command = { type: 'pay', amount: 1 } as const;
  expect(blind?.apply({ paid: 0 }, command, CONTEXT)).toEqual({
    state: { paid: 0 },
    outcome: refused('till calls bnak, and has no resume'),
  });
  const outcome = refused('till calls bnak, which its `calls` does not name');
  expect(typed?.apply({ paid: 0 }, command, CONTEXT)).toEqual({ state: { paid: 0 }, outcome });
  expect(typed?.resume?.({ paid: 0 }, command, accepted(), CONTEXT)).toEqual({ state: { paid: 1 }, outcome });
});

test('a misspelt group, and a misspelt internal command, do not compile', () => {
  defineApp({
    name: 'till',
    initial: { paid: 0 },
    commands: z.object(pay),
    queries: z.never(),
    calls: ['bank'],
    // @ts-expect-error the group is not among `calls`
    apply: (state) => ({ state, call: { group: 'bnak', command: null } }),
    resume: (state, _, outcome) => ({ state, outcome }),
    read: () => accepted(),
  });
  const misspelt = () =>
    defineApp({
      name: 'till',
      initial: { paid: 0 },
      commands: z.object(pay),
      queries: z.never(),
      // @ts-expect-error there is no such command
      internal: ['pya'],
      apply: (state) => ({ state, outcome: accepted() }),
      read: () => accepted(),
    });
  expect(misspelt).toThrow('`till` has no command `pya`');
});

test.each<[string, z.ZodType, string]>([
  ['without a type', z.object({ amount: z.int() }), 'has no literal `type` (fields: amount)'],
  ['with a type that is any text', z.object({ type: z.string() }), 'has no literal `type` (fields: type)'],
  ['that is transformed', z.object(pay).transform((command) => command), 'is transformed'],
  ['that is no object', z.string(), 'is no object (string)'],
  ['of which one is without', z.union([z.object(pay), z.object({})]), 'has no literal `type` (fields: none)'],
])('a command %s has no path, so the service is refused', (_, commands, reason) => {
  const app = till({ commands })();
  const apps = [z.custom<App>(() => true).parse(app)];
  expect(() => defineService({ name: 'shop', apps })).toThrow(`a command of \`till\` ${reason}`);
  // With routes of its own it may be as it likes.
  expect(() => defineService({ name: 'shop', apps, routes: [] })).not.toThrow();
});

test('a readonly command has a path', () => {
  const app = z.custom<App>(() => true).parse(till({ commands: z.object(pay).readonly() })());
  expect(defineService({ name: 'shop', apps: [app] }).routes.map(({ path }) => path)).toEqual(['/till/pay']);
});

function stays(state: unknown) {
  return { state, outcome: accepted() };
}

test('a service whose groups call one that it does not have is refused', () => {
  const app = z.custom<App>(() => true).parse(till({ calls: ['bnak'], resume: stays })());
  expect(() => defineService({ name: 'shop', apps: [app] })).toThrow(
    '`till` calls `bnak`, which is no group of this service; there are till',
  );
});

function throws(): boolean {
  throw new Error('no such seat');
}

test('a value at which a check of its schema throws is refused', () => {
  const commands = z.object({ type: z.literal('hold'), seat: z.string().refine(throws) });
  const app = defineApp({
    name: 'seats',
    initial: {},
    commands,
    queries: z.object({ type: z.literal('count') }),
    apply: (state) => ({ state, outcome: accepted() }),
    read: () => accepted(0),
  });
  expect(app.decode({ type: 'hold', seat: 'A1' })).toEqual({
    type: 'rejected',
    reason: 'command: its schema threw Error: no such seat',
  });
});
