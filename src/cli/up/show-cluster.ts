import Table from 'cli-table3';
import { LAUNCHES } from '../../apps/launch.ts';
import type { Cluster } from '../cluster/cluster-file.ts';
import { shortPath } from '../shared/short-path.ts';
import { fetchStatus } from '../status/fetch-status.ts';
import type { Child } from './node-process.ts';
import { primaryOf } from './readiness.ts';

export interface ShowOptions {
  readonly folder: string;
  /** The folder of the nodes' logs; undefined where they go to the screen. */
  readonly logs: string | undefined;
  readonly isNew: boolean;
  readonly json: boolean;
  /** Curl lines for a service that is not part of the package. */
  readonly asking?: ((frontEnd: string) => readonly string[]) | undefined;
  /** Columns of the terminal; undefined without one. */
  readonly width: number | undefined;
}

export interface Row {
  readonly node: string;
  readonly kind: 'server' | 'frontend';
  readonly address: string;
  readonly pid: number;
  /** The groups of which it is primary. */
  readonly leads: readonly string[];
}

/** The output of `up` once the cluster serves. */
export async function showCluster(cluster: Cluster, children: readonly Child[], options: ShowOptions): Promise<string> {
  const { service, topology } = cluster;
  const statuses = await Promise.all(children.map(({ address }) => fetchStatus(address).catch(() => undefined)));
  const rows = children.map(({ node, kind, address, pid }): Row => {
    const leads = topology.groups.filter((group) => primaryOf(group, statuses) === node);
    return { node, kind, address, pid, leads };
  });
  if (options.json) {
    return `${JSON.stringify({ service, clusterId: topology.clusterId, folder: options.folder, nodes: rows })}\n`;
  }
  return [
    `${service} is up: ${count(topology.servers, 'data server')}, ${count(topology.frontEnds, 'front end')}`,
    `${options.isNew ? 'new data' : 'data found'} in ${shortPath(options.folder)}`,
    ...(options.logs === undefined ? [] : [`logs in ${shortPath(options.logs)}`]),
    '',
    showRows(rows, options.width),
    '',
    ...commands(options.asking ?? askingOf(service), rows, topology.groups),
    '',
    'Ctrl-C stops what this command started; the data stays.',
    '',
  ].join('\n');
}

function count(of: readonly unknown[], what: string): string {
  return `${of.length} ${what}${of.length === 1 ? '' : 's'}`;
}

/** A table where it fits into `width` columns (or `width` is unknown), else lines. */
export function showRows(rows: readonly Row[], width: number | undefined): string {
  const cells = rows.map((row) => [
    row.node,
    row.kind === 'server' ? 'data server' : 'front end',
    row.address,
    String(row.pid),
    row.leads.join(', '),
  ]);
  const table = new Table({
    head: ['node', 'role', 'address', 'pid', 'primary of'],
    style: { head: [], border: [], compact: true },
  });
  table.push(...cells);
  const drawn = table.toString();
  const widest = drawn.slice(0, drawn.indexOf('\n')).length;
  if (width === undefined || widest <= width) return drawn;
  return rows
    .map(({ node, address, pid, leads }) =>
      [`${node} ${address}`, `  pid ${pid}`, ...leads.map((group) => `  primary of ${group}`)].join('\n'),
    )
    .join('\n');
}

type Asking = (first: string, second: string) => readonly string[];

function askingOf(name: string): Asking | undefined {
  return LAUNCHES.find(({ service }) => service.name === name)?.curls;
}

function commands(asking: Asking | undefined, rows: readonly Row[], groups: readonly string[]): readonly string[] {
  const frontEnds = rows.filter(({ kind }) => kind === 'frontend');
  const [first = '', second = first] = frontEnds.map(({ address }) => address);
  const leader = rows.find(({ leads }) => leads.includes(groups[0] ?? ''));
  return [
    'Paste:',
    ...(asking?.(first, second) ?? []),
    `curl ${leader?.address ?? first}/status`,
    ...(leader === undefined ? [] : [`kill -9 ${leader.pid}   # the primary of ${leader.leads.join(' and ')}`]),
  ];
}
