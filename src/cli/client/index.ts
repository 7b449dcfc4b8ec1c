import { type Command, InvalidArgumentError } from 'commander';
import { tickets as ticketService } from '../../apps/tickets/service.ts';
import { registerCall } from '../admin/call.ts';
import { UsageError } from '../shared/errors.ts';
import { wholeNumber } from '../shared/numbers.ts';
import { withOwnCluster } from '../up/temporary-cluster.ts';
import { registerBazaarClient } from './bazaar/index.ts';
import { report, type TestReport } from './report.ts';
import { baseOf } from './requests.ts';
import { serversAround } from './servers.ts';
import { testBackends } from './tickets/backends.ts';
import { testConcurrent } from './tickets/concurrent.ts';
import { testDiffVersions } from './tickets/diff-versions.ts';
import { testWatch } from './tickets/watch.ts';
import { EVENT_NAMES, testWriteRead } from './tickets/write-read.ts';

interface SharedFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Milliseconds. */
  readonly deadline: number;
  readonly own?: boolean;
}

/** Time after which a request without an answer is given up as unknown, in milliseconds. */
const DEADLINE = 30_000;

/** Adds `understudy client`: signed calls, and clients and tests of the services. */
export function registerClient(program: Command): void {
  const client = program.command('client').description('use a running service as its clients do');
  const tickets = client.command('tickets').description('test a running ticket service; exits 0 where all is well');
  registerCall(client);
  writeRead(tickets);
  backend(tickets);
  diffVersions(tickets);
  concurrent(tickets);
  registerBazaarClient(client);
}

function writeRead(tickets: Command): void {
  withShared(
    tickets
      .command('write-read')
      .description('write events and read each at once, through every front end')
      .argument('<event>', `which event: ${EVENT_NAMES.map((name, place) => `${place} ${name}`).join(', ')}`, eventName)
      .argument('[front-ends...]', 'host:port of front ends')
      .option('--times <count>', 'events', wholeNumber(1, 1_000_000), 10),
  ).action(async (eventname: string, addresses: string[], flags: SharedFlags & { readonly times: number }) => {
    await on(addresses, flags, (frontEnds) => testWriteRead({ ...common(flags), eventname, frontEnds }));
  });
}

function backend(tickets: Command): void {
  withShared(
    tickets
      .command('backend')
      .description('read from every data server directly, past all front ends, and compare what they have')
      .argument('[processes...]', 'host:port of one or more processes, which name the others')
      .option('--users <count>', 'users read at each, at most', wholeNumber(1, 1_000_000), 1_000)
      .option('--within <millis>', 'how long they may take to have the same', wholeNumber(0, 600_000), 10_000),
  ).action(async (addresses: string[], flags: SharedFlags & { readonly users: number; readonly within: number }) => {
    const options = { ...common(flags), usersAtMost: flags.users, within: flags.within };
    await on(addresses, flags, async (bases) => testBackends({ ...options, addresses: await serversAround(bases) }));
  });
}

function diffVersions(tickets: Command): void {
  withShared(
    tickets
      .command('diff-versions')
      .description(
        'let secondaries have different versions, kill the primary and see who is elected: on a cluster of its own, with --own; another cluster is only watched',
      )
      .argument('[processes...]', 'host:port of one or more processes of a cluster to watch')
      .option('--times <count>', 'purchases in each part', wholeNumber(1, 100_000), 50)
      .option('--for <millis>', 'how long to watch', wholeNumber(100, 86_400_000), 10_000),
  ).action(async (addresses: string[], flags: SharedFlags & { readonly times: number; readonly for: number }) => {
    if (flags.own === true) {
      refuseBoth(addresses);
      const say = (line: string): void => void (flags.quiet === true || process.stderr.write(`${line}\n`));
      report(
        await withOwnCluster(ticketService, (own) => testDiffVersions(own, { ...common(flags), say })),
        flags.json === true,
      );
      return;
    }
    await on(addresses, flags, async (bases) =>
      testWatch({ addresses: await serversAround(bases), watchFor: flags.for }),
    );
  });
}

function concurrent(tickets: Command): void {
  withShared(
    tickets
      .command('concurrent')
      .description('write by many clients at once, then hold what can be read against what was answered')
      .argument('<kind>', 'create or purchase (or 0 or 1)', kindOf)
      .argument('[front-ends...]', 'host:port of front ends')
      .option('--times <count>', 'writes in all', wholeNumber(1, 10_000_000), 500)
      .option('--clients <count>', 'writes under way at the same time', wholeNumber(1, 1_000), 8),
  ).action(
    async (
      kind: 'create' | 'purchase',
      addresses: string[],
      flags: SharedFlags & { readonly times: number; readonly clients: number },
    ) => {
      await on(addresses, flags, (frontEnds) => testConcurrent({ ...common(flags), kind, frontEnds }));
    },
  );
}

function withShared(command: Command): Command {
  return command
    .option('--own', 'start a cluster for this, and end it afterwards')
    .option('--deadline <millis>', 'give a request up after this long', wholeNumber(1, 600_000), DEADLINE)
    .option('--json', 'say what was found as one JSON object on a line')
    .option('--quiet', 'no progress on standard error');
}

/** Runs a test on the given processes, or on a cluster of its own, and reports. */
async function on(
  addresses: readonly string[],
  flags: SharedFlags,
  test: (bases: readonly string[]) => Promise<TestReport>,
): Promise<void> {
  if (flags.own === true) refuseBoth(addresses);
  else if (addresses.length === 0) throw new UsageError('name the processes to ask, as host:port, or say --own');
  const found =
    flags.own === true
      ? await withOwnCluster(ticketService, ({ bases }) => test(bases))
      : await test(addresses.map(baseOf));
  report(found, flags.json === true);
}

function refuseBoth(addresses: readonly string[]): void {
  if (addresses.length > 0) throw new UsageError('name the processes to ask, or say --own, and not both');
}

function common<Flags extends SharedFlags>(flags: Flags): Flags & { readonly quiet: boolean } {
  return { ...flags, quiet: flags.quiet === true };
}

function eventName(text: string): string {
  const name = EVENT_NAMES[/^\d$/.test(text) ? Number(text) : -1];
  if (name === undefined) throw new InvalidArgumentError(`A number from 0 to ${EVENT_NAMES.length - 1} is expected.`);
  return name;
}

function kindOf(text: string): 'create' | 'purchase' {
  if (text === 'create' || text === '0') return 'create';
  if (text === 'purchase' || text === '1') return 'purchase';
  throw new InvalidArgumentError('create or purchase is expected.');
}
