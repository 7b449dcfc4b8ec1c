import { listenOnce } from '../../live/start/listen-once.ts';
import { splitHostPort } from '../../protocol/model/host-port.ts';
import type { Topology } from '../../protocol/model/topology.ts';
import { UsageError, UserError } from '../shared/errors.ts';

const FIRST_FRONT_END_PORT = 4_560;
const FIRST_SERVER_PORT = 4_599;
const HOST = '127.0.0.1';

/**
 * Assigns the ports of nodes: the former ones, unless `port` moves all of them. Front ends from `port` on; servers from
 * 4599 on, or right after the front ends when the port was given or the ranges would overlap.
 */
export function assignPorts(
  topology: Topology,
  port: number | undefined,
  known: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (port === undefined && known !== undefined) return known;
  const { servers, frontEnds } = topology;
  const first = port ?? FIRST_FRONT_END_PORT;
  const behind = first + frontEnds.length;
  const firstServer = first === FIRST_FRONT_END_PORT && behind <= FIRST_SERVER_PORT ? FIRST_SERVER_PORT : behind;
  if (Math.max(behind, firstServer + servers.length) > 65_536) {
    throw new UsageError(
      `${frontEnds.length + servers.length} ports from ${first} on do not exist; choose a lower --port`,
    );
  }
  return Object.fromEntries([
    ...servers.map((node, place) => [node, `${HOST}:${firstServer + place}`] as const),
    ...frontEnds.map((node, place) => [node, `${HOST}:${first + place}`] as const),
  ]);
}

/** Throws a `UserError` that names the first of `addresses` whose port is in use. */
export async function refuseBusyPorts(addresses: Readonly<Record<string, string>>): Promise<void> {
  for (const [node, address] of Object.entries(addresses)) {
    const { host, port } = splitHostPort(address);
    const problem = await listenOnce(host, port);
    if (problem === undefined) continue;
    const what = problem.code === 'EADDRINUSE' ? 'it is in use' : problem.message;
    throw new UserError(`${node} cannot have port ${port}: ${what}. Choose others with --port.`);
  }
}

/**
 * Consecutive free ports. Below the range of outgoing connections: the port of a stopped node must stay free, or a node
 * that dials it might even reach itself.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const ports = Array.from({ length: count }, (_, place) => first + place);
    const problems = await Promise.all(ports.map((port) => listenOnce(HOST, port)));
    if (problems.every((problem) => problem === undefined)) return ports;
  }
}
