import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Action, catalog } from '../../src/apps/bazaar/catalog.ts';
import { orders } from '../../src/apps/bazaar/orders.ts';
import { bazaar } from '../../src/apps/bazaar/service.ts';
import { accepted, type Outcome, refused } from '../../src/protocol/model/app.ts';
import {
  appCommands,
  checkApp,
  DOES_NOT_MATTER,
  type GroupStory,
  serviceCommands,
  type Twin,
} from '../../src/testing/index.ts';

const NO = refused(DOES_NOT_MATTER);
const NAMES = ['BOAR', 'FISH', 'MENHIR'];

type Listing = {
  readonly type: 'list';
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
  readonly limit: number;
};
type Trade = {
  readonly type: 'trade' | 'adjust';
  readonly name: string;
  readonly quantity: number;
  readonly action: Action;
};
type Place = Omit<Trade, 'type'> & { readonly type: 'place' };

const name = fc.constantFrom(...NAMES);
const quantity = fc.integer({ min: 1, max: 6 });
const action = fc.constantFrom<Action>('buy', 'sell');
const listing: fc.Arbitrary<Listing> = fc.record({
  type: fc.constant('list' as const),
  name,
  price: fc.nat({ max: 5_000 }),
  quantity: fc.nat({ max: 9 }),
  limit: fc.integer({ min: 5, max: 15 }),
});
const adjust: fc.Arbitrary<Trade> = fc.record({ type: fc.constant('adjust' as const), name, quantity, action });
const trade: fc.Arbitrary<Trade> = fc.record({ type: fc.constant('trade' as const), name, quantity, action });
const place: fc.Arbitrary<Place> = fc.record({ type: fc.constant('place' as const), name, quantity, action });

/** How many shares there are of each stock and, by whom they were moved, how many. */
function catalogTwin(): Twin<Listing | Trade> {
  const shelf: Record<string, { price: number; first: number; limit: number; moves: [string, number][] }> = {};
  const left = (stock: string): number =>
    (shelf[stock]?.moves ?? []).reduce((sum, [, more]) => sum + more, shelf[stock]?.first ?? 0);
  const row = (stock: string): Outcome => {
    const found = shelf[stock];
    if (found === undefined) return NO;
    const volume = found.moves.reduce((sum, [, more]) => sum + Math.abs(more), 0);
    return accepted({ name: stock, price: found.price, quantity: left(stock), volume, limit: found.limit });
  };
  return {
    apply(command) {
      const found = shelf[command.name];
      if (command.type === 'list') {
        if (found !== undefined || command.quantity > command.limit) return NO;
        shelf[command.name] = { price: command.price, first: command.quantity, limit: command.limit, moves: [] };
        return accepted();
      }
      if (found === undefined) return NO;
      const more = command.action === 'buy' ? -command.quantity : command.quantity;
      const after = left(command.name) + more;
      if (after < 0 || after > found.limit) return NO;
      found.moves.push([command.type === 'adjust' ? 'adjust' : command.action, more]);
      return accepted();
    },
    reads: () => [
      ...NAMES.map((stock) => ({ query: { type: 'get', name: stock }, outcome: row(stock) })),
      { query: { type: 'books' }, outcome: accepted(NAMES.flatMap((stock) => booksOf(stock))) },
    ],
  };

  function booksOf(stock: string) {
    const found = shelf[stock];
    if (found === undefined) return [];
    const by = (whose: string): number =>
      found.moves.filter(([who]) => who === whose).reduce((sum, [, more]) => sum + more, 0);
    const books = { listed: found.first, bought: 0 - by('buy'), sold: by('sell'), adjusted: by('adjust') };
    return [{ name: stock, ...books, quantity: left(stock) }];
  }
}

/** A list of what was bought and sold, and nothing else. */
function ordersTwin(): Twin<Place> {
  const made: { name: string; type: Action; quantity: number }[] = [];
  return {
    apply: ({ type: _, ...order }) => ({ group: 'catalog', command: { type: 'trade', ...order } }),
    resume({ name: stock, quantity: some, action: way }, outcome) {
      if (outcome.type === 'refused') return outcome;
      return accepted({ number: made.push({ name: stock, type: way, quantity: some }) - 1 });
    },
    reads: () => [
      {
        query: { type: 'since', number: 0 },
        outcome: accepted({ orders: made.map((order, number) => ({ number, ...order })), count: made.length }),
      },
      { query: { type: 'get', number: made.length }, outcome: NO },
    ],
  };
}

const orderStory: GroupStory<Place> = { commands: place, twin: ordersTwin };

describe('the bazaar against dumb twins, with repeats, expired uuids, full copies and late calls', () => {
  test('orders: dense numbers, whatever becomes of the calls', () => {
    fc.assert(
      fc.property(appCommands(orders, orderStory), (story) => story.run()),
      { numRuns: 40 },
    );
  });

  test('catalogue: what there is of each stock, and the books', () => {
    const commands = fc.oneof(listing, { weight: 2, arbitrary: fc.oneof(trade, adjust) });
    fc.assert(
      fc.property(appCommands(catalog, { commands, twin: catalogTwin }), (story) => story.run()),
      { numRuns: 40 },
    );
  });

  test('both together: what is ordered is what is traded, at every moment', () => {
    const stories = { orders: orderStory, catalog: { commands: fc.oneof(listing, adjust), twin: catalogTwin } };
    fc.assert(
      fc.property(serviceCommands(bazaar, stories, { commandsAtMost: 60 }), (story) => story.run()),
      { numRuns: 40 },
    );
  });

  test('both keep the laws of every app: pure, deterministic, of JSON, total', () => {
    const fastCheck = { numRuns: 40 };
    const get = fc.record({ type: fc.constant('get' as const), name });
    const commands = fc.oneof(listing, trade, adjust);
    expect(() => checkApp(catalog, commands, { queries: get, fastCheck })).not.toThrow();
    const since = fc.record({ type: fc.constant('since' as const), number: fc.nat({ max: 5 }) });
    expect(() => checkApp(orders, place, { queries: since, fastCheck })).not.toThrow();
  });
});
