import { printableLines } from '../../protocol/model/printable.ts';
import type { Command } from 'commander';
import { errorIn } from '../../live/admin/answer-body.ts';
import type { OrderRequest } from '../../live/admin/orders.ts';
import { type CredentialFlags, takesCredentials } from '../shared/credentials.ts';
import { UserError } from '../shared/errors.ts';
import { addressOf, giveOrder } from './order-call.ts';

/** Processes asked in a row, each of which names another one that can. */
const HOPS_AT_MOST = 4;

/** Adds `understudy leave`, `transfer` and `remove`, which change the members and primaries of a running cluster. */
export function registerOrders(program: Command): void {
  takesCredentials(
    program
      .command('leave')
      .description('let a node leave its cluster: it hands over leadership, gives up its votes, and ends')
      .argument('<address>', 'host:port of the node; a port alone is one of this machine')
      .option('--node <id>', 'the node that must answer there; another one is not given the order'),
  ).action(leave);
  takesCredentials(
    program
      .command('transfer')
      .description('transfer the leadership of a group to another data server')
      .argument('<group>', 'which group, such as events')
      .requiredOption('--at <address>', 'host:port of any node of the cluster')
      .option('--to <node>', 'the new primary (default: the data server that suits best)'),
  ).action(transfer);
  takesCredentials(
    program
      .command('remove')
      .description('remove a node that does not come back; its disk can never take part again')
      .argument('<node>', 'which node, such as s2')
      .requiredOption('--at <address>', 'host:port of any other node of the cluster'),
  ).action(remove);
}

async function leave(address: string, flags: CredentialFlags & { readonly node?: string }): Promise<void> {
  const { answer, body } = await giveOrder(addressOf(address), { type: 'leave' }, flags, flags.node);
  if (answer.status !== 200) throw new UserError(errorIn(answer));
  print(
    `${text(body['left'])} has left its cluster${body['unfinished'] === undefined ? '' : `, ${text(body['unfinished'])}`}`,
  );
}

async function transfer(
  group: string,
  flags: CredentialFlags & { readonly at: string; readonly to?: string },
): Promise<void> {
  const order = { type: 'transfer', group, ...(flags.to === undefined ? {} : { to: flags.to }) } as const;
  const body = await giveToWhoCan(addressOf(flags.at), order, flags);
  print(`${text(body['primary'])} is primary of ${group}`);
}

/** Gives an order to the process there, or to the one that it names as the one that can carry it out. */
async function giveToWhoCan(
  first: string,
  order: OrderRequest,
  flags: CredentialFlags,
): Promise<Readonly<Record<string, unknown>>> {
  let at = first;
  for (let hop = 0; ; hop += 1) {
    const { answer, body } = await giveOrder(at, order, flags);
    if (answer.status === 200) return body;
    const { primary } = body;
    if (typeof primary !== 'string' || primary === at || hop === HOPS_AT_MOST) throw new UserError(errorIn(answer));
    at = primary;
  }
}

async function remove(node: string, flags: CredentialFlags & { readonly at: string }): Promise<void> {
  const body = await giveToWhoCan(addressOf(flags.at), { type: 'remove', node }, flags);
  print(`${text(body['removed'])} is removed from its cluster`);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function print(line: string): void {
  process.stdout.write(`${printableLines(line)}\n`);
}
