import * as z from 'zod';
import type { FrontEndEffect } from '../../../src/frontend/front-end-io.ts';
import { accepted } from '../../../src/protocol/model/app.ts';
import type { Message, Request, Token } from '../../../src/protocol/model/messages.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { defineApp } from '../../../src/service/define-app.ts';
import { defineRoute, defineService, noBody, nothing } from '../../../src/service/define-service.ts';
import type { RoutePlan } from '../../../src/service/service.ts';
import { answered, callId, done, EPOCH_1, get, replies, sent, type Stage, stage } from './one-front-end.ts';

/** The group of the shelf. */
export const SHELF = 'shelf';

const book = z.string();

/** Books and how often each was lent; another group may ask for one too. */
const shelf = defineApp({
  name: SHELF,
  initial: {},
  commands: z.object({ type: z.literal('lend'), book }),
  queries: z.object({ type: z.literal('count'), book }),
  apply: (state) => ({ state, outcome: accepted() }),
  read: () => accepted(0),
  invalidates: (command) => [command.book],
  invariants: [],
});

const anyBook = { parameters: z.object({ book }), body: noBody } as const;

/** Two paths with one key, one that is always fresh, one that reads two books, one that drops, one that shows. */
export const library = defineService({
  name: 'library',
  apps: [shelf],
  routes: [
    defineRoute({
      method: 'GET',
      path: '/books/:book',
      ...anyBook,
      plan: ({ parameters }, [found]) => one(parameters.book, found),
    }),
    defineRoute({
      method: 'GET',
      path: '/also/:book',
      ...anyBook,
      plan: ({ parameters }, [found]) => one(parameters.book, found),
    }),
    defineRoute({
      method: 'GET',
      path: '/fresh/:book',
      ...anyBook,
      plan: ({ parameters }, [found]) => one(parameters.book, found, true),
    }),
    defineRoute({
      method: 'GET',
      path: '/both/:book/:other',
      parameters: z.object({ book, other: z.string() }),
      body: noBody,
      plan: ({ parameters }, outcomes) =>
        outcomes.length === 0 ? one(parameters.book, undefined) : one(parameters.other, outcomes[1]),
    }),
    defineRoute({
      method: 'POST',
      path: '/lend/:book',
      ...anyBook,
      plan: ({ parameters }, [lent]) =>
        lent === undefined
          ? { type: 'write', group: SHELF, command: { type: 'lend', book: parameters.book } }
          : { type: 'answer', status: 200, body: null },
    }),
    defineRoute({
      method: 'GET',
      path: '/forget',
      parameters: z.object({ book: book.optional() }),
      body: noBody,
      plan: ({ parameters }, [forgotten]) =>
        forgotten === undefined
          ? { type: 'forget', key: parameters.book }
          : { type: 'answer', status: 200, body: forgotten.type === 'accepted' ? forgotten.value : null },
    }),
    defineRoute({
      method: 'GET',
      path: '/cache',
      parameters: nothing,
      body: noBody,
      plan: (_, __, view) => {
        const { items, ...rest } = view.cache();
        return {
          type: 'answer',
          status: 200,
          body: { leader: view.primaryOf(SHELF) ?? null, keys: items.map(({ key }) => key), ...rest },
        };
      },
    }),
  ],
  invariants: [],
});

function one(key: string, found: unknown, fresh?: boolean): RoutePlan {
  if (found !== undefined) return { type: 'answer', status: 200, body: z.json().parse(found) };
  const query = { type: 'count', book: key };
  return { type: 'read', group: SHELF, query, cache: key, ...(fresh === true ? { fresh } : {}) };
}

/** What a replica is asked for on one of these paths. */
export function counts(id: number, key: string, call = 0, token?: Token): Request {
  return { type: 'read', id: callId(id, call), query: { type: 'count', book: key }, mode: 'linearizable', token };
}

export function watch(from: number, at = 0, name = 1, node = 's1'): FrontEndEffect {
  const [, , uuid = ''] = callId(name).split('.');
  return { type: 'send', to: { node, unit: SHELF }, message: { type: 'watch', id: `${at}:${uuid}`, from } };
}

/** The primary says what changed behind `from`, up to `to`; `answering`: in answer to the question of that time. */
export function changed(
  from: number,
  to: number,
  keys: readonly string[] | undefined,
  said: { readonly answering?: number; readonly name?: number } & Partial<Extract<Message, { type: 'changed' }>> = {},
): Message {
  const { answering, name = 1, ...rest } = said;
  const [, , uuid = ''] = callId(name).split('.');
  const answers = answering === undefined ? undefined : `${answering}:${uuid}`;
  return { type: 'changed', epoch: EPOCH_1, primary: 's1', historyId: 'h', from, to, keys, answers, ...rest };
}

/** What is answered with the outcome `value`, read or kept at `index`. */
export function told(id: number, value: number, index: number, cache?: 'hit' | 'miss'): FrontEndEffect {
  const headers = { 'understudy-token': `${SHELF}=h:${index}` };
  return answered(id, 200, accepted(value), cache === undefined ? headers : { ...headers, 'understudy-cache': cache });
}

/** A front end of the library at millisecond 0, which knows that `s1` leads. */
export function shelfStage(settings: Partial<Settings> = {}, planted: ReadonlySet<PlantedBug> = new Set()): Stage {
  const it = stage({ service: library, settings, startsAt: -1_000, planted });
  it.tell({ type: 'led', group: SHELF, primary: 's1', epoch: EPOCH_1 });
  it.wait(1_000);
  return it;
}

/** The same, which keeps `value` under `key` as of `index`, and has just been told that it holds. */
export function filledStage(
  key = 'emma',
  value = 7,
  index = 10,
  settings: Partial<Settings> = {},
  planted?: ReadonlySet<PlantedBug>,
): Stage {
  const it = shelfStage(settings, planted);
  it.ask(get(1, `/books/${key}`));
  it.hear('s1', SHELF, replies([done(callId(1), accepted(value), index)]));
  it.hear('s1', SHELF, changed(0, index, [], { answering: 0 }));
  return it;
}

/** The read of `key` by request `id` is sent on, and nothing else. */
export function isSentOn(id: number, key: string, lamport: number): readonly FrontEndEffect[] {
  return [sent('s1', SHELF, [counts(id, key)], undefined, lamport)];
}
