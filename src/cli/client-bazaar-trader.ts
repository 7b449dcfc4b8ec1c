import type { Client, ClientOutcome } from '../client/client.ts';
import { type Dice, diceOf, streamOf } from '../sim/random.ts';
import { showOutcome } from './client-asks.ts';
import {
  askOrder,
  askStock,
  isRefusedTrade,
  numberIn,
  type Order,
  orderIn,
  placeOrder,
  stockIn,
} from './client-bazaar-asks.ts';
import { compareOrders, type Found } from './client-bazaar-orders.ts';

/** Requests whose times are told apart: a query is a hit where the front end had the stock in its cache. */
export const KINDS = ['query hit', 'query miss', 'trade', 'order'] as const;

export type Kind = (typeof KINDS)[number];

/** One request: when it was sent, by `performance.now()`, how long it took, both in milliseconds, and what it came to. */
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
  /** Traders of one seed that have different names choose differently. */
  readonly name: string;
  readonly note: (sample: Sample) => void;
}

/** One client of the bazaar. It remembers every order of its own. */
export interface Trader {
  /** Looks at some stock and then, where there are shares, perhaps buys or sells from 1 to 10 of it. */
  once(): Promise<void>;
  /** Asks the server for every order of its own, and says how that differs from what it remembers. */
  compare(): Promise<readonly string[]>;
  readonly orders: readonly Order[];
  /** Orders that were refused, as those for more than there is. */
  readonly refused: number;
  /** What has come to something that no client should see, a line each: another no, an expired uuid, no answer in time. */
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
      if (seen.type !== 'answered') surprises.push(`GET /stocks/${name}: ${showOutcome(seen)}`);
      if (seen.type !== 'answered' || !trades || stockIn(seen).quantity === 0) return;
      const placed = await timed(() => 'trade', placeOrder(client, order));
      if (placed.type === 'answered') orders.push({ number: numberIn(placed), ...order });
      else if (isRefusedTrade(placed)) refused += 1;
      else surprises.push(`POST /orders ${JSON.stringify(order)}: ${showOutcome(placed)}`);
    },
    async compare() {
      const found = new Map<number, Found>();
      for (const { number } of orders) {
        const outcome = await timed(() => 'order', askOrder(client, number));
        found.set(number, outcome.type === 'answered' ? orderIn(outcome) : showOutcome(outcome));
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

function kindOf(outcome: ClientOutcome): Kind {
  return outcome.type === 'answered' && outcome.cache === 'hit' ? 'query hit' : 'query miss';
}
