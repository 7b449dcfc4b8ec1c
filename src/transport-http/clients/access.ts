import { getHeapStatistics } from 'node:v8';
import type { BrowserRules } from './browser-guard.ts';
import { CONNECTION_LIMITS, type ConnectionLimits } from './connections.ts';

/** Room for two answers of the greatest size that a setting allows. */
const UNTAKEN_AT_LEAST = 32 * 1024 * 1024;

/** Who may call a process over HTTP, as its operator says; each part has a default. */
export interface Access {
  /** See `BrowserRules.hosts`. The host of the node's own address is always one. */
  readonly allowHosts?: readonly string[] | undefined;
  /** See `BrowserRules.origins`. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** Connections of one address at the same time, at least 1: raise it where all clients come through a proxy. */
  readonly connectionsPerAddress?: number | undefined;
  /** A port for probes alone, in plain HTTP, on the same interface. Default: none. */
  readonly probePort?: number | undefined;
}

export function browserRules({ allowHosts = [], allowOrigins = [] }: Access, ownHost: string): BrowserRules {
  return { hosts: [ownHost.toLowerCase(), ...allowHosts.map((host) => host.toLowerCase())], origins: allowOrigins };
}

/** The limits of a process whose heap may have `heap` bytes; answers that are not taken are given 4 % of it. */
export function connectionLimits(
  { connectionsPerAddress }: Access,
  heap = getHeapStatistics().heap_size_limit,
): ConnectionLimits {
  const { perSourceAtMost, untakenAtMost } = CONNECTION_LIMITS;
  return {
    ...CONNECTION_LIMITS,
    perSourceAtMost: connectionsPerAddress ?? perSourceAtMost,
    untakenAtMost: Math.min(untakenAtMost, Math.max(UNTAKEN_AT_LEAST, Math.floor(heap * 0.04))),
  };
}
