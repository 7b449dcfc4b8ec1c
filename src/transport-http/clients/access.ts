import type { BrowserRules } from './browser-guard.ts';
import { CONNECTION_LIMITS, type ConnectionLimits } from './connections.ts';

/** Who may call a process over HTTP, as its operator says; each part has a default. */
export interface Access {
  /** See `BrowserRules.hosts`. The host of the node's own address is always one. */
  readonly allowHosts?: readonly string[] | undefined;
  /** See `BrowserRules.origins`. */
  readonly allowOrigins?: readonly string[] | undefined;
  /** Connections of one address at the same time, at least 1: raise it where all clients come through a proxy. */
  readonly connectionsPerAddress?: number | undefined;
}

export function browserRules({ allowHosts = [], allowOrigins = [] }: Access, ownHost: string): BrowserRules {
  return { hosts: [ownHost.toLowerCase(), ...allowHosts.map((host) => host.toLowerCase())], origins: allowOrigins };
}

export function connectionLimits({ connectionsPerAddress }: Access): ConnectionLimits {
  return { ...CONNECTION_LIMITS, perSourceAtMost: connectionsPerAddress ?? CONNECTION_LIMITS.perSourceAtMost };
}
