// The seat map in its second version: `name` is called `holder`, a seat has a row, and `buy` answers its price.
import { accepted, defineApp, defineService, recipe, refused } from 'understudy';
import * as z from 'zod';
import { hall as first } from './seats.v1.ts';

type Seat = { holder: string; row: string; token: number; sold: boolean };
type Hall = { seats: Record<string, Seat>; tokens: number; sales: number };

const empty: Hall = { seats: {}, tokens: 0, sales: 0 };
const seat = z.string().regex(/^[A-Z]\d{1,2}$/);
const held = z.object({ seat, token: z.int() });

export const hall = defineApp({
  name: 'hall',
  version: 2,
  previous: first,
  migrate: ({ seats, ...counts }): Hall => ({
    ...counts,
    seats: Object.fromEntries(
      Object.entries(seats).map(([id, { name, ...rest }]) => [id, { ...rest, holder: name, row: id.slice(0, 1) }]),
    ),
  }),
  initial: empty,
  commands: z.discriminatedUnion('type', [
    z.object({ type: z.literal('hold'), seat, holder: z.string() }),
    held.extend({ type: z.literal('buy') }),
    held.extend({ type: z.literal('release') }),
  ]),
  queries: z.object({ type: z.literal('seat'), seat }),
  apply: recipe((now, asked) => {
    const taken = now.seats[asked.seat];
    if (asked.type === 'hold') {
      if (taken !== undefined) return refused(`${asked.seat} is ${taken.sold ? 'sold' : 'held'}`);
      const row = asked.seat.slice(0, 1);
      now.seats[asked.seat] = { holder: asked.holder, row, token: ++now.tokens, sold: false };
      return accepted({ token: now.tokens });
    }
    if (taken?.token !== asked.token || taken.sold) return refused(`${asked.seat} is not held under ${asked.token}`);
    if (asked.type === 'release') {
      delete now.seats[asked.seat];
      return accepted();
    }
    [taken.sold, now.sales] = [true, now.sales + 1];
    return accepted({ price: taken.row === 'A' ? 40 : 25 });
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
