// A seat map. A hold is given a token, with which the seat is bought or released.
import { accepted, defineApp, defineService, recipe, refused } from 'understudy';
import * as z from 'zod';

type Hall = { seats: Record<string, { name: string; token: number; sold: boolean }>; tokens: number; sales: number };

const empty: Hall = { seats: {}, tokens: 0, sales: 0 };
const seat = z.string().regex(/^[A-Z]\d{1,2}$/);
const held = z.object({ seat, token: z.int() });

export const hall = defineApp({
  name: 'hall',
  initial: empty,
  commands: z.discriminatedUnion('type', [
    z.object({ type: z.literal('hold'), seat, name: z.string() }),
    held.extend({ type: z.literal('buy') }),
    held.extend({ type: z.literal('release') }),
  ]),
  queries: z.object({ type: z.literal('seat'), seat }),
  apply: recipe((now, asked) => {
    const taken = now.seats[asked.seat];
    if (asked.type === 'hold') {
      if (taken !== undefined) return refused(`${asked.seat} is ${taken.sold ? 'sold' : 'held'}`);
      now.seats[asked.seat] = { name: asked.name, token: ++now.tokens, sold: false };
      return accepted({ token: now.tokens });
    }
    if (taken?.token !== asked.token || taken.sold) return refused(`${asked.seat} is not held under ${asked.token}`);
    if (asked.type === 'release') delete now.seats[asked.seat];
    else [taken.sold, now.sales] = [true, now.sales + 1];
    return accepted();
  }),
  read: ({ seats }, asked) => accepted(seats[asked.seat] ?? null),
  invariants: [
    {
      name: 'what is sold stays sold',
      broken({ seats, sales }) {
        const sold = Object.values(seats).filter((one) => one.sold).length;
        return sold === sales ? undefined : `${sales} seats were sold, and ${sold} are`;
      },
    },
  ],
});

export const service = defineService({ name: 'seats', apps: [hall] });
