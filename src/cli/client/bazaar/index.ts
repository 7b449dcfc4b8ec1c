import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { catalogSeed } from '../../../apps/bazaar/seed.ts';
import { readSeed, sampleOf, showSeeded, writeSeed } from '../../cluster/seed.ts';
import { type CredentialFlags, takesCredentials } from '../../shared/credentials.ts';
import { probability, seedNumber, wholeNumber } from '../../shared/numbers.ts';
import { report, showReportWithTable } from '../report.ts';
import { baseOf } from '../requests.ts';
import { dataServersAround } from '../servers.ts';
import { checkBazaar } from './check.ts';
import { readOrders, showOrders } from './order-file.ts';
import { queryOrder, queryStock, trade } from './repeat.ts';
import type { Order } from './requests.ts';
import { runBazaar } from './run.ts';

interface SharedFlags {
  readonly frontEnd: readonly string[];
  /** Milliseconds. */
  readonly deadline: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

interface RunFlags extends SharedFlags {
  readonly probability: number;
  readonly iterations: number;
  readonly clients: number;
  readonly seed?: number;
  readonly save?: string;
}

interface CheckFlags extends Omit<SharedFlags, 'frontEnd'> {
  readonly orders?: string;
  readonly within: number;
}

/** The default front ends of `understudy up`. */
const FRONT_ENDS = ['4560', '4561'];

/** Time after which a request without an answer is given up as unknown, in milliseconds. */
const DEADLINE = 30_000;

/** Random seeds are below this: short enough to type. */
const SEEDS = 1_000_000;

/** Adds `understudy client bazaar`. Every command exits 0 without a problem and 1 with one. */
export function registerBazaarClient(client: Command): void {
  const bazaar = client.command('bazaar').description('use a running bazaar as its clients do, and check its answers');
  run(bazaar);
  query(bazaar);
  check(bazaar);
  load(bazaar);
}

function run(bazaar: Command): void {
  withFrontEnds(
    bazaar
      .command('run')
      .description('look at stocks by chance and trade some of them; in the end compare every order with the server’s')
      .addOption(
        new Option('--probability <p>', 'of a trade after a look, from 0 to 1')
          .argParser(probability)
          .default(500, '0.5'),
      )
      .option('--iterations <count>', 'looks of each client', wholeNumber(1, 1_000_000), 100)
      .option('--clients <count>', 'clients at the same time', wholeNumber(1, 1_000), 1)
      .option('--seed <seed>', 'of what they choose (default: another one every time)', seedNumber)
      .option('--save <file>', 'write the orders down, for check --orders'),
  ).action(async (flags: RunFlags) => {
    const seed = flags.seed ?? randomInt(SEEDS);
    const ran = await runBazaar({ ...shared(flags), ...flags, seed, perMille: flags.probability });
    // Reported even where the file cannot be written.
    report(ran.report, flags.json === true, showReportWithTable);
    if (flags.save !== undefined) await writeFile(flags.save, showOrders(ran.orders));
  });
}

function query(bazaar: Command): void {
  withTimes(bazaar.command('query-stock').description('ask for a stock').argument('<name>', 'of the stock')).action(
    async (name: string, flags: SharedFlags & { readonly times: number }) => {
      report(await queryStock(name, repeated(flags)), flags.json === true, showReportWithTable);
    },
  );
  withTimes(
    bazaar
      .command('query-order')
      .description('ask for an order')
      .argument('<number>', 'of the order', wholeNumber(0, Number.MAX_SAFE_INTEGER)),
  ).action(async (number: number, flags: SharedFlags & { readonly times: number }) => {
    report(await queryOrder(number, repeated(flags)), flags.json === true, showReportWithTable);
  });
  withTimes(
    bazaar
      .command('trade')
      .description('place an order')
      .argument('<name>', 'of the stock')
      .argument('<type>', 'buy or sell', orderType)
      .argument('<quantity>', 'shares', wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  ).action(
    async (name: string, type: Order['type'], quantity: number, flags: SharedFlags & { readonly times: number }) => {
      report(await trade({ name, type, quantity }, repeated(flags)), flags.json === true, showReportWithTable);
    },
  );
}

function check(bazaar: Command): void {
  withShared(
    bazaar
      .command('check')
      .description('read orders and books from every data server, past all front ends; compare and add up')
      .argument('[processes...]', 'host:port of one or more processes, which name the others')
      .option('--orders <file>', 'what run --save has written: each server must have these orders')
      .option('--within <millis>', 'how long they may take to have the same', wholeNumber(0, 600_000), 10_000),
  ).action(async (processes: readonly string[], flags: CheckFlags) => {
    const { orders, within, deadline } = flags;
    const remembered = orders === undefined ? undefined : await readOrders(orders);
    const asked = processes.length === 0 ? FRONT_ENDS.slice(0, 1) : processes;
    const servers = await dataServersAround(asked.map(baseOf));
    report(await checkBazaar({ servers, remembered, within, deadline }), flags.json === true, showReportWithTable);
  });
}

function load(bazaar: Command): void {
  takesCredentials(
    bazaar
      .command('load')
      .description('list the stocks of a catalogue that are not listed yet, as an operator')
      .argument('[file]', 'name, price, trade volume, quantity and perhaps a limit, a line each', sampleOf(catalogSeed))
      .addOption(frontEnds())
      .option('--deadline <millis>', 'give up after this long', wholeNumber(1, 600_000), DEADLINE)
      .option('--json', 'say what was listed as one JSON object on a line'),
  ).action(async (file: string, flags: SharedFlags & CredentialFlags) => {
    const stocks = await readSeed(catalogSeed, file);
    const target = { seed: catalogSeed, service: 'bazaar', frontEnds: flags.frontEnd.map(baseOf), flags };
    const seeded = await writeSeed(target, stocks, flags.deadline);
    const { written: listed, known, different: repriced } = seeded;
    process.stdout.write(
      flags.json === true
        ? `${JSON.stringify({ listed, known, repriced })}\n`
        : showSeeded(catalogSeed, seeded, relative(process.cwd(), file)),
    );
  });
}

function withTimes(command: Command): Command {
  return withFrontEnds(command.option('--times <count>', 'the same so many times', wholeNumber(1, 1_000_000), 1));
}

function withFrontEnds(command: Command): Command {
  return withShared(command.addOption(frontEnds()));
}

function frontEnds(): Option {
  return new Option('--front-end <address...>', 'host:port of front ends').default(FRONT_ENDS, FRONT_ENDS.join(' '));
}

function withShared(command: Command): Command {
  return command
    .option('--deadline <millis>', 'give a request up after this long', wholeNumber(1, 600_000), DEADLINE)
    .option('--json', 'say what was found as one JSON object on a line')
    .option('--quiet', 'no progress on standard error');
}

function shared({ frontEnd, deadline, quiet }: SharedFlags): {
  readonly frontEnds: readonly string[];
  readonly deadline: number;
  readonly quiet: boolean;
} {
  return { frontEnds: frontEnd.map(baseOf), deadline, quiet: quiet === true };
}

function repeated(flags: SharedFlags & { readonly times: number }): ReturnType<typeof shared> & {
  readonly times: number;
} {
  return { ...shared(flags), times: flags.times };
}

function orderType(text: string): Order['type'] {
  if (text === 'buy' || text === 'sell') return text;
  throw new InvalidArgumentError('buy or sell is expected.');
}
