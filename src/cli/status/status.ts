import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Credentials } from '../../security/call-process.ts';
import { addressOf } from '../admin/order-call.ts';
import { callerFrom, type CredentialFlags, takesCredentials } from '../shared/credentials.ts';
import { UsageError } from '../shared/errors.ts';
import { showRange } from '../../protocol/wire/spoken.ts';
import { versionsSaid } from '../../host/note-line.ts';
import { wholeNumber } from '../shared/numbers.ts';
import { fetchStatus, type NodeStatus } from './fetch-status.ts';
import { watchCluster } from './watch.ts';

/** Interval between two views of a cluster, in milliseconds. */
const EVERY = 1_000;

interface StatusFlags extends CredentialFlags {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly every: number;
}

/** Adds `understudy status`: the status of one process, or the whole cluster as it changes. */
export function registerStatus(program: Command): void {
  takesCredentials(program.command('status'))
    .description('show what one process says of itself and its groups; with --watch, the whole cluster')
    .argument('<address>', 'host:port of any server or front end; a port alone is one of this machine')
    .option('--json', 'as one JSON object on a line')
    .option('--watch', 'draw the whole cluster again and again; without a terminal, say each change on a line')
    .option('--every <millis>', 'with --watch: how often to look', wholeNumber(100, 60_000), EVERY)
    .action(async (given: string, flags: StatusFlags) => {
      const address = addressOf(given);
      const credentials = await callerFrom(flags);
      if (flags.watch === true) return watch(address, flags, credentials);
      const status = await fetchStatus(address, credentials);
      process.stdout.write(flags.json === true ? `${JSON.stringify(status)}\n` : showStatus(status));
    });
}

async function watch(address: string, { every, json }: StatusFlags, credentials: Credentials): Promise<void> {
  if (json === true) throw new UsageError('--watch draws for people; leave out --json');
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  const { stdout } = process;
  const output = {
    write: (text: string) => void stdout.write(text),
    size: () => (stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined),
  };
  await watchCluster({ address, credentials, every, output, signal: ending.signal });
}

function showStatus(status: NodeStatus): string {
  const { node, kind, clusterId, historyId, incarnation, uptimeMillis, groups, frontEnd, directory } = status;
  const lines = [
    `${node}, ${kind === 'server' ? 'data server' : 'front end'} of ${clusterId}`,
    ...(historyId === clusterId ? [] : [`in its history ${historyId}`]),
    `incarnation ${incarnation}, up for ${Math.round(uptimeMillis / 1_000)} s`,
    ...showBuilds(status),
  ];
  if (frontEnd !== null) {
    lines.push(`holds ${frontEnd.held} requests`);
    for (const [name, { primary, epoch }] of Object.entries(frontEnd.primaries)) {
      lines.push(`asks ${primary ?? 'no node yet'} for ${name}, epoch ${epoch}`);
    }
  }
  for (const [name, group] of Object.entries(groups)) {
    const applied = group.applied === null ? '' : `, applied ${group.applied}`;
    lines.push('', `${name}: ${group.role}, epoch ${group.epoch}, primary ${group.primary ?? 'not known'}`);
    lines.push(`  last ${group.last}, commit ${group.commit}${applied}`);
    for (const line of showCode(group.code ?? undefined)) lines.push(`  ${line}`);
    for (const line of showDivergence(group)) lines.push(`  ${line}`);
    if (typeof group.lacks?.says === 'string') lines.push(`  ${group.lacks.says}`);
    const rows = group.members.map(({ node: member, kind: what, voter, votes, rank, lag, silentFor }) => [
      member === group.primary ? '★' : '',
      member,
      voter ? what : 'learner',
      String(votes),
      what === 'data' ? String(rank) : '',
      lag === null ? '' : String(lag),
      silentFor === null ? '' : `${silentFor} ms`,
    ]);
    rows.sort(([a], [b]) => Number(b === '★') - Number(a === '★'));
    const table = withoutBlanks(['', 'member', 'kind', 'votes', 'rank', 'lag', 'silent'], rows);
    lines.push(table.toString());
  }
  lines.push('', 'nodes:', showDirectory(directory));
  return `${lines.join('\n')}\n`;
}

/** A table without the columns of which nothing is known: only a primary knows lag and silence. */
function withoutBlanks(head: readonly string[], rows: readonly (readonly string[])[]): Table.Table {
  const known = head.map((_, column) => rows.some((row) => row[column] !== ''));
  const table = new Table({
    head: head.filter((_, column) => known[column]),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows.map((row) => row.filter((_, column) => known[column])));
  return table;
}

/** The own build, and those of peers that are others. */
function showBuilds({ build, speaks, peers = {} }: NodeStatus): readonly string[] {
  if (build === undefined || speaks === undefined) return [];
  const others = Object.entries(peers).filter(([, peer]) => peer.build !== build || peer.speaks.to !== speaks.to);
  return [
    `build ${build}, speaks wire ${showRange(speaks)}`,
    ...others.map(([node, peer]) => `  ${node} has build ${peer.build}: version ${peer.common} is spoken with it`),
  ];
}

/** Whose state is known to differ: its own, and at a primary those of others. */
function showDivergence({ diverged, members }: NodeStatus['groups'][string]): readonly string[] {
  const own =
    typeof diverged === 'number'
      ? [`diverged: its state differs since entry ${diverged} or before, and it answers nothing`]
      : [];
  const others = members.filter(({ differs }) => differs === true).map(({ node }) => node);
  return [...own, ...(others.length === 0 ? [] : [`the state of ${others.join(', ')} differs`])];
}

/** What is to be said of the versions of a group's code: nothing while there has been one. */
function showCode(code: NonNullable<NodeStatus['groups'][string]['code']> | undefined): readonly string[] {
  if (code === undefined || (code.newest === 1 && code.active === 1 && code.lacks === null)) return [];
  const lines = [`version ${code.active}; this build has ${versionsSaid(code)}`];
  if (code.lacks !== null) lines.push(`mute: it lacks the code of version ${code.lacks}, and answers nothing`);
  if (typeof code.migrationFailed === 'string') lines.push(`stays at version ${code.active}: ${code.migrationFailed}`);
  if (typeof code.triedBy === 'string') {
    lines.push(
      `${code.triedBy} tries the migration to version ${code.active + 1}: others do when it has said that it ended`,
    );
  }
  if (code.awaits !== null && code.awaits.length > 0 && code.lacks === null) {
    const which =
      code.awaits.length === 1
        ? 'says that it has its code, and is not mute'
        : 'say that they have its code, and are not mute';
    lines.push(`version ${code.active + 1} is activated when ${code.awaits.join(', ')} ${which}`);
  }
  if (code.neededFrom !== null && code.neededFrom > code.oldest) {
    lines.push(`no server needs versions before ${code.neededFrom} any more: a build may leave them out`);
  }
  return lines;
}

/** All known nodes with their lifecycle and reachability. */
function showDirectory(directory: NodeStatus['directory']): string {
  const table = new Table({
    head: ['node', 'kind', 'address', 'standing', 'starts', 'reached'],
    style: { head: [], border: [], compact: true },
  });
  for (const { node, kind, address, standing, incarnation, reachable } of directory) {
    const what = kind === 'server' ? 'data server' : 'front end';
    table.push([node, what, address, standing, incarnation, reachable ? 'yes' : 'no']);
  }
  return table.toString();
}
