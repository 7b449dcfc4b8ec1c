import { listedName, type Listing } from './catalog.ts';
import { CENTS_AT_MOST } from './money.ts';

/** A fault in a line of a catalogue file; lines count from 1. */
interface CatalogProblem {
  readonly line: number;
  readonly reason: string;
}

/** The stocks of a file in its order, prices in cents; or all its faults, in line order. */
export type ParsedCatalog =
  | { readonly type: 'parsed'; readonly stocks: readonly Listing[] }
  | { readonly type: 'rejected'; readonly problems: readonly CatalogProblem[] };

/**
 * A catalogue file: one stock a line, its fields separated by commas.
 *
 *     # name, price, trade volume, quantity, limit
 *     GameStart, 15.99, 0, 100
 *     FishCo, 7.5, 1200, 100, 500
 *
 * - The price has at most two decimals.
 * - The limit, the largest quantity allowed, is optional.
 * - Spaces around a field, empty lines, and lines that begin with `#` are ignored.
 * - A name has no comma and no line break, and is neither `.` nor `..`.
 */
export function parseCatalog(text: string): ParsedCatalog {
  const stocks: Listing[] = [];
  const problems: CatalogProblem[] = [];
  const lineOf = new Map<string, number>();
  // A byte order mark is not part of the first name.
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [place, content] of lines.entries()) {
    const line = place + 1;
    const trimmed = content.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const stock = stockIn(trimmed);
    if (typeof stock === 'string') {
      problems.push({ line, reason: stock });
      continue;
    }
    const before = lineOf.get(stock.name);
    if (before === undefined) lineOf.set(stock.name, line);
    else problems.push({ line, reason: `${stock.name} is on line ${before} already` });
    stocks.push(stock);
  }
  if (problems.length > 0) return { type: 'rejected', problems };
  if (stocks.length === 0) return { type: 'rejected', problems: [{ line: lines.length, reason: 'there is no stock' }] };
  return { type: 'parsed', stocks };
}

/** The stock on a line, or its fault. */
function stockIn(line: string): Listing | string {
  const parts = line.split(',').map((part) => part.trim());
  const [called = '', price = '', volumeText = '', quantityText = '', limitText] = parts;
  if (parts.length < 4 || parts.length > 5) {
    return `expected name, price, trade volume, quantity and perhaps a limit, and there are ${parts.length} parts`;
  }
  const checked = listedName.safeParse(called);
  if (!checked.success) return `name: ${checked.error.issues[0]?.message ?? 'malformed'}`;
  const cents = centsIn(price);
  if (cents === undefined)
    return `price: expected a number like 15.99, with at most two decimals, and not ${show(price)}`;
  const volume = wholeIn(volumeText);
  if (volume === undefined) return `trade volume: expected a whole number, and not ${show(volumeText)}`;
  const quantity = wholeIn(quantityText);
  if (quantity === undefined) return `quantity: expected a whole number, and not ${show(quantityText)}`;
  if (limitText === undefined) return { name: called, price: cents, quantity, volume };
  const limit = wholeIn(limitText);
  if (limit === undefined) return `limit: expected a whole number, and not ${show(limitText)}`;
  if (quantity > limit) return `quantity: ${quantity} are more than the limit of ${limit}`;
  return { name: called, price: cents, quantity, volume, limit };
}

/** Parses digit by digit, so that nothing is rounded. */
function centsIn(text: string): number | undefined {
  const [, whole, fraction = ''] = /^(\d{1,16})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const cents = Number(`${whole}${fraction.padEnd(2, '0')}`);
  return cents <= CENTS_AT_MOST ? cents : undefined;
}

function wholeIn(text: string): number | undefined {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(number) ? number : undefined;
}

function show(text: string): string {
  return text === '' ? 'nothing' : JSON.stringify(text.slice(0, 40));
}
