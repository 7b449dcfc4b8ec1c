import type { Client, ClientOutcome } from '../../../client/client.ts';
import { type Dice, diceOf, streamOf } from '../../../sim/base/random.ts';
import { UserError } from '../../shared/errors.ts';
import { showOutcome } from '../requests.ts';
import { compareOrders, type Comparison, type Found } from './orders.ts';
import {
  askOrder,
  askStock,
  isRefusedTrade,
  numberIn,
  type Order,
  orderIn,
  placeOrder,
  showTrade,
  stockIn,
} from './requests.ts';

/** Kinds of requests with times of their own. A query is a hit where the front end had the stock in its cache. */
export const KINDS = ['query hit', 'query miss', 'trade', 'order'] as const;

export type Kind = (typeof KINDS)[number];

/** One request: its start by `performance.now()` and its duration, both in milliseconds, and its result. */
export interface Sample {
  readonly kind: Kind;
  readonly at: number;
  readonly millis: number;
  readonly outcome: ClientOutcome['type'];
}

export interface TraderOptions {
  readonly client: Client;
  /** Names; at least one. */
  readonly stocks: readonly string[];
  /** Trades in a thousand queries. */
  readonly perMille: number;
  readonly seed: number;
  /** Traders of one seed with different names choose differently. */
  readonly name: string;
  readonly note: (sample: Sample) => void;
}

/** One client of the bazaar. It remembers its own orders. */
export interface Trader {
  /** Queries a stock and then, where there are shares, perhaps buys or sells from 1 to 10 of it. */
  once(): Promise<void>;
  /** Asks the server for each of its own orders, and compares. */
  compare(): Promise<Comparison>;
  readonly orders: readonly Order[];
  /** Refused orders, as those of more shares than there are. */
  readonly refused: number;
  /**
   * Results that no client should see, a line each: another refusal, an expired uuid, no answer in time, a malformed
   * answer. A trade that may have been placed has its uuid there.
   */
  readonly surprises: readonly string[];
}

const SHARES_AT_MOST = 10;

export function createTrader(options: TraderOptions): Trader {
  const { client, stocks, perMille, note } = options;
  const dice: Dice = diceOf(streamOf(options.seed, options.name));
  const orders: Order[] = [];
  const surprises: string[] = [];
  let refused = 0;
  return {
    orders,
    surprises,
    get refused() {
      return refused;
    },
    async once() {
      const name = stocks[dice.below(stocks.length)] ?? '';
      const trades = dice.chance(perMille);
      const order = { name, type: dice.pick('buy', 'sell'), quantity: dice.between(1, SHARES_AT_MOST) } as const;
      const seen = await timed((outcome) => kindOf(outcome), askStock(client, name));
      const stock = readable(stockIn, seen);
      if (typeof stock === 'string') surprises.push(`GET /stocks/${name}: ${stock}`);
      if (typeof stock === 'string' || !trades || stock.quantity === 0) return;
      const placed = await timed(() => 'trade', placeOrder(client, order));
      const number = readable(numberIn, placed);
      if (typeof number === 'number') orders.push({ number, ...order });
      else if (isRefusedTrade(placed)) refused += 1;
      else
        surprises.push(
          `POST /orders ${JSON.stringify(order)}: ${placed.type === 'answered' ? `${number}; ` : ''}${showTrade(placed)}`,
        );
    },
    async compare() {
      const found = new Map<number, Found>();
      for (const { number } of orders) {
        const outcome = await timed(() => 'order', askOrder(client, number));
        found.set(number, foundIn(outcome));
      }
      return compareOrders(orders, found);
    },
  };

  async function timed(kind: (outcome: ClientOutcome) => Kind, asked: Promise<ClientOutcome>): Promise<ClientOutcome> {
    const at = performance.now();
    const outcome = await asked;
    note({ kind: kind(outcome), at, millis: performance.now() - at, outcome: outcome.type });
    return outcome;
  }
}

/** The content of an answer, or why there is none. One malformed answer must not end a run. */
function readable<Value>(read: (outcome: ClientOutcome) => Value, outcome: ClientOutcome): Value | string {
  if (outcome.type !== 'answered') return showOutcome(outcome);
  try {
    return read(outcome);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Only a 404 of the bazaar itself means that there is no such order. */
function foundIn(outcome: ClientOutcome): Found {
  if (outcome.type === 'refused' && outcome.status === 404) return { type: 'none', said: showOutcome(outcome) };
  const order = readable(orderIn, outcome);
  return typeof order === 'string' ? { type: 'unknown', why: order } : { type: 'order', order };
}

function kindOf(outcome: ClientOutcome): Kind {
  return outcome.type === 'answered' && outcome.cache === 'hit' ? 'query hit' : 'query miss';
}
