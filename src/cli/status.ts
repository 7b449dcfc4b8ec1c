import Table from 'cli-table3';
import type { Command } from 'commander';
import { fetchStatus, type NodeStatus } from './fetch-status.ts';

/** Adds `understudy status`: what one process says of itself and its groups. */
export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('show what one process says of itself and its groups')
    .argument('<address>', 'host:port of any server or front end; a port alone is one of this machine')
    .option('--json', 'as one JSON object on a line')
    .action(async (address: string, flags: { readonly json?: boolean }) => {
      const status = await fetchStatus(/^\d+$/.test(address) ? `127.0.0.1:${address}` : address);
      process.stdout.write(flags.json === true ? `${JSON.stringify(status)}\n` : showStatus(status));
    });
}

function showStatus(status: NodeStatus): string {
  const { node, kind, clusterId, incarnation, uptimeMillis, groups, frontEnd } = status;
  const lines = [
    `${node}, ${kind === 'server' ? 'data server' : 'front end'} of ${clusterId}`,
    `incarnation ${incarnation}, up for ${Math.round(uptimeMillis / 1_000)} s`,
  ];
  if (frontEnd !== null) {
    lines.push(`holds ${frontEnd.held} requests`);
    for (const [name, { primary, epoch }] of Object.entries(frontEnd.primaries)) {
      lines.push(`asks ${primary ?? 'nobody yet'} for ${name}, epoch ${epoch}`);
    }
  }
  for (const [name, group] of Object.entries(groups)) {
    const applied = group.applied === null ? '' : `, applied ${group.applied}`;
    lines.push('', `${name}: ${group.role}, epoch ${group.epoch}, primary ${group.primary ?? 'not known'}`);
    lines.push(`  last ${group.last}, commit ${group.commit}${applied}`);
    const table = new Table({
      head: ['member', 'kind', 'votes', 'rank', 'lag', 'silent'],
      style: { head: [], border: [], compact: true },
    });
    for (const { node: member, kind: what, voter, votes, rank, lag, silentFor } of group.members) {
      table.push([
        member,
        voter ? what : 'learner',
        votes,
        what === 'data' ? rank : '',
        lag ?? '-',
        silentFor === null ? '-' : `${silentFor} ms`,
      ]);
    }
    lines.push(table.toString());
  }
  return `${lines.join('\n')}\n`;
}
