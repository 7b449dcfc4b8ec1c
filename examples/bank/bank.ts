import { accepted, defineApp, defineService, recipe, refused } from 'understudy';
import * as z from 'zod';

const account = z.enum(['ann', 'bob', 'cem']);
const transfer = z.object({ type: z.literal('transfer'), from: account, to: account, amount: z.int().min(1).max(100) });
const overdrawn = (all: Record<string, number>) => Object.entries(all).find(([, left]) => left < 0);

const bank = defineApp({
  name: 'bank',
  initial: { ann: 100, bob: 100, cem: 100 },
  commands: transfer,
  queries: z.object({ type: z.literal('balance'), of: account }),
  apply: recipe((balance, { from, to, amount }) => {
    if (balance[from] < amount) return refused(`${from} has ${balance[from]}`);
    balance[from] -= amount;
    balance[to] += amount;
    return accepted({ left: balance[from] });
  }),
  read: (balance, { of }) => accepted(balance[of]),
  invariants: [{ name: 'no overdraft', broken: (balance) => overdrawn(balance)?.join(' has ') }],
});

export const service = defineService({ name: 'bank', apps: [bank] });
