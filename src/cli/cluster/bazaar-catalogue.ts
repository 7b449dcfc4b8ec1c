import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Listing } from '../../apps/bazaar/catalog.ts';
import { parseCatalog } from '../../apps/bazaar/catalog-file.ts';
import { priceOf } from '../../apps/bazaar/money.ts';
import { callProcess, callSigned, type Credentials, type ProcessAnswer } from '../../security/call-process.ts';
import { type CredentialFlags, callerFrom } from '../shared/credentials.ts';
import { readText } from '../shared/read-text.ts';
import { UsageError, UserError } from '../shared/errors.ts';

/** The catalogue that a bazaar begins with where nothing else is said. */
export const SAMPLE_CATALOGUE = fileURLToPath(new URL('../../apps/bazaar/catalog.txt', import.meta.url));

/** Stocks that are listed at the same time. */
const AT_ONCE = 16;

/** How long nobody is asked after all front ends have failed to answer, in milliseconds. */
const AGAIN_AFTER = 200;

/** What has become of the stocks of a catalogue, in its order. */
export interface Loaded {
  /** Not listed before, and listed by now. */
  readonly listed: readonly string[];
  /** Listed before, and left as they were. */
  readonly known: readonly string[];
  /** Those of `known` that have another price than the catalogue says. */
  readonly repriced: readonly string[];
}

/** The stocks of a catalogue file. Rejects with a `UsageError` that has a line `FILE:LINE: reason` for all that is wrong. */
export async function readCatalogue(file: string): Promise<readonly Listing[]> {
  const parsed = parseCatalog(await readText(file));
  if (parsed.type === 'parsed') return parsed.stocks;
  throw new UsageError(parsed.problems.map(({ line, reason }) => `${file}:${line}: ${reason}`).join('\n'));
}

/**
 * Lists what is not listed yet, at whichever of `frontEnds` answers (`host:port`, or URLs). A stock that is there stays as it
 * is, so the same again changes nothing, whatever became of the first time. Rejects with a `UserError` when some stocks are
 * not listed within so many milliseconds, or never will be; when `cancelled`, no later than that.
 */
export async function listStocks(
  frontEnds: readonly string[],
  stocks: readonly Listing[],
  flags: CredentialFlags,
  within: number,
  cancelled: () => boolean = () => false,
): Promise<Loaded> {
  const credentials = await callerFrom(flags);
  const until = performance.now() + within;
  let before: ReadonlyMap<string, number> | undefined;
  let failure = 'there is no front end to ask';
  for (;;) {
    for (const address of frontEnds) {
      try {
        const there = await pricesAt(address, credentials);
        before ??= there;
        const missing = stocks.filter(({ name }) => !there.has(name));
        if (missing.length === 0) return loaded(stocks, before);
        for (let place = 0; place < missing.length; place += AT_ONCE) {
          await Promise.all(missing.slice(place, place + AT_ONCE).map((stock) => list(address, stock, credentials)));
        }
        return loaded(stocks, before);
      } catch (error) {
        if (error instanceof UserError) throw error;
        failure = error instanceof Error ? error.message : String(error);
      }
    }
    if (performance.now() >= until || cancelled()) throw new UserError(`not all stocks are listed: ${failure}`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  }
}

/** For people, a line or two. */
export function showLoaded({ listed, known, repriced }: Loaded, file: string): string {
  const before = known.length === 0 ? '' : `, ${known.length} were listed already`;
  const others = repriced.map((name) => `${name} is listed at another price, which stays\n`);
  return `${file}: ${listed.length} ${listed.length === 1 ? 'stock' : 'stocks'} listed${before}\n${others.join('')}`;
}

const shownStocks = z.object({ data: z.array(z.object({ name: z.string(), price: z.number() })) });
const shownError = z.object({ error: z.object({ message: z.string() }) });

/** The price of every stock that is listed. */
async function pricesAt(address: string, credentials: Credentials): Promise<ReadonlyMap<string, number>> {
  const answer = await callProcess(address, { method: 'GET', path: '/stocks' }, credentials);
  const shown = answer.status === 200 ? shownStocks.safeParse(JSON.parse(answer.body)) : undefined;
  if (shown?.success === true) return new Map(shown.data.data.map(({ name, price }) => [name, price]));
  if (answer.status >= 500) throw new Error(reasonOf(answer));
  throw new UserError(`${address} is no front end of a bazaar: GET /stocks is ${answer.status}`);
}

/** Lists one stock, unless somebody else has done so meanwhile. Rejects with a `UserError` where it never will be listed. */
async function list(address: string, stock: Listing, credentials: Credentials): Promise<void> {
  const body = { ...stock, price: priceOf(stock.price) };
  const answer = await callSigned(address, { method: 'POST', path: '/stocks', body }, credentials);
  if (answer.status === 200) return;
  if (answer.status >= 500) throw new Error(reasonOf(answer));
  if (answer.status === 400 && (await pricesAt(address, credentials)).has(stock.name)) return;
  throw new UserError(`${stock.name} is not listed: ${reasonOf(answer)}`);
}

function loaded(stocks: readonly Listing[], before: ReadonlyMap<string, number>): Loaded {
  const known = stocks.filter(({ name }) => before.has(name));
  return {
    listed: namesOf(stocks.filter(({ name }) => !before.has(name))),
    known: namesOf(known),
    repriced: namesOf(known.filter(({ name, price }) => before.get(name) !== priceOf(price))),
  };
}

function namesOf(stocks: readonly Listing[]): readonly string[] {
  return stocks.map(({ name }) => name);
}

function reasonOf({ status, body }: ProcessAnswer): string {
  try {
    const shown = shownError.safeParse(JSON.parse(body));
    if (shown.success) return shown.data.error.message;
  } catch {
    // Not JSON: somebody else's page.
  }
  return `status ${status}`;
}
