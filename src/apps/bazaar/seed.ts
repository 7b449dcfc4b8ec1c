import * as z from 'zod';
import type { SeedFile } from '../seed-file.ts';
import { parseCatalog } from './catalog-file.ts';
import type { Listing } from './catalog.ts';
import { priceOf } from './money.ts';

const shownStocks = z.object({ data: z.array(z.object({ name: z.string(), price: z.number() })) });
const shownError = z.object({ error: z.object({ message: z.string() }) });

/** The stocks of a new bazaar. A stock that is listed already is not changed. */
export const catalogSeed: SeedFile<Listing> = {
  flag: 'catalog',
  help: 'the stocks to list (default: a sample of twelve)',
  sample: 'bazaar/catalog.txt',
  words: {
    file: 'catalogue',
    one: 'stock',
    many: 'stocks',
    written: 'listed',
    differs: 'is listed at another price, which stays',
  },
  path: '/stocks',
  parse(text) {
    const parsed = parseCatalog(text);
    return parsed.type === 'parsed' ? { type: 'parsed', rows: parsed.stocks } : parsed;
  },
  bodyOf: (stock) => ({ ...stock, price: priceOf(stock.price) }),
  present(body) {
    const shown = shownStocks.safeParse(body);
    return shown.success ? new Map(shown.data.data.map(({ name, price }) => [name, price])) : undefined;
  },
  valueOf: ({ price }) => priceOf(price),
  reasonIn: (body) => shownError.safeParse(body).data?.error.message,
};
