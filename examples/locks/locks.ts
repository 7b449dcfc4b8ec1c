// examples/locks/locks.ts
import { accepted, type App, defineApp, defineService, recipe, refused } from 'understudy';
import { command, defineWorkload, query } from 'understudy/sim';
import * as z from 'zod';

interface Lock {
  readonly owner: string | null;
  /** Rises with each owner, so that a store can refuse a former one. */
  readonly token: number;
  /** The last token that was given back. */
  readonly freed: number;
}

const free: Lock = { owner: null, token: 0, freed: 0 };

const commands = z.discriminatedUnion('type', [
  z.object({ type: z.literal('acquire'), owner: z.string() }),
  z.object({ type: z.literal('release'), token: z.int() }),
]);

export const locks = defineApp({
  name: 'locks',
  initial: free,
  commands,
  queries: z.object({ type: z.literal('holder') }),
  apply: recipe((lock, asked: z.output<typeof commands>) => {
    if (asked.type === 'acquire') {
      if (lock.owner !== null) return refused(`held by ${lock.owner}`);
      lock.owner = asked.owner;
      lock.token += 1;
      return accepted({ token: lock.token });
    }
    if (lock.owner === null || asked.token !== lock.token) return refused('not held under this token');
    lock.owner = null;
    lock.freed = lock.token;
    return accepted();
  }),
  read: ({ owner, token }) => accepted({ owner, token }),
  invariants: [
    {
      name: 'a token is given back before the next is given',
      broken: ({ owner, token, freed }) =>
        token - freed === (owner === null ? 0 : 1) ? undefined : `given up to ${token}, back up to ${freed}`,
    },
  ],
});

/** The requests of clients; `known` has the last token that was given out. */
export function lockClients(app: App) {
  return defineWorkload({
    service: defineService({ name: 'locks', apps: [app] }),
    kinds: {
      acquire: (dice) => command(app, { type: 'acquire', owner: dice.pick('ann', 'bob', 'cem') }),
      release: (_, known) => command(app, { type: 'release', token: known.get('token') ?? 0 }),
      look: () => query(app, { type: 'holder' }),
    },
    learn(_call, _status, body, known) {
      const [, token] = /"token":(\d+)/.exec(body) ?? [];
      if (token !== undefined) known.set('token', Math.max(known.get('token') ?? 0, Number(token)));
    },
  });
}

export const lockService = lockClients(locks);
