import { type ClientOutcome, createClient } from '../../../client/client.ts';
import { timingsOf } from '../../shared/timings.ts';
import { runLoad } from '../load.ts';
import type { TestReport } from '../report.ts';
import { showOutcome } from '../requests.ts';
import { askOrder, askStock, numberIn, type Order, orderIn, placeOrder, showTrade, stockIn } from './requests.ts';

export interface RepeatOptions {
  /** Base URLs. */
  readonly frontEnds: readonly string[];
  readonly times: number;
  readonly deadline: number;
  readonly quiet: boolean;
}

export function queryStock(name: string, options: RepeatOptions): Promise<TestReport> {
  const show = (outcome: ClientOutcome): string => {
    const { price, quantity } = stockIn(outcome);
    return `${name}: ${quantity} at ${price.toFixed(2)}`;
  };
  return repeat('query-stock', options, show, (client) => askStock(client, name));
}

export function queryOrder(number: number, options: RepeatOptions): Promise<TestReport> {
  const show = (outcome: ClientOutcome): string => {
    const { type, quantity, name } = orderIn(outcome);
    return `order ${number}: ${type} ${quantity} of ${name}`;
  };
  return repeat('query-order', options, show, (client) => askOrder(client, number));
}

export function trade(order: Omit<Order, 'number'>, options: RepeatOptions): Promise<TestReport> {
  const { type, quantity, name } = order;
  const show = (outcome: ClientOutcome): string => `${type} ${quantity} of ${name}: order ${numberIn(outcome)}`;
  return repeat('trade', options, show, (client) => placeOrder(client, order), showTrade);
}

/** Repeats a request, one after the other. Equal answers in a row are shown once. */
async function repeat(
  test: string,
  { frontEnds, times, deadline, quiet }: RepeatOptions,
  show: (outcome: ClientOutcome) => string,
  ask: (client: ReturnType<typeof createClient>) => Promise<ClientOutcome>,
  showProblem = showOutcome,
): Promise<TestReport> {
  const client = createClient({ frontEnds, deadline });
  const { results, millis } = await runLoad({ what: 'requests', times, clients: 1, quiet }, () => ask(client));
  const problems = results.filter(({ type }) => type !== 'answered').map(showProblem);
  const lines = results.filter(({ type }) => type === 'answered').map(show);
  return {
    test: `bazaar ${test}`,
    problems: withoutRepeats(problems),
    lines: withoutRepeats(lines),
    timings: { [test]: timingsOf(millis) },
  };
}

function withoutRepeats(lines: readonly string[]): readonly string[] {
  const runs: { readonly line: string; times: number }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.line === line) last.times += 1;
    else runs.push({ line, times: 1 });
  }
  return runs.map(({ line, times }) => (times === 1 ? line : `${line}, ${times} times`));
}
